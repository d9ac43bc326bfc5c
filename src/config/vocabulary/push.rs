//! The tables of package pushes.

use super::Kind::{Bool, Integer, Many, One, Text, Texts};
use super::Presence::{Default, Required};
use super::{Section, key};

#[rustfmt::skip]
pub(super) static PUSH: Section = Section {
    header: "[push]",
    about: "Package pushes: which repositories and build system are watched, and where pushes are announced. Without a `[[push.window]]` the first group's rule holds for tags that end in `-release`: pushes Monday to Thursday, and what is tagged after Thursday 09:00 UTC waits for Monday 11:00 UTC.",
    keys: &[
        key("poll_seconds", Integer(1, 86_400), Default("300"), "300",
            "How often repositories and the build system are asked. A message of the bus, or an event that is handed in, makes it ask at once."),
        key("settle_seconds", Integer(0, 86_400), Default("600"), "600",
            "How long the other architectures are waited for when something came on one of them."),
        key("unchanged_days", Integer(0, 3_650), Default("0: never"), "90",
            "The leads are told in private of a repository that has not changed for so many days."),
        key("mail", Text, Default("`\"each\"`"), r#""daily""#,
            "When pushes are mailed to the list: `\"each\"` by itself, those of a day (`\"daily\"`) or of a week (`\"weekly\"`) together, or `\"never\"`."),
        key("lines_per_minute", Integer(1, 60), Default("5"), "5",
            "The most announcements in one channel within a minute; more are put together in one line."),
        key("licences", Texts, Default("any"), r#"["GPLv2", "MIT"]"#,
            "The licences that packages may have; the leads are told in private of any other."),
        key("koji", Text, Default("none"), r#""https://cbs.centos.org/kojihub""#,
            "The hub of the build system (Koji), which is asked, anonymously, what was tagged when by whom."),
        key("secret_file", Text, Default("none: nothing is taken"), r#""push-secret""#,
            "A file with the secret that signs events of other build systems, handed in at `/hooks/push`."),
        key("window", Many(&WINDOW), Default(""), "[[push.window]]\ntags = [\"virt*-release\"]", ""),
        key("repository", Many(&REPOSITORY), Default(""), "[[push.repository]]\nname = \"virt7-xen-46\"", ""),
        key("route", Many(&ROUTE), Default(""), "[[push.route]]\nchannel = \"#centos-devel\"", ""),
        key("not_mainline", Many(&NOT_MAINLINE), Default(""), "[[push.not_mainline]]\npackages = [\"xen\"]\nbecause = \"linux-xen patches\"", ""),
        key("mqtt", One(&MQTT), Default(""), "[push.mqtt]\nhost = \"mqtt.git.centos.org\"", ""),
        key("amqp", One(&AMQP), Default(""), "[push.amqp]\nhost = \"rabbitmq.fedoraproject.org\"", ""),
    ],
};

#[rustfmt::skip]
static WINDOW: Section = Section {
    header: "[[push.window]]",
    about: "From when on what is tagged may go out; the first whose tags fit counts. All times are UTC.",
    keys: &[
        key("tags", Texts, Required, r#"["virt*-release"]"#,
            "The tags for which it holds; `*` stands for any letters."),
        key("mode", Text, Default("`\"window\"`"), r#""window""#,
            "`\"window\"`: open from `resume` after closed days to the `cutoff` on the day before the next ones. `\"daily\"`: one push a day at `resume`, of what was tagged until `cutoff`. `\"immediate\"`: at any time but in `freezes`."),
        key("days", Texts, Default("`[\"Mon\", \"Tue\", \"Wed\", \"Thu\"]`"), r#"["Mon", "Tue", "Wed", "Thu"]"#,
            "The days of pushes."),
        key("cutoff", Text, Default("`\"09:00\"`"), r#""09:00""#,
            "What is tagged later than this (the moment itself is in time) waits."),
        key("resume", Text, Default("`\"11:00\"`"), r#""11:00""#,
            "When pushes go on."),
        key("holidays", Texts, Default("none"), r#"["2018-12-25", "2018-12-26"]"#,
            "Days without pushes. The cut-off is on the last open day before."),
        key("freezes", Texts, Default("none"), r#"["2018-12-20..2019-01-02"]"#,
            "Longer times without pushes, first and last day; at most a year each."),
        key("overdue_hours", Integer(1, 720), Default("6"), "6",
            "So long after it may go out, a build that is not there is overdue: its maintainer is told once."),
    ],
};

#[rustfmt::skip]
static REPOSITORY: Section = Section {
    header: "[[push.repository]]",
    about: "A yum repository into which builds are pushed; each gets a `[[push.repository]]`.",
    keys: &[
        key("name", Text, Required, r#""virt7-kvm-common""#,
            "What it is called in announcements."),
        key("url", Text, Default("nobody looks: only what was tagged is known"), r#""http://mirror.centos.org/centos/7/virt/$arch/kvm-common/""#,
            "Where it is: `http`, `https`, or a directory. `$arch` stands for the architecture."),
        key("arches", Texts, Default("`[\"x86_64\"]`"), r#"["x86_64", "aarch64"]"#,
            "The architectures, in the order in which they are named."),
        key("tags", Texts, Default("the name and the stage, as in `virt7-kvm-common-release`"), r#"["virt7-kvm-common-release"]"#,
            "The tags of the build system that lead into it."),
        key("stage", Text, Default("`\"release\"`"), r#""testing""#,
            "`\"candidate\"`, `\"testing\"` or `\"release\"`."),
        key("platform", Text, Default("what the packages' releases say"), r#""el7""#,
            "The distribution."),
        key("project", Text, Default("the project whose packages they are"), r#""xen""#,
            "The project to which its packages belong."),
        key("mirrors", Texts, Default("none"), r#"["http://mirror.example.org/centos/7/virt/$arch/kvm-common/"]"#,
            "Copies on mirrors, to tell how far a push has come."),
        key("try", Text, Default("none"), r#""yum --enablerepo=centos-virt-kvm-testing update""#,
            "How to try what is in it; announcements into `testing` say it."),
    ],
};

#[rustfmt::skip]
static ROUTE: Section = Section {
    header: "[[push.route]]",
    about: "Where pushes go that fit all that is said here; each that fits counts. Without any, all pushes go to the first channel of the first network and, as `mail` says, to the list.",
    keys: &[
        key("packages", Texts, Default("all"), r#"["xen*"]"#,
            "Names of source packages."),
        key("projects", Texts, Default("all"), r#"["xen"]"#,
            "Names of projects."),
        key("repositories", Texts, Default("all"), r#"["virt7-*"]"#,
            "Names of repositories."),
        key("tags", Texts, Default("all"), r#"["virt7-*-release"]"#,
            "Tags that lead into the repositories."),
        key("arches", Texts, Default("all"), r#"["aarch64"]"#,
            "Architectures."),
        key("stages", Texts, Default("all"), r#"["release"]"#,
            "Stages."),
        key("severities", Texts, Default("all pushes"), r#"["important", "critical"]"#,
            "Only security fixes of these severities; `any` for all security fixes."),
        key("network", Text, Default("the first network with that channel"), r#""Libera""#,
            "The network of the channel."),
        key("channel", Text, Default("none"), r##""#centos-devel""##,
            "The channel."),
        key("mail", Text, Default("`\"never\"`"), r#""each""#,
            "When they are mailed to the list, as in `[push]`."),
    ],
};

#[rustfmt::skip]
static NOT_MAINLINE: Section = Section {
    header: "[[push.not_mainline]]",
    about: "Packages that are not what their upstream project releases: every announcement says so.",
    keys: &[
        key("packages", Texts, Required, r#"["xen"]"#,
            "Names of source packages."),
        key("because", Text, Required, r#""linux-xen patches""#,
            "Why, in a few words."),
    ],
};

#[rustfmt::skip]
static MQTT: Section = Section {
    header: "[push.mqtt]",
    about: "The message bus of the build system. Its messages make beadle look at once, and are never believed.",
    keys: &[
        key("host", Text, Required, r#""mqtt.git.centos.org""#,
            "The broker."),
        key("port", Integer(1, 65_535), Default("8883 with TLS, 1883 without"), "8883",
            "Its port."),
        key("tls", Bool, Default("true"), "true",
            "Whether the way there is encrypted; without it only to this machine."),
        key("ca_file", Text, Default("the system's"), r#""/etc/beadle/mqtt-ca.pem""#,
            "Trust the certificates in this PEM file, instead of the system's."),
        key("cert_file", Text, Default("none"), r#""/etc/beadle/centos.cert""#,
            "The client's certificate in PEM, as X.509 version 3."),
        key("key_file", Text, Default("none"), r#""centos.key""#,
            "The key of that certificate."),
        key("client_id", Text, Default("`beadle-` and the short name of the group"), r#""beadle-virt-sig""#,
            "What the broker knows us by; it keeps messages for this name while we are away."),
        key("account", Text, Default("none"), r#""virt""#,
            "The account, for brokers that want one."),
        key("password_file", Text, Default("none"), r#""mqtt-password""#,
            "A file with its password."),
        key("topics", Texts, Default("`[\"koji\", \"cbs-signing\"]`"), r#"["koji", "cbs-signing"]"#,
            "What to listen to."),
    ],
};

#[rustfmt::skip]
static AMQP: Section = Section {
    header: "[push.amqp]",
    about: "Fedora's message bus (AMQP 0.9.1), hints like those of `[push.mqtt]`. Only a program built with `--features amqp` has it.",
    keys: &[
        key("host", Text, Required, r#""rabbitmq.fedoraproject.org""#,
            "The broker."),
        key("port", Integer(1, 65_535), Default("5671 with TLS, 5672 without"), "5671",
            "Its port."),
        key("vhost", Text, Default("`\"/\"`"), r#""/public_pubsub""#,
            "Its part for us."),
        key("tls", Bool, Default("true"), "true",
            "Whether the way there is encrypted; without it only to this machine."),
        key("ca_file", Text, Default("none; with TLS it must be given"), r#""/etc/fedora-messaging/cacert.pem""#,
            "The certificates (PEM) that may vouch for the broker."),
        key("cert_file", Text, Default("none"), r#""/etc/fedora-messaging/fedora-cert.pem""#,
            "The client's certificate in PEM."),
        key("key_file", Text, Default("none"), r#""fedora-key.pem""#,
            "The key of that certificate."),
        key("account", Text, Default("none"), r#""virt""#,
            "The account, for brokers that want one."),
        key("password_file", Text, Default("none"), r#""amqp-password""#,
            "A file with its password."),
        key("queue", Text, Default("`beadle-` and the short name of the group"), r#""00000000-0000-0000-0000-000000000000""#,
            "What our queue is called there; nobody else may use it. Fedora wants a UUID."),
        key("topics", Texts, Default("those of `buildsys.tag`, `buildsys.untag` and `buildsys.rpm.sign`"), r#"["org.fedoraproject.*.buildsys.tag"]"#,
            "What to listen to; `*` is one word, `#` any number."),
    ],
};
