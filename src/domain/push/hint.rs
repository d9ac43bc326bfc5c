//! Hints: what the message buses of build systems say, read into what is worth looking at now.
//!
//! A hint is never the truth. Messages are lost, come twice, and come before what they tell of can
//! be seen; what is true is asked for afterwards.
//!
//! Four forms are known, each by the end of its topic:
//! - `koji` (MQTT, CentOS): `{"action": "postTag", "tag": "virt7-xen-46-release"}`, likewise
//!   `postUntag`. There is no package in it.
//! - `cbs-signing` (MQTT, CentOS): `{"time": "20230525-11:33:01", "tag": "…", "status":
//!   "processing", "jobs_in_queue": "40"}`. The time has no zone and is UTC; the count is a text.
//! - `….buildsys.tag` and `….buildsys.untag` (AMQP, Fedora): an object with `tag` and much else.
//! - `….buildsys.rpm.sign` (AMQP, Fedora): an object with `build.nvr`, once for each of its rpms,
//!   and without a tag.

use crate::domain::push::evr::split_nvr;
use crate::domain::push::tag;
use crate::domain::time::Moment;
use chrono::NaiveDateTime;
use serde_json::{Map, Value};

/// The largest payload that is read, in bytes. A hint has some hundred; what Fedora sends about a
/// signed package has two thousand.
pub const MOST_PAYLOAD: usize = 64 * 1024;
/// The longest name-version-release that is taken, in bytes.
const MOST_NVR: usize = 384;

/// Something happened in a build system, as its bus tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hint {
    /// Something was put under this tag or taken from it: look.
    Look {
        /// The tag.
        tag: String,
    },
    /// The signing machine is at this tag.
    Signing {
        /// The tag.
        tag: String,
        /// When it said so, by its own clock.
        at: Option<Moment>,
        /// How far it is.
        state: Signing,
        /// How many jobs wait for it.
        queue: Option<u32>,
    },
    /// A package of this build was signed.
    Signed {
        /// The build, `name-version-release`.
        nvr: String,
    },
}

/// How far the signing machine is with a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signing {
    /// It has begun.
    Processing,
    /// It is done: the packages are signed and on their way.
    Processed,
}

/// Reads a message. None where its topic or what it tells means nothing to us; a sentence where it
/// is not what its topic promises.
pub fn read(topic: &str, payload: &[u8]) -> Result<Option<Hint>, String> {
    let level = topic.rsplit('/').next().unwrap_or(topic);
    let reader: Reader = match level {
        "koji" => koji,
        "cbs-signing" => cbs_signing,
        _ if level.ends_with(".buildsys.tag") || level.ends_with(".buildsys.untag") => tagged,
        _ if level.ends_with(".buildsys.rpm.sign") => signed,
        _ => return Ok(None),
    };
    if payload.len() > MOST_PAYLOAD {
        return Err(format!("{} bytes are too many, {MOST_PAYLOAD} at most", payload.len()));
    }
    match serde_json::from_slice(payload) {
        Ok(Value::Object(message)) => reader(&message),
        Ok(_) => Err("it is JSON, but not an object".into()),
        // The place tells enough; the words of the error would repeat a stranger's.
        Err(error) => Err(format!("not JSON: line {}, column {}", error.line(), error.column())),
    }
}

type Message = Map<String, Value>;
type Reader = fn(&Message) -> Result<Option<Hint>, String>;

fn koji(message: &Message) -> Result<Option<Hint>, String> {
    match text(message, "action")? {
        "postTag" | "postUntag" => tagged(message),
        _ => Ok(None),
    }
}

fn tagged(message: &Message) -> Result<Option<Hint>, String> {
    Ok(Some(Hint::Look { tag: tag::name(text(message, "tag")?)? }))
}

fn cbs_signing(message: &Message) -> Result<Option<Hint>, String> {
    let state = match text(message, "status")? {
        "processing" => Signing::Processing,
        "processed" => Signing::Processed,
        _ => return Ok(None),
    };
    let tag = tag::name(text(message, "tag")?)?;
    Ok(Some(Hint::Signing { tag, at: time(message)?, state, queue: queue(message)? }))
}

fn signed(message: &Message) -> Result<Option<Hint>, String> {
    let Some(Value::Object(build)) = message.get("build") else {
        return Err("\"build\" is missing or not an object".into());
    };
    let nvr = text(build, "nvr")?;
    let usual = nvr.len() <= MOST_NVR && nvr.bytes().all(|b| b.is_ascii_graphic());
    match split_nvr(nvr).filter(|_| usual) {
        Some(_) => Ok(Some(Hint::Signed { nvr: nvr.into() })),
        None => Err("\"nvr\" of the build is not name-version-release".into()),
    }
}

fn text<'a>(message: &'a Message, key: &str) -> Result<&'a str, String> {
    match message.get(key) {
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(format!("\"{key}\" is not a text")),
        None => Err(format!("\"{key}\" is missing")),
    }
}

/// `20230525-11:33:01`, in UTC.
fn time(message: &Message) -> Result<Option<Moment>, String> {
    if matches!(message.get("time"), None | Some(Value::Null)) {
        return Ok(None);
    }
    NaiveDateTime::parse_from_str(text(message, "time")?, "%Y%m%d-%H:%M:%S")
        .map(|time| Some(Moment::from_utc(time.and_utc())))
        .map_err(|_| "\"time\" is not such as 20230525-11:33:01".into())
}

/// A count as a text, or as the number it should be.
fn queue(message: &Message) -> Result<Option<u32>, String> {
    let count = match message.get("jobs_in_queue") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text.parse().ok(),
        Some(number) => number.as_u64().and_then(|number| number.try_into().ok()),
    };
    count.map(Some).ok_or_else(|| "\"jobs_in_queue\" is not a count".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn look(tag: &str) -> Result<Option<Hint>, String> {
        Ok(Some(Hint::Look { tag: tag.into() }))
    }

    #[test]
    fn what_centos_says() {
        let tagged = br#"{"action": "postTag", "tag": "virt7-xen-46-release"}"#;
        assert_eq!(read("koji", tagged), look("virt7-xen-46-release"));
        let untagged = br#"{"action": "postUntag", "tag": "virt7-xen-46-testing"}"#;
        assert_eq!(read("centos/koji", untagged), look("virt7-xen-46-testing"));
        assert_eq!(read("koji", br#"{"action": "postRepoDone", "repo": 3}"#), Ok(None));
        let signing = br#"{"time": "20230525-11:33:01", "tag": "kmods9s-packages-main-release",
            "status": "processing", "jobs_in_queue": "40"}"#;
        let read_as = Hint::Signing {
            tag: "kmods9s-packages-main-release".into(),
            at: Some(Moment::parse("2023-05-25T11:33:01Z").unwrap()),
            state: Signing::Processing,
            queue: Some(40),
        };
        assert_eq!(read("cbs-signing", signing), Ok(Some(read_as)));
        let processed = br#"{"tag": "t", "status": "processed", "jobs_in_queue": 0}"#;
        let state = Signing::Processed;
        let read_as = Hint::Signing { tag: "t".into(), at: None, state, queue: Some(0) };
        assert_eq!(read("cbs-signing", processed), Ok(Some(read_as)));
        assert_eq!(read("cbs-signing", br#"{"status": "asleep"}"#), Ok(None));
    }

    #[test]
    fn what_fedora_says() {
        let tagged = br#"{"build_id":1457909,"name":"http-parser","tag_id":6446,
            "instance":"primary","tag":"f31-updates-pending","user":"bodhi","version":"2.9.3",
            "owner":"sgallagh","release":"1.fc31"}"#;
        for topic in ["tag", "untag"] {
            let topic = format!("org.fedoraproject.prod.buildsys.{topic}");
            assert_eq!(read(&topic, tagged), look("f31-updates-pending"));
        }
        let signed = br#"{"build": {"nvr": "glibc-2.39.9000-27.fc41", "epoch": null},
            "rpm": {"name": "glibc-langpack-sv", "arch": "aarch64"}, "sigkey": "e99d6ad1"}"#;
        let read_as = Hint::Signed { nvr: "glibc-2.39.9000-27.fc41".into() };
        assert_eq!(read("org.fedoraproject.prod.buildsys.rpm.sign", signed), Ok(Some(read_as)));
    }

    #[test]
    fn a_strange_topic_is_not_even_read() {
        for topic in ["", "git.centos.org/commit", "buildsys.tag", "kojiX", "koji/", "a.tag"] {
            assert_eq!(read(topic, &[0xff; MOST_PAYLOAD + 1]), Ok(None), "{topic}");
        }
    }

    #[test]
    fn what_is_malformed_is_told_without_its_words() {
        let sign = "x.buildsys.rpm.sign";
        let cases: &[(&str, &[u8], &str)] = &[
            ("koji", b"", "not JSON: line 1"),
            ("koji", b"\xff\x00\x80", "not JSON"),
            ("koji", b"[]", "not an object"),
            ("koji", b"{}", "\"action\" is missing"),
            ("koji", br#"{"action": 1}"#, "\"action\" is not a text"),
            ("koji", br#"{"action": "postTag"}"#, "\"tag\" is missing"),
            ("koji", br#"{"action": "postTag", "tag": null}"#, "\"tag\" is not a text"),
            ("koji", br#"{"action": "postTag", "tag": "evil\r\nQUIT"}"#, "letters, digits"),
            ("cbs-signing", br#"{"status": "processed"}"#, "\"tag\" is missing"),
            (sign, b"{}", "\"build\" is missing"),
            (sign, br#"{"build": {"nvr": "glibc"}}"#, "not name-version-release"),
            (sign, br#"{"build": {"nvr": "a b-1-2"}}"#, "not name-version-release"),
        ];
        for (topic, payload, why) in cases {
            let error = read(topic, payload).unwrap_err();
            assert!(error.contains(why) && !error.contains("evil"), "{topic}: {error}");
        }
        let signing = |rest: &str| {
            let payload = format!("{{\"tag\": \"t\", \"status\": \"processed\", {rest}}}");
            read("cbs-signing", payload.as_bytes()).unwrap_err()
        };
        for time in ["\"2023-05-25T11:33:01Z\"", "\"20231325-11:33:01\"", "\"99\"", "5"] {
            assert!(signing(&format!("\"time\": {time}")).contains("\"time\" is not"), "{time}");
        }
        for count in ["\"many\"", "\"-1\"", "4.5", "4294967296", "\"4294967296\"", "[]"] {
            let error = signing(&format!("\"jobs_in_queue\": {count}"));
            assert!(error.contains("not a count"), "{count}: {error}");
        }
    }

    #[test]
    fn a_payload_has_a_limit() {
        let padded = |bytes: usize| {
            let mut payload = br#"{"action": "postTag", "tag": "t"}"#.to_vec();
            payload.resize(bytes, b' ');
            read("koji", &payload)
        };
        assert_eq!(padded(MOST_PAYLOAD), look("t"));
        assert!(padded(MOST_PAYLOAD + 1).unwrap_err().contains("65536 at most"));
        let deep = [b"[".repeat(MOST_PAYLOAD / 2), b"]".repeat(MOST_PAYLOAD / 2)].concat();
        assert!(read("koji", &deep).unwrap_err().contains("not JSON"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(
            topic in prop_oneof!["koji", "cbs-signing", "x.buildsys.tag", "x.buildsys.rpm.sign", ".*"],
            payload in prop_oneof![
                proptest::collection::vec(any::<u8>(), 0..200),
                "\\{(\"(tag|action|status|time|build|nvr|jobs_in_queue)\":(\".{0,9}\"|[0-9]{1,30}|null|\\{\\}),?){0,5}\\}"
                    .prop_map(String::into_bytes),
            ],
        ) {
            if let Err(sentence) = read(&topic, &payload) {
                prop_assert!(sentence.chars().count() < 200 && !sentence.contains('\n'));
            }
        }
    }
}
