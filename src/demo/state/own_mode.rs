//! MODE of clients: invisible (`i`) and bot (`B`).

use super::mode::LETTERS;
use super::{Id, State};
use crate::demo::wire::Body;

impl State {
    pub(super) fn own_mode(&mut self, id: Id, target: &str, letters: &str) {
        let Some(client) = self.clients.get(&id) else { return };
        if !self.options.casemapping.same(client.name(), target) {
            return match self.find_for(id, target) {
                Some(_) => {
                    self.numeric(id, 502, |body| body.text("Can't change mode for other users"));
                }
                None => self.no_nick(id, target),
            };
        }
        let nick = client.name().to_string();
        if letters.is_empty() {
            let mut modes = String::from("+");
            modes.extend(client.bot.then_some('B'));
            modes.extend(client.invisible.then_some('i'));
            return self.numeric(id, 221, |body| body.word(modes));
        }
        let (mut on, mut unknown, mut made) = (true, false, String::new());
        for letter in letters.chars().take(LETTERS) {
            let Some(client) = self.clients.get_mut(&id) else { return };
            let has = match letter {
                '+' | '-' => {
                    on = letter == '+';
                    continue;
                }
                'i' => &mut client.invisible,
                'B' => &mut client.bot,
                'w' => continue,
                _ => {
                    unknown = true;
                    continue;
                }
            };
            if *has != on {
                *has = on;
                made.push(if on { '+' } else { '-' });
                made.push(letter);
            }
        }
        if unknown {
            self.numeric(id, 501, |body| body.text("Unknown MODE flag"));
        }
        if !made.is_empty() {
            let body = Body::new("MODE").word(&nick).text(made);
            let note = self.note(nick.into_bytes(), body);
            self.send(id, &note);
        }
    }
}
