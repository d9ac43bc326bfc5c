//! Stories: each flow tells one, and only flows begin transactions.

pub mod group;

pub mod hear;

pub mod index;

pub mod ledger;
pub mod mail;

pub mod ask;

pub mod deliver;

pub mod publish;

pub mod request;

pub mod room;

pub mod sound;

pub mod work;

#[cfg(test)]
mod tests;
