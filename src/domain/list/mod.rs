//! The mailing list: letters that go to it, and when a letter that did not leave is tried again.
//!
//! Nothing here sends anything; a letter becomes a row of the outbox and `crate::mail` sends it.

pub mod author;
pub mod automatic;
pub mod confirm;
pub mod dates;
pub mod gate;
pub mod header;
pub mod import;
pub mod join;
pub mod key;
pub mod letter;
pub mod login;
pub mod minutes;
pub mod near;
pub mod pass;
pub mod policy;
pub mod post;
pub mod preview;
pub mod promise;
pub mod push;
pub mod reminder;
pub mod report;
pub mod request;
pub mod results;
pub mod retry;
pub mod route;
pub mod support;
#[cfg(test)]
mod testing;
pub mod token;
#[cfg(test)]
mod tricks;
pub mod why;
pub mod word;

pub use key::Key;
pub use letter::Letter;
pub use letter::List;
pub use letter::Mailbox;
pub use letter::MessageId;

/// What happens to posts of strangers where the configuration says nothing else.
pub const RULE: &str = "Posts to this list from addresses that are not subscribed are discarded.";
