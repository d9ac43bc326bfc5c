//! MODE of channels; that of clients is in `own_mode.rs`.

use super::channel::{self, Channel, Mask};
use super::{Id, MODES, State, cut};
use crate::demo::wire::{Body, Message};
use crate::domain::time::{Moment, SECOND};

/// The longest key, in bytes.
const KEY_BYTES: usize = 23;
/// The longest mask, in bytes.
const MASK_BYTES: usize = 128;
/// The most letters of one MODE that are looked at.
pub(super) const LETTERS: usize = 64;

/// The channel modes without a parameter: no colours, invite only, moderated, from inside only,
/// private, registered to enter, secret, topic by ops, opmoderated, registered to speak, no NOTICE.
pub(super) fn is_flag(letter: char) -> bool {
    "cimnprstzRT".contains(letter)
}

/// A change that was made, as the others read it.
struct Change {
    on: bool,
    letter: char,
    param: Option<String>,
}

impl State {
    pub(super) fn mode(&mut self, id: Id, message: &Message) {
        if message.params.is_empty() {
            return self.too_few(id, "MODE");
        }
        let target = message.text(0);
        if !target.starts_with('#') {
            return self.own_mode(id, &target, &message.text(1));
        }
        let folded = self.fold(&target);
        let Some(channel) = self.channels.get(&folded) else {
            return self.no_channel(id, &target);
        };
        let name = channel.name.clone();
        if message.params.len() == 1 {
            return self.tell_modes(id, &folded);
        }
        let words: Vec<String> =
            (1..message.params.len()).map(|at| message.text(at).into_owned()).collect();
        if self.asks_for_lists(id, &folded, &words) {
            return;
        }
        let member = self.channels.get(&folded).and_then(|one| one.members.get(&id));
        match member.copied() {
            None => {
                self.numeric(id, 442, |body| body.word(name).text("You're not on that channel"));
            }
            Some(member) if !member.op => self.not_op(id, &name),
            Some(_) => {
                let by = self.clients.get(&id).map(|client| client.mask()).unwrap_or_default();
                self.change_modes(&folded, by, &words, Some(id));
            }
        }
    }

    /// `MODE #c b` and `MODE #c +q`: anybody may read the lists.
    fn asks_for_lists(&mut self, id: Id, folded: &str, words: &[String]) -> bool {
        let [letters] = words else { return false };
        let letters = letters.trim_start_matches('+');
        if letters.is_empty() || !letters.chars().all(|letter| matches!(letter, 'b' | 'q')) {
            return false;
        }
        let Some(channel) = self.channels.get(folded) else { return false };
        let name = channel.name.clone();
        let row = |one: &Mask| (one.mask.clone(), one.by.clone(), seconds(one.at));
        let bans: Vec<_> = channel.bans.iter().map(row).collect();
        let quiets: Vec<_> = channel.quiets.iter().map(row).collect();
        if letters.starts_with('b') {
            for (mask, by, at) in bans {
                self.numeric(id, 367, |body| body.word(&name).word(mask).word(by).word(at));
            }
            self.numeric(id, 368, |body| body.word(&name).text("End of Channel Ban List"));
        } else {
            for (mask, by, at) in quiets {
                self.numeric(id, 728, |body| {
                    body.word(&name).word("q").word(mask).word(by).word(at)
                });
            }
            self.numeric(id, 729, |body| {
                body.word(&name).word("q").text("End of Channel Quiet List")
            });
        }
        true
    }

    fn tell_modes(&mut self, id: Id, folded: &str) {
        let Some(channel) = self.channels.get(folded) else { return };
        let inside = channel.members.contains_key(&id);
        let mut letters = String::from("+");
        letters.extend(&channel.flags);
        let mut params = Vec::new();
        if let Some(limit) = channel.limit {
            letters.push('l');
            params.push(limit.to_string());
        }
        if let Some(key) = &channel.key {
            letters.push('k');
            params.push(if inside { key.clone() } else { "*".into() });
        }
        if let Some(to) = &channel.forward {
            letters.push('f');
            params.push(to.clone());
        }
        let (name, created) = (channel.name.clone(), channel.created_at);
        self.numeric(id, 324, |body| {
            params.iter().fold(body.word(&name).word(letters), Body::word)
        });
        if let Some(created) = created {
            self.numeric(id, 329, |body| body.word(&name).word(seconds(created)));
        }
    }

    /// Makes the changes a MODE asks for and tells the channel which were made. What is wrong is
    /// told to `asker`, where a client asked.
    pub(super) fn change_modes(
        &mut self,
        folded: &str,
        by: Vec<u8>,
        words: &[String],
        asker: Option<Id>,
    ) {
        let Some((letters, params)) = words.split_first() else { return };
        let mut params = params.iter();
        let (mut on, mut with_param) = (true, 0);
        let mut made: Vec<Change> = Vec::new();
        for letter in letters.chars().take(LETTERS) {
            match letter {
                '+' => on = true,
                '-' => on = false,
                flag if is_flag(flag) => {
                    let Some(channel) = self.channels.get_mut(folded) else { return };
                    let changed =
                        if on { channel.flags.insert(flag) } else { channel.flags.remove(&flag) };
                    if changed {
                        made.push(Change { on, letter, param: None });
                    }
                }
                'o' | 'v' | 'b' | 'q' | 'k' | 'l' | 'f' => {
                    let wants = on || !matches!(letter, 'l' | 'f');
                    let optional = letter == 'k' && !on;
                    let given = if wants { params.next().map(String::as_str) } else { Some("") };
                    let param = given.or(optional.then_some("*"));
                    let Some(param) = param else { continue };
                    with_param += 1;
                    if with_param > MODES {
                        continue;
                    }
                    made.extend(self.change_with(folded, &by, (on, letter, param), asker));
                }
                other => {
                    if let Some(id) = asker {
                        self.numeric(id, 472, |body| {
                            body.word(other.to_string()).text("is an unknown mode char to me")
                        });
                    }
                }
            }
        }
        self.tell_changes(folded, by, &made, asker);
    }

    fn change_with(
        &mut self,
        folded: &str,
        by: &[u8],
        (on, letter, param): (bool, char, &str),
        asker: Option<Id>,
    ) -> Option<Change> {
        if let 'o' | 'v' = letter {
            return self.change_member(folded, (on, letter, param), asker);
        }
        let at = self.told_now();
        let folding = self.options.casemapping;
        let channel = self.channels.get_mut(folded)?;
        let word = String::from_utf8_lossy(cut(param.as_bytes(), MASK_BYTES));
        let word = word.split(' ').next().unwrap_or("").trim_start_matches(':').to_string();
        let param = match (letter, on) {
            ('k', true) => {
                let key: String = word.chars().filter(|c| *c != ',').take(KEY_BYTES).collect();
                channel.key = Some(key.clone()).filter(|key| !key.is_empty());
                channel.key.is_some().then_some(key)
            }
            ('k', false) => channel.key.take().map(|_| "*".into()),
            ('l', true) => {
                let limit = word.parse().ok().filter(|limit| *limit > 0);
                channel.limit = limit.or(channel.limit);
                limit.map(|limit| limit.to_string())
            }
            ('l', false) => channel.limit.take().map(|_| String::new()),
            ('f', true) => {
                let to = Some(word).filter(|to| channel::is_channel(to));
                channel.forward = to.clone().or_else(|| channel.forward.take());
                to
            }
            ('f', false) => channel.forward.take().map(|_| String::new()),
            _ => {
                let mask = full_mask(&word);
                let list = if letter == 'b' { &mut channel.bans } else { &mut channel.quiets };
                let known = list.iter().position(|one| folding.same(&one.mask, &mask));
                match (on, known) {
                    (true, None) => {
                        let entry = Mask { mask: mask.clone(), by: by.to_vec(), at };
                        if Channel::add_mask(list, entry) {
                            Some(mask)
                        } else {
                            let name = channel.name.clone();
                            if let Some(id) = asker {
                                self.numeric(id, 478, |body| {
                                    body.word(name).word(mask).text("Channel ban list is full")
                                });
                            }
                            None
                        }
                    }
                    (false, Some(at)) => Some(list.remove(at).mask),
                    _ => None,
                }
            }
        };
        param.map(|param| Change { on, letter, param: Some(param).filter(|one| !one.is_empty()) })
    }

    fn change_member(
        &mut self,
        folded: &str,
        (on, letter, nick): (bool, char, &str),
        asker: Option<Id>,
    ) -> Option<Change> {
        let side = asker.and_then(|id| self.clients.get(&id)).map_or(0, |client| client.side);
        let found = self.find(side, nick).or_else(|| self.find(1 - side, nick));
        let Some(found) = found else {
            if let Some(id) = asker {
                self.no_nick(id, nick);
            }
            return None;
        };
        let nick = self.clients.get(&found)?.name().to_string();
        let channel = self.channels.get_mut(folded)?;
        let name = channel.name.clone();
        let Some(member) = channel.members.get_mut(&found) else {
            if let Some(id) = asker {
                self.numeric(id, 441, |body| {
                    body.word(nick).word(name).text("They aren't on that channel")
                });
            }
            return None;
        };
        let has = if letter == 'o' { &mut member.op } else { &mut member.voice };
        let changed = *has != on;
        *has = on;
        changed.then_some(Change { on, letter, param: Some(nick) })
    }

    fn tell_changes(&mut self, folded: &str, by: Vec<u8>, made: &[Change], asker: Option<Id>) {
        if made.is_empty() {
            return;
        }
        let Some(channel) = self.channels.get(folded) else { return };
        let mut letters = String::new();
        let mut sign = None;
        for change in made {
            if sign != Some(change.on) {
                letters.push(if change.on { '+' } else { '-' });
                sign = Some(change.on);
            }
            letters.push(change.letter);
        }
        let body = Body::new("MODE").word(&channel.name).word(letters);
        let params = made.iter().filter_map(|change| change.param.as_ref());
        let note = self.note(by, params.fold(body, Body::word));
        let told = self.within_reach(folded, asker);
        self.send_all(told, &note);
    }
}

/// A mask with all of its parts: `nick` is `nick!*@*`, `user@host` is `*!user@host`.
fn full_mask(given: &str) -> String {
    match (given.contains('!'), given.contains('@')) {
        _ if given.starts_with('$') => given.to_string(),
        (true, true) => given.to_string(),
        (true, false) => format!("{given}@*"),
        (false, true) => format!("*!{given}"),
        (false, false) if given.is_empty() => "*!*@*".into(),
        (false, false) => format!("{given}!*@*"),
    }
}

fn seconds(at: Moment) -> String {
    (at.micros() / SECOND).to_string()
}
