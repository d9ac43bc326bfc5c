//! Stories: each flow tells one, and only flows begin transactions.

pub mod hear;
