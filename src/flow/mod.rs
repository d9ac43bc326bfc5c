//! Stories: each flow tells one, and only flows begin transactions.

pub mod group;

pub mod hear;

pub mod ledger;
pub mod mail;

pub mod deliver;

pub mod plan;

pub mod publish;

pub mod room;

pub mod seen;

pub mod sound;

pub mod work;

#[cfg(test)]
mod tests;
