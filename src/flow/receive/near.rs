//! Whether an outsider's post may be a member's all the same: asked only before it would be lost.

use crate::config::Config;
use crate::domain::list::gate::Author;
use crate::domain::list::{Key, near};
use crate::flow::receive::batch::Job;
use crate::store::{StoreError, Tx, subscriber, verdict};

/// Why a post may be a member's, in words; nothing where nothing speaks for it.
pub async fn find(tx: &mut Tx, config: &Config, job: &Job) -> Result<Option<String>, StoreError> {
    let Author::One(author, _) = &job.post.facts.author else { return Ok(None) };
    if is_of_the_group(config, author) {
        return Ok(Some(
            "a member of the group writes from an address that is not subscribed".into(),
        ));
    }
    let (list, references) = (job.list.row.id, &job.post.references);
    if !references.is_empty()
        && verdict::accepted_one_of(&mut *tx, list.number(), references).await?
    {
        return Ok(Some("it answers a post of this list".into()));
    }
    let slips = near::one_letter_off(author);
    let asked: Vec<_> = slips.iter().map(|slip| (list, slip.as_str())).collect();
    let found = subscriber::standing(&mut *tx, &asked).await?;
    let is_slip = found.iter().any(Option::is_some);
    Ok(is_slip.then(|| "its address is one letter off a subscriber's".into()))
}

/// Whether the configuration names the address as one of a member of the group.
fn is_of_the_group(config: &Config, author: &Key) -> bool {
    let addresses = config.members.iter().flat_map(|member| &member.addresses);
    addresses.filter_map(|address| Key::parse(address)).any(|key| key == *author)
}
