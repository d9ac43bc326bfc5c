#![doc = include_str!("ARCHITECTURE.md")]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod domain;
pub mod flow;
pub mod http;
pub mod irc;
pub mod mail;
pub mod metrics;
pub mod source;
pub mod store;
pub mod tick;
pub mod tls;
pub mod web;
