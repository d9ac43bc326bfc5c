//! Stories: each flow tells one, and only flows begin transactions.

pub mod ask;
pub mod calendar;
pub mod call;
pub mod correct;
pub mod deliver;
pub mod door;
pub mod gather;
pub mod group;
pub mod hear;
pub mod index;
pub mod ledger;
pub mod live;
pub mod mail;
pub mod members;
pub mod moderate;
pub mod order;
pub mod pass;
pub mod plan;
pub mod promise;
pub mod publish;
pub mod push;
pub mod receive;
pub mod redact;
pub mod replay;
pub mod report;
pub mod request;
pub mod room;
pub mod seen;
pub mod sound;
pub mod subscribe;
#[cfg(test)]
pub(crate) mod tests;
pub mod tick;
pub mod voice;
pub mod why;
pub mod work;
