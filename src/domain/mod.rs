//! The rules, as pure values: nothing here waits, reads a clock, a file or a socket.
//!
//! Inside the domain each module may use only those listed before it.

pub mod time;

pub mod text;

pub mod name;

pub mod pattern;

pub mod address;

pub mod escape;

pub mod wrap;

pub mod search;

pub mod notice;

pub mod schedule;

pub mod roster;

pub mod login;

pub mod roadmap;

pub mod meeting;

pub mod group;

pub mod minutes;

pub mod push;

pub mod list;

pub mod chat;
