//! The tables of the pages.

use super::Kind::{Many, One, Text, Texts};
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
            "The address under which people reach the pages. The links that the bot says in the channel begin with it. Members can log in where it begins with `https://`, or leads to this machine only."),
        key("webchat", Text, Default("none"), r##""https://web.libera.chat/?channel=#centos-devel""##,
            "A page on which newcomers join the channel in their browser. The start page leads there."),
        key("proxies", Texts, Default("`[\"127.0.0.1\", \"::1\"]`"), r#"["127.0.0.1", "::1"]"#,
            "The addresses of reverse proxies whose `X-Forwarded-For` is believed: limits for each reader go by the last address in it that is no proxy's."),
        key("operators", Text, Default("none: there is no such door"), r#""127.0.0.1:9090""#,
            "A second address and port with `/metrics`, `/healthz` and `/readyz` for operators. Keep it where only they reach it."),
        key("redirect", Many(&REDIRECT), Default(""), "[[web.redirect]]\nfrom = \"/TODO\"\nto = \"/roadmap\"", ""),
        key("oidc", One(&OIDC), Default(""), "[web.oidc]\nissuer = \"https://id.example.org\"", ""),
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

#[rustfmt::skip]
static OIDC: Section = Section {
    header: "[web.oidc]",
    about: "The group's login service (OpenID Connect), by which members can log in beside the link that is mailed to them. Register `URL/admin/login/oidc/back` there as the only address that people come back to, URL being `url` of `[web]`.",
    keys: &[
        key("issuer", Text, Required, r#""https://id.example.org""#,
            "The address of the service, exactly as it writes it in its description at `/.well-known/openid-configuration`. Plain HTTP is taken only where it is on this machine."),
        key("client_id", Text, Required, r#""beadle""#,
            "What the service calls these pages."),
        key("secret_file", Text, Default("none: a public client"), r#""oidc-secret""#,
            "A file that holds the client's secret."),
        key("claim", Text, Default("`\"preferred_username\"`"), r#""nickname""#,
            "What of the service's answer names the member: `\"preferred_username\"`, `\"nickname\"` (the Fedora and CentOS accounts) or `\"sub\"` is the member's account, `\"email\"` one of the addresses, where the service has verified it."),
        key("name", Text, Default("the host of `issuer`"), r#""CentOS account""#,
            "What the service is called on the button."),
    ],
};
