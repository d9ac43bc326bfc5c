//! The codec and the reading of rows, on samples and on anything at all.

use crate::domain::push::tag::Act;
use crate::domain::text::is_unprintable;
use crate::domain::time::Moment;
use crate::source::koji::build;
use crate::source::koji::call;
use crate::source::koji::history::History;
use crate::source::koji::meter::MOST_TEXT;
use crate::source::koji::trouble::Trouble;
use crate::source::koji::value::{Value, moment};
use crate::source::koji::xml::{Answer, MOST_DEPTH};
use proptest::prelude::*;
use std::io::{BufReader, Read};

const HISTORY: &str = include_str!("samples/history.xml");
const UNKNOWN_TAG: &str = include_str!("samples/unknown_tag.xml");
const GET_BUILD: &str = include_str!("samples/get_build.xml");
const ALL_TYPES: &str = include_str!("samples/all_types.xml");
const TAG: &str = "virt7-xen-46-release";

/// The one value of an answer. Three bytes at a time come from the source, so that no piece of it
/// ever stands whole in the buffer.
fn read(answer: &[u8]) -> Result<Value, Trouble> {
    let (mut answer, kind) = Answer::open(BufReader::with_capacity(3, answer))?;
    let value = Value::read(&mut answer, kind)?;
    answer.close()?;
    Ok(value)
}

/// An answer with this value, written as text.
fn response(value: &str) -> String {
    format!("<methodResponse><params><param>{value}</param></params></methodResponse>")
}

/// The same answer to a call: what stands between its parameters' tags is the same.
fn back(value: &Value) -> Result<Value, Trouble> {
    let call = call::write("m", std::slice::from_ref(value));
    let start = call.find("<params>").expect("parameters");
    let end = call.find("</methodCall>").expect("an end");
    read(format!("<methodResponse>{}</methodResponse>", &call[start..end]).as_bytes())
}

/// A history of rows, written as text.
fn rows(rows: &str) -> Result<History, Trouble> {
    let table = "<member><name>tag_listing</name><value><array><data>";
    let end = "</data></array></value></member>";
    let answer = response(&format!("<value><struct>{table}{rows}{end}</struct></value>"));
    History::of_answer(answer.as_bytes(), TAG, 100)
}

/// A row with these members; those not named are of a build that is well.
fn row(members: &[(&str, &str)]) -> String {
    let usual = [
        ("name", "<string>xen</string>"),
        ("version", "<string>4.6.6</string>"),
        ("release", "<string>13.el7</string>"),
        ("epoch", "<nil/>"),
        ("build_id", "<int>7</int>"),
        ("create_event", "<int>101</int>"),
        ("create_ts", "<double>1542877920.5</double>"),
        ("creator_name", "<string>gwd</string>"),
    ];
    let given = |name: &str| members.iter().any(|(known, _)| *known == name);
    let usual = usual.iter().filter(|(name, _)| !given(name));
    let member = |(name, value): &(&str, &str)| {
        format!("<member><name>{name}</name><value>{value}</value></member>")
    };
    let members: String = usual.chain(members).map(member).collect();
    format!("<value><struct>{members}</struct></value>")
}

#[test]
fn reads_every_type_as_any_library_writes_it() {
    let text = |words: &str| Value::Text(words.into());
    let expected = [
        Value::Nil,
        Value::Nil,
        Value::Nil,
        Value::Int(i64::from(i32::MIN)),
        Value::Int(7),
        Value::Int(i64::MAX),
        Value::Int(-1),
        Value::Bool(true),
        Value::Bool(false),
        Value::Double(-0.5),
        Value::Double(1000.0),
        text(" a <b> & é→ "),
        text("<c> & d"),
        text(""),
        text("untyped \"words\""),
        text(""),
        text(""),
        text("spaced"),
        Value::Time("20181113T15:00:12".into()),
        Value::Bytes(b"hello".into()),
        Value::Array(Vec::new()),
        Value::Array(Vec::new()),
        Value::of([]),
        Value::of([("a", Value::Int(2))]),
    ];
    let value = read(ALL_TYPES.as_bytes()).unwrap();
    let items = value.items().unwrap();
    for (item, expected) in items.iter().zip(&expected) {
        assert_eq!(item, expected);
    }
    assert_eq!(items.len(), expected.len());
}

#[test]
fn a_call_is_written_as_koji_takes_it() {
    let named =
        Value::named([("tag", Value::Text("a&b<c>".into())), ("afterEvent", Value::Int(5))]);
    assert_eq!(
        call::write("queryHistory", &[Value::Int(5_000_000_000), named]),
        "<?xml version='1.0'?>\n<methodCall><methodName>queryHistory</methodName><params>\
         <param><value><i8>5000000000</i8></value></param>\
         <param><value><struct>\
         <member><name>__starstar</name><value><boolean>1</boolean></value></member>\
         <member><name>afterEvent</name><value><int>5</int></value></member>\
         <member><name>tag</name><value><string>a&amp;b&lt;c&gt;</string></value></member>\
         </struct></value></param></params></methodCall>\n"
    );
}

#[test]
fn reads_the_history_of_a_hub() {
    let history = History::of_answer(HISTORY.as_bytes(), TAG, 5000).unwrap();
    let short = |by: &Option<String>| by.clone().unwrap_or("-".into());
    let changes: Vec<_> = history
        .changes
        .iter()
        .map(|c| (c.event, c.act, c.at.rfc3339(), short(&c.by), c.build, c.evr.to_string()))
        .collect();
    let xen = "4.6.6-13.el7".to_string();
    let change = |event, act, at: &str, by: &str, build, evr: &str| {
        (event, act, at.to_string(), by.to_string(), build, evr.to_string())
    };
    assert_eq!(
        changes,
        [
            change(5010, Act::Tagged, "2018-11-22T09:12:00.123457Z", "-", 24117, &xen),
            change(5012, Act::Untagged, "2018-11-22T09:13:01.750Z", "gwd", 24117, &xen),
            change(
                5_000_000_001,
                Act::Untagged,
                "2018-11-22T09:13:02Z",
                "kojira & co",
                24100,
                "10:2.12.0-18.el7"
            ),
        ]
    );
    assert_eq!(history.skipped, 0);
}

#[test]
fn an_answer_that_was_cut_anywhere_is_no_answer() {
    let whole = HISTORY.trim_end();
    for end in 0..whole.len() {
        let cut = &whole.as_bytes()[..end];
        let read = History::of_answer(cut, TAG, 5000);
        assert!(matches!(read, Err(Trouble::Malformed(_))), "{end}: {read:?}");
    }
    assert!(History::of_answer(whole.as_bytes(), TAG, 5000).is_ok());
}

#[test]
fn reads_a_fault_and_a_build() {
    let fault = read(UNKNOWN_TAG.as_bytes());
    let text = "No such entry in table tag: virt7-nosuch".into();
    assert_eq!(fault, Err(Trouble::Fault { code: 1000, text }));
    let build = build::read_build(&read(GET_BUILD.as_bytes()).unwrap()).unwrap();
    assert_eq!((build.id, build.epoch, build.owner.as_deref()), (24462, 10, Some("sbonazzo")));
    assert_eq!(build.completed_at, Moment::parse("2018-11-13T13:34:01.521330Z").ok());
    let failed =
        GET_BUILD.replace("<name>state</name>\n<value><int>1", "<name>state</name>\n<value><int>3");
    let failed = build::read_build(&read(failed.as_bytes()).unwrap()).unwrap();
    assert_eq!(failed.completed_at, None);
}

#[test]
fn only_sides_after_the_event_are_changes_by_flag_or_by_number() {
    let both = [("revoke_event", "<int>102</int>"), ("revoke_ts", "<double>1542877921.5</double>")];
    let acts = |members: &[(&str, &str)]| {
        let members = [&both[..], members].concat();
        let history = rows(&row(&members)).unwrap();
        assert_eq!(history.skipped, 0);
        history.changes.iter().map(|change| change.act).collect::<Vec<_>>()
    };
    assert_eq!(acts(&[]), [Act::Tagged, Act::Untagged]);
    assert_eq!(acts(&[("create_event", "<int>100</int>")]), [Act::Untagged]);
    assert_eq!(acts(&[("_created_after_event", "<boolean>0</boolean>")]), [Act::Untagged]);
    assert_eq!(acts(&[("_revoked_after_event", "<nil/>")]), [Act::Tagged, Act::Untagged]);
    assert_eq!(acts(&[("_revoked_after_event", "<boolean>0</boolean>")]), [Act::Tagged]);
}

#[test]
fn a_row_that_comes_twice_is_one_change() {
    let twice = row(&[]) + &row(&[]);
    assert_eq!(rows(&twice).unwrap().changes.len(), 1);
    let another = row(&[]) + &row(&[("build_id", "<int>8</int>")]);
    assert_eq!(rows(&another).unwrap().changes.len(), 2, "one event may tag two builds");
}

#[test]
fn a_row_that_cannot_be_read_is_counted_and_harms_no_other() {
    for (name, value) in [
        ("name", "<nil/>"),
        ("name", "<string></string>"),
        ("version", "<int>4</int>"),
        ("release", "<array><data><value>13</value></data></array>"),
        ("build_id", "<int>seven</int>"),
        ("epoch", "<int>-1</int>"),
        ("epoch", "<string>1</string>"),
        ("create_event", "<nil/>"),
        ("create_event", "<int>99999999999999999999</int>"),
        ("revoke_event", "<string>102</string>"),
        ("create_ts", "<nil/>"),
        ("create_ts", "<double>nan</double>"),
        ("create_ts", "<double>1e300</double>"),
        ("create_ts", "<double>-1</double>"),
        ("tag.name", "<string>virt7-another-release</string>"),
    ] {
        let bad = row(&[(name, value)]);
        let history = rows(&(row(&[]) + &bad + "<value><int>5</int></value>" + &row(&[]))).unwrap();
        assert_eq!((history.changes.len(), history.skipped), (1, 2), "{name}: {value}");
    }
    // Nothing of the row before is left for it.
    let none = rows(&(row(&[]) + "<value><struct></struct></value>")).unwrap();
    assert_eq!((none.changes.len(), none.skipped), (1, 1));
    // Who it was is not needed to know what it was.
    let history = rows(&row(&[("creator_name", "<struct></struct>")])).unwrap();
    assert_eq!((history.changes[0].by.as_deref(), history.skipped), (None, 0));
}

#[test]
fn what_is_no_history_is_refused() {
    for value in ["<value><nil/></value>", "<value><struct></struct></value>", "<value/>"] {
        let read = History::of_answer(response(value).as_bytes(), TAG, 0);
        assert!(matches!(read, Err(Trouble::Malformed(_))), "{value}: {read:?}");
    }
}

#[test]
fn times_are_the_microseconds_that_the_database_has() {
    for micros in [0, 1, 1_542_877_920_123_457, 1_542_877_920_999_999, 4_102_444_799_999_999] {
        let written = format!("{:?}", micros as f64 / 1e6);
        let read = moment(written.parse().unwrap());
        assert_eq!(read, Some(Moment::from_micros(micros)), "{written}");
    }
    for odd in [f64::NAN, f64::INFINITY, -0.1, 253_402_300_800.0] {
        assert_eq!(moment(odd), None, "{odd}");
    }
}

#[test]
fn a_broken_answer_is_one_sentence() {
    for (answer, sentence) in [
        ("", "cannot be read: it is no XML-RPC"),
        ("{\"json\": 1}", "cannot be read: it is no XML-RPC"),
        ("<html></html>", "cannot be read: it is no XML-RPC"),
        ("<methodResponse></methodResponse>", "a tag is out of place before byte 33"),
        ("<methodResponse><params></fault>", "expected `</params>`"),
        ("<!DOCTYPE a []><methodResponse/>", "cannot be read: it has a DTD"),
        (&response("<value>&nbsp;</value>"), "an entity that XML does not know"),
        (&response("<value>&#0;</value>"), "an entity that XML does not know"),
        (&response("<value><int>1x</int></value>"), "a value is not of its type"),
        (&response("<value><base64>?</base64></value>"), "a value is not of its type"),
        (&response("<value><float>1</float></value>"), "a tag is out of place"),
        (&response("<value>1<int>1</int></value>"), "a tag is out of place"),
        (&response("<value><int>1</int><int>1</int></value>"), "a tag is out of place"),
        (&response("<value/><value/>"), "a tag is out of place"),
        (&(response("<value/>") + "<more/>"), "a tag is out of place"),
        ("<methodResponse><params><param><value><a\u{202e}\u{7}></b>", "expected `</a>`"),
        ("<methodResponse><fault><value/></fault>", "it is a fault without a code"),
    ] {
        let shown = read(answer.as_bytes()).unwrap_err().to_string();
        assert!(shown.contains(sentence), "{answer}\ngave: {shown}");
        assert!(!shown.contains(is_unprintable), "{shown:?}");
    }
}

#[test]
fn limits_hold_at_their_edge() {
    let nested = |depth: usize| {
        let (open, close) = ("<value><array><data>", "</data></array></value>");
        read(response(&(open.repeat(depth) + &close.repeat(depth))).as_bytes())
    };
    assert!(nested(MOST_DEPTH).is_ok());
    assert!(matches!(nested(MOST_DEPTH + 1), Err(Trouble::TooBig(_))));
    let long = |length: usize| {
        read(response(&format!("<value>{}</value>", "x".repeat(length))).as_bytes())
    };
    assert!(long(MOST_TEXT - 1).is_ok());
    assert!(matches!(long(MOST_TEXT + 1), Err(Trouble::TooBig(_))));
    // Also where no piece of it alone is too long.
    let pieces = response(&format!("<value>{}</value>", "x&amp;".repeat(MOST_TEXT / 2 + 1)));
    assert!(matches!(read(pieces.as_bytes()), Err(Trouble::TooBig(_))));
}

#[test]
fn an_answer_without_end_is_left_after_64_mib() {
    let comment = format!("<!--{}-->", "x".repeat(MOST_TEXT / 2));
    let mut left = 200;
    let endless = std::iter::from_fn(|| {
        left -= 1;
        (left > 0).then(|| comment.clone())
    });
    let source = Endless { parts: endless, part: Vec::new(), at: 0 };
    let trouble = Answer::open(BufReader::new(source)).map(|_| ()).unwrap_err();
    assert_eq!(trouble, Trouble::TooBig("more than 64 MiB"));
    assert!((60..80).contains(&left), "{left} comments were not read");
}

/// A source that makes its parts as they are read.
struct Endless<I> {
    parts: I,
    part: Vec<u8>,
    at: usize,
}

impl<I: Iterator<Item = String>> Read for Endless<I> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        if self.at == self.part.len() {
            (self.part, self.at) = (self.parts.next().unwrap_or_default().into_bytes(), 0);
        }
        let count = (&self.part[self.at..]).read(out)?;
        self.at += count;
        Ok(count)
    }
}

/// Any value, four deep. Texts hold what XML can hold.
fn any_value() -> impl Strategy<Value = Value> {
    let words = "[\\t\\n\\r -~é→\u{85}\u{2028}😀]{0,40}";
    let leaf = prop_oneof![
        Just(Value::Nil),
        any::<i64>().prop_map(Value::Int),
        any::<bool>().prop_map(Value::Bool),
        any::<f64>().prop_filter("finite", |n| n.is_finite()).prop_map(Value::Double),
        words.prop_map(Value::Text),
        "[0-9T:]{1,20}".prop_map(Value::Time),
        proptest::collection::vec(any::<u8>(), 0..40).prop_map(Value::Bytes),
    ];
    leaf.prop_recursive(4, 64, 8, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..8).prop_map(Value::Array),
            proptest::collection::btree_map(words, inner, 0..8).prop_map(Value::Struct),
        ]
    })
}

proptest! {
    #[test]
    fn what_we_write_we_read_back(value in any_value()) {
        prop_assert_eq!(back(&value), Ok(value));
    }

    #[test]
    fn any_text_is_written_as_what_xml_can_hold(words in any::<String>()) {
        let read = back(&Value::Text(words.clone())).unwrap();
        let is_odd = |c: char| c.is_control() && !"\t\n\r".contains(c) || c > '\u{fffd}';
        prop_assert_eq!(read.text().unwrap().chars().count(), words.chars().count());
        if !words.contains(is_odd) {
            prop_assert_eq!(read, Value::Text(words));
        }
    }

    #[test]
    fn any_bytes_give_an_answer_or_a_trouble(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes);
        let _ = History::of_answer(&bytes[..], TAG, 0);
    }

    #[test]
    fn a_history_with_wrong_bytes_in_it_never_panics(
        places in proptest::collection::vec((0..HISTORY.len(), any::<u8>()), 1..8),
    ) {
        let mut bytes = HISTORY.as_bytes().to_vec();
        for (place, byte) in places {
            bytes[place] = byte;
        }
        let _ = History::of_answer(&bytes[..], TAG, 5000);
        let _ = read(&bytes);
    }

    #[test]
    fn pieces_of_xml_rpc_in_any_order_never_panic(
        pieces in proptest::collection::vec(prop::sample::select(PIECES), 0..60),
    ) {
        let text = pieces.concat();
        let _ = read(text.as_bytes());
        let _ = read(response(&text).as_bytes());
        let _ = rows(&text);
    }
}

const PIECES: &[&str] = &[
    "<value>",
    "</value>",
    "<value/>",
    "<array>",
    "</array>",
    "<data>",
    "</data>",
    "<struct>",
    "</struct>",
    "<member>",
    "</member>",
    "<name>",
    "</name>",
    "<int>",
    "</int>",
    "<nil/>",
    "7",
    "<string>",
    "</string>",
    "&amp;",
    "&",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "\n",
    "tag_listing",
    "<name>create_event</name>",
    "<value><int>101</int></value>",
    "<fault>",
    "</fault>",
    "\u{0}",
];
