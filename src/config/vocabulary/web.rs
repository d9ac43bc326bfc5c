//! The tables of the pages.

use super::Kind::{Many, Text, Texts};
use super::Presence::{Default, Required};
use super::{Section, key};

#[rustfmt::skip]
pub(super) static WEB: Section = Section {
    header: "[web]",
    about: "The pages. Without this table there are none.",
    keys: &[
        key("listen", Text, Default("`\"127.0.0.1:8080\"`"), r#""127.0.0.1:8080""#,
            "The address and port that the pages are served on, in plain HTTP. Put a reverse proxy with TLS before it."),
        key("url", Text, Default("`http://` and the address of `listen`, where that is a loopback one; else it must be given"), r#""https://virt.example.org""#,
            "The address under which people reach the pages. The links that the bot says in the channel begin with it."),
        key("webchat", Text, Default("none"), r##""https://web.libera.chat/?channel=#centos-devel""##,
            "A page on which newcomers join the channel in their browser. The start page leads there."),
        key("proxies", Texts, Default("`[\"127.0.0.1\", \"::1\"]`"), r#"["127.0.0.1", "::1"]"#,
            "The addresses of reverse proxies whose `X-Forwarded-For` is believed: limits for each reader go by the last address in it that is no proxy's."),
        key("operators", Text, Default("none: there is no such door"), r#""127.0.0.1:9090""#,
            "A second address and port with `/metrics`, `/healthz` and `/readyz` for operators. Keep it where only they reach it."),
        key("redirect", Many(&REDIRECT), Default(""), "[[web.redirect]]\nfrom = \"/TODO\"\nto = \"/roadmap\"", ""),
    ],
};

#[rustfmt::skip]
static REDIRECT: Section = Section {
    header: "[[web.redirect]]",
    about: "An old address that leads to a page of today. Those of MeetBot's minutes, of pipermail and of Mailman's list pages are known without it.",
    keys: &[
        key("from", Text, Required, r#""/SpecialInterestGroup/Virtualization/Roadmap""#,
            "The path of the old address. With `*` at its end it stands for all that begin so."),
        key("to", Text, Required, r#""/roadmap""#,
            "The path of the page, or an address elsewhere."),
    ],
};
