//! Stories: each flow tells one, and only flows begin transactions.

pub mod correct;

pub mod group;

pub mod hear;

pub mod ledger;
pub mod mail;

pub mod deliver;

pub mod order;
pub mod plan;

pub mod publish;

pub mod promise;

pub mod redact;

pub mod report;

pub mod room;

pub mod sound;

pub mod work;

#[cfg(test)]
mod tests;
