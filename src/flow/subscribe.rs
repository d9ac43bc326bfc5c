//! Somebody joins or leaves a list by mail.

use crate::config::Config;
use crate::domain::list::route::Purpose;
use crate::flow::receive::lists::Posting;
use crate::store::{Db, StoreError};

/// Takes in a mail to an address beside a list.
pub async fn receive(
    _db: &Db,
    _config: &Config,
    _list: &Posting,
    _purpose: &Purpose,
    _mail: &[u8],
    _sender: &str,
) -> Result<(), StoreError> {
    Ok(())
}
