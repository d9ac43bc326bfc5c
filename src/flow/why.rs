//! Somebody asks by mail what became of a post: they are answered if they sent it.

use crate::config::Config;
use crate::flow::receive::lists::Posting;
use crate::store::{Db, StoreError};

/// Takes in a mail to `LIST-why@`.
pub async fn receive(
    _db: &Db,
    _config: &Config,
    _list: &Posting,
    _mail: &[u8],
    _sender: &str,
) -> Result<(), StoreError> {
    Ok(())
}
