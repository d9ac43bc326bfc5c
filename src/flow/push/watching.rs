//! People who watch packages: what they tell the bot in private, and what they are answered.

use crate::domain::meeting::Speaker;
use crate::domain::name::{Casemapping, Network};
use crate::domain::pattern::Pattern;
use crate::domain::time::Moment;
use crate::flow::gather;
use crate::flow::work::Work;
use crate::store::StoreError;
use crate::store::push::watch::{self, Watch};

/// `watch xen*`, `unwatch xen*` and `watches`, said to the bot in private; the answer.
pub async fn wants(
    who: &Speaker,
    said: &str,
    network: &Network,
    casemapping: Casemapping,
    now: Moment,
    work: &mut Work,
) -> Result<Option<Result<String, String>>, StoreError> {
    let mut words = said.split_whitespace();
    let (first, given, end) = (words.next().unwrap_or(""), words.next(), words.next());
    let key = gather::key_of(who, casemapping);
    let is = |word: &str| first.eq_ignore_ascii_case(word);
    if is("watches") || (is("watch") && given.is_none()) {
        let tx = work.tx().await?;
        let all = watch::of(tx, network, &key).await?;
        let all: Vec<String> = all.iter().map(|one| one.pattern.to_string()).collect();
        return Ok(Some(Ok(match all.is_empty() {
            true => "You watch nothing.  'watch xen*' tells you of each push of those.".to_string(),
            false => format!("You watch {}.  'unwatch NAME' ends it.", all.join(", ")),
        })));
    }
    let (Some(given), None, true) = (given, end, is("watch") || is("unwatch")) else {
        return Ok(None);
    };
    let pattern = match Pattern::parse(given) {
        Ok(pattern) => pattern,
        Err(sentence) => return Ok(Some(Err(format!("That is no package: {sentence}.")))),
    };
    let tx = work.tx().await?;
    Ok(Some(if is("watch") {
        let wish = Watch { who: key, pattern: pattern.clone() };
        match watch::add(tx, network, &wish, now).await? {
            true => {
                Ok(format!("You are told of pushes of {pattern}.  'unwatch {pattern}' ends it."))
            }
            false => {
                Err("You watch that already, or your list is full.  'watches' shows it.".into())
            }
        }
    } else {
        match watch::remove(tx, network, &key, &pattern).await? {
            true => Ok(format!("You are told of {pattern} no more.")),
            false => Err(format!("You did not watch {pattern}.  'watches' shows what you do.")),
        }
    }))
}
