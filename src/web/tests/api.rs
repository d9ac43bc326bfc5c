//! Every documented path answers as `openapi.json` says.

use super::pages::full;
use super::*;
use serde_json::Value;

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
    for (key, schema) in schema["properties"].as_object().into_iter().flatten() {
        if let Some(value) = value.get(key) {
            fits(value, schema, all, &format!("{path}.{key}"));
        }
    }
}

#[tokio::test]
async fn every_documented_path_answers_as_it_is_documented() {
    let site = full().await;
    let description = body(&site.get("/api/v1/openapi.json").await);
    let paths = description["paths"].as_object().unwrap();
    assert!(paths.len() > 14);
    for (path, operations) in paths {
        let real = path.replace("{slug}", "2018-11-13").replace("{number}", "1");
        let query = if real == "/search" { "?q=libvirt" } else { "" };
        let answer = site.get(&format!("/api/v1{real}{query}")).await;
        if path.contains("{number}") {
            assert_eq!((status(&answer), &body(&answer)["status"]), ("404", &Value::from(404)));
            continue;
        }
        assert_eq!(status(&answer), "200", "{path}: {answer}");
        let schema =
            &operations["get"]["responses"]["200"]["content"]["application/json"]["schema"];
        let value = body(&answer);
        fits(&value, schema, &description, path);
        assert!(!answer.contains("secret@gwd"), "{path}: no address is told");
        // What is answered and not described would be found by nobody.
        if let Some(row) = value["rows"].get(0).and_then(Value::as_object) {
            let name = schema["properties"]["rows"]["items"]["$ref"].as_str().unwrap();
            let name = name.rsplit('/').next().unwrap();
            let known = &description["components"]["schemas"][name]["properties"];
            for key in row.keys().filter(|_| name != "Repository") {
                assert!(known.get(key).is_some(), "{path}: {key} is not described");
            }
        }
    }
}

#[tokio::test]
async fn faults_are_problems_and_parts_follow_each_other() {
    let site = full().await;
    for (path, code) in [
        ("/api/v1/nothing", "404"),
        ("/api/v1/meetings/1999-01-01", "404"),
        ("/api/v1/pushes/x", "404"),
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
