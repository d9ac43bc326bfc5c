//! Every documented path answers as `openapi.json` says.

use super::pages::full;
use super::*;
use crate::domain::push::build::{About, Kind, Stage};
use crate::domain::push::evr::Evr;
use crate::domain::push::item::{self, Item, Marks};
use crate::domain::push::place::{Fault, Known, Mirror, Place};
use crate::flow::rows::Repository;
use crate::store::push::announcement;
use serde_json::{Value, json};

fn body(answer: &str) -> Value {
    let (head, body) = answer.split_once("\r\n\r\n").expect("an answer");
    assert!(head.to_lowercase().contains("access-control-allow-origin: *"), "{head}");
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {body}"))
}

/// Whether a value is as a schema says; what is not, by its path.
fn fits(value: &Value, schema: &Value, all: &Value, path: &str) {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.rsplit('/').next().unwrap();
        return fits(value, &all["components"]["schemas"][name], all, path);
    }
    let is = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let types = match &schema["type"] {
        Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
        one => vec![one.as_str().unwrap_or("object")],
    };
    assert!(types.contains(&is), "{path}: {value} is no {types:?}");
    if let Value::Array(values) = value {
        values.iter().for_each(|one| fits(one, &schema["items"], all, &format!("{path}[]")));
    }
    for key in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        assert!(value.get(key).is_some(), "{path}: no {key} in {value}");
    }
    // What is answered and not described would be found by nobody.
    for (key, value) in value.as_object().into_iter().flatten() {
        let known = schema["properties"].get(key);
        let known = known.unwrap_or_else(|| panic!("{path}.{key} is not described: {value}"));
        fits(value, known, all, &format!("{path}.{key}"));
    }
}

/// A push of one package with everything that can be said of it.
async fn with_a_push(site: &Site) -> i64 {
    let at = Moment::parse("2018-11-19T12:04:00Z").unwrap();
    let item = Item {
        kind: Kind::Released,
        source: "qemu-kvm-ev".into(),
        evr: Evr::new(10, "2.12.0", "18.el7"),
        previous: Some(Evr::new(10, "2.10.0", "21.el7")),
        stage: Stage::Release,
        places: vec![item::Place {
            repository: "virt7-kvm-common".into(),
            platform: "el7".into(),
            arches: vec!["x86_64".into()],
        }],
        project: "qemu".into(),
        by: Some("sbonazzo".into()),
        pushed_at: Some(at),
        marks: Marks {
            end_of_support: "2019-06-30".parse().ok(),
            major: Some(("1".into(), "2".into())),
            completes: Some(("2.12".into(), "2018-11-13".parse().unwrap())),
            ..Marks::default()
        },
        about: About {
            changes: vec![("Sandro - 2.12".into(), "CVE-2018-1".into())],
            security: vec!["CVE-2018-1".into()],
            ..About::default()
        },
    };
    let mut tx = site.db.begin().await.unwrap();
    let number = announcement::add(&mut tx, at, Some(at), &[item]).await.unwrap();
    tx.commit().await.unwrap();
    number
}

#[tokio::test]
async fn every_documented_path_answers_as_it_is_documented() {
    let site = full().await;
    let number = with_a_push(&site).await.to_string();
    let description = body(&site.get("/api/v1/openapi.json").await);
    let paths = description["paths"].as_object().unwrap();
    assert!(paths.len() > 14);
    for (path, operations) in paths {
        let real = path.replace("{slug}", "2018-11-13").replace("{number}", &number);
        let query = if real == "/search" { "?q=libvirt" } else { "" };
        let answer = site.get(&format!("/api/v1{real}{query}")).await;
        assert_eq!(status(&answer), "200", "{path}: {answer}");
        let schema =
            &operations["get"]["responses"]["200"]["content"]["application/json"]["schema"];
        let value = body(&answer);
        fits(&value, schema, &description, path);
        assert!(!answer.contains("secret@gwd"), "{path}: no address is told");
    }
}

#[tokio::test]
async fn faults_are_problems_and_parts_follow_each_other() {
    let site = full().await;
    for (path, code) in [
        ("/api/v1/nothing", "404"),
        ("/api/v1/meetings/1999-01-01", "404"),
        ("/api/v1/pushes/x", "404"),
        ("/api/v1/pushes?after=x", "400"),
        ("/api/v1/search?q=libvirt&after=x", "400"),
        ("/api/v1/search", "400"),
        ("/api/v1/search?q=***", "400"),
    ] {
        let answer = site.get(path).await;
        assert_eq!(status(&answer), code, "{path}: {answer}");
        assert!(answer.to_lowercase().contains("content-type: application/problem+json"));
        assert!(body(&answer)["detail"].is_string(), "{answer}");
    }
    let first = body(&site.get("/api/v1/actions").await);
    let rest = body(&site.get("/api/v1/actions?after=2").await);
    assert_eq!(first["rows"][2], rest["rows"][0]);
    assert_eq!(body(&site.get("/api/v1/actions?after=999").await)["rows"], Value::from(vec![0; 0]));
}

#[tokio::test]
async fn pushes_are_told_as_programs_read_them() {
    let site = full().await;
    let number = with_a_push(&site).await;
    let push = body(&site.get(&format!("/api/v1/pushes/{number}")).await);
    assert_eq!(push["at"], "2018-11-19T12:04:00Z");
    let one = &push["items"][0];
    assert_eq!(
        (&one["evr"], &one["previous"]),
        (&json!("10:2.12.0-18.el7"), &json!("10:2.10.0-21.el7"))
    );
    assert_eq!((&one["kind"], &one["stage"]), (&json!("released"), &json!("release")));
    assert_eq!(one["pushed_at"], "2018-11-19T12:04:00Z");
    assert_eq!(one["completes"], json!({"version": "2.12", "announced_on": "2018-11-13"}));
    assert_eq!(body(&site.get("/api/v1/pushes").await)["rows"][0], push);
}

#[tokio::test]
async fn a_repository_is_told_as_it_is_documented() {
    let site = full().await;
    let description = body(&site.get("/api/v1/openapi.json").await);
    let at = Moment::parse("2018-11-19T12:04:00Z").unwrap();
    let fault = Fault { sentence: "It hung up.".into(), since: at, told_at: None };
    let mirror = Mirror { lag: Some(90_000_000), checked_at: Some(at), ..Mirror::default() };
    let place = Place {
        known: Some(Known { revision: Some(7), ..Known::default() }),
        checked_at: Some(at),
        fault: Some(fault),
        mirrors: [("https://mirror.example/".to_string(), mirror)].into(),
        ..Place::default()
    };
    for place in [place, Place::default()] {
        let row = json!(Repository::of(("virt7".into(), "x86_64".into(), place)));
        fits(&row, &description["components"]["schemas"]["Repository"], &description, "row");
        assert!(!row.to_string().contains("1542629040"), "times are no numbers: {row}");
    }
}

#[tokio::test]
async fn what_can_only_be_read_says_so_to_programs() {
    let site = full().await;
    let answer = site.send(b"POST /api/v1/actions HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await;
    assert_eq!((status(&answer), &body(&answer)["status"]), ("405", &json!(405)), "{answer}");
}
