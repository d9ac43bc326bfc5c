//! Answers of login services, good ones and hostile ones.

use super::*;
use serde_json::{Value, json};

const ISSUER: &str = "https://id.example.org";

const CLIENT: Client<'static> = Client {
    issuer: ISSUER,
    id: "beadle",
    secret: Some("s e&c:ret"),
    redirect: "https://virt.example.org/admin/login/oidc/back",
};

fn now() -> Moment {
    Moment::parse("2018-11-13T15:00:00Z").unwrap()
}

fn document() -> Value {
    json!({
        "issuer": ISSUER,
        "authorization_endpoint": "https://id.example.org/auth?x=1",
        "token_endpoint": "https://id.example.org/token",
        "userinfo_endpoint": "https://id.example.org/me",
        "jwks_uri": "https://id.example.org/keys",
    })
}

fn with(mut value: Value, key: &str, other: Value) -> Value {
    value[key] = other;
    value
}

fn provider() -> Provider {
    discovered(document().to_string().as_bytes(), ISSUER).unwrap()
}

#[test]
fn a_service_is_the_one_that_was_named_and_is_asked_by_https() {
    assert!(!provider().in_body && !provider().names_itself);
    let read = |value: Value| discovered(value.to_string().as_bytes(), ISSUER);
    let post = json!(["client_secret_post"]);
    let post = with(document(), "token_endpoint_auth_methods_supported", post);
    assert!(read(post).unwrap().in_body);
    for other in ["https://evil.example", "https://id.example.org/x", "HTTPS://id.example.org", ""]
    {
        let fault = read(with(document(), "issuer", json!(other))).unwrap_err();
        assert!(matches!(fault, Fault::Issuer("description", _)), "{other}: {fault}");
    }
    for other in [
        "http://id.example.org/token",
        "https://a@id.example.org/token",
        "https://",
        "file:///etc/passwd",
        "https://id.example.org/\\evil",
        "https://id.example.org/ x",
        "https://id.example.org/#x",
        "javascript:alert(1)",
        "//id.example.org/token",
        "http://127.0.0.1.evil.example/",
    ] {
        let fault = read(with(document(), "token_endpoint", json!(other))).unwrap_err();
        assert!(matches!(fault, Fault::Address("token_endpoint", _)), "{other}: {fault}");
    }
    for bad in ["", "[]", "null", "{}", "{\"issuer\": 1}", "<html>"] {
        assert_eq!(discovered(bad.as_bytes(), ISSUER), Err(Fault::Unreadable("description")));
    }
    for here in ["http://127.0.0.1:9/x", "http://[::1]/x", "http://localhost:3/"] {
        assert!(is_safe(here), "{here}");
    }
}

#[test]
fn a_browser_is_sent_away_with_all_that_it_must_come_back_with() {
    let going = Going { state: "s", nonce: "n", verifier: "v", claim: Claim::Email };
    assert_eq!(
        address(&provider(), &CLIENT, &going),
        "https://id.example.org/auth?x=1&response_type=code&client_id=beadle\
         &redirect_uri=https%3A%2F%2Fvirt.example.org%2Fadmin%2Flogin%2Foidc%2Fback\
         &scope=openid%20email&state=s&nonce=n\
         &code_challenge=CHALLENGE&code_challenge_method=S256"
            .replace("CHALLENGE", &challenge("v"))
    );
    // RFC 7636 appendix B.
    assert_eq!(
        challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    );
}

fn challenge(verifier: &str) -> String {
    let going = Going { state: "s", nonce: "n", verifier, claim: Claim::Email };
    let address = address(&provider(), &CLIENT, &going);
    let (_, rest) = address.split_once("code_challenge=").unwrap();
    rest.split('&').next().unwrap().to_string()
}

#[test]
fn a_code_is_taken_from_our_service_only() {
    let names_itself = Provider { names_itself: true, ..provider() };
    let long = "x".repeat(MOST_CODE_BYTES + 1);
    let refused = |given| code(&names_itself, &CLIENT, given).unwrap_err().to_string();
    assert_eq!(code(&provider(), &CLIENT, (Some("c"), None, None)), Ok("c"));
    assert_eq!(code(&names_itself, &CLIENT, (Some("c"), Some(ISSUER), None)), Ok("c"));
    assert!(refused((Some("c"), None, None)).contains("cannot be read"));
    assert!(refused((Some("c"), Some("https://evil.example"), None)).contains("another issuer"));
    assert!(refused((None, Some(ISSUER), None)).contains("code cannot be read"));
    assert!(refused((Some(""), Some(ISSUER), None)).contains("code cannot be read"));
    assert!(refused((Some(&long), Some(ISSUER), None)).contains("code cannot be read"));
    let hostile = format!("access_denied\n\u{1b}[31m{}", "x".repeat(500));
    let said = refused((Some("c"), Some(ISSUER), Some(&hostile)));
    assert!(said.starts_with("the login service answers: access_denied[31mx"), "{said}");
    assert!(said.len() < 200 && !said.contains('\n'));
}

#[test]
fn a_code_is_given_in_as_the_service_wants_it() {
    let (header, body) = exchange(&provider(), &CLIENT, "c/1", "v");
    let basic = BASE64_STANDARD.encode("beadle:s%20e%26c%3Aret");
    assert_eq!(header, Some(format!("Basic {basic}")));
    assert!(body.starts_with("grant_type=authorization_code&code=c%2F1&redirect_uri=https%3A"));
    assert!(!body.contains("secret"));
    let post = Provider { in_body: true, ..provider() };
    let (header, body) = exchange(&post, &CLIENT, "c", "v");
    assert!(header.is_none() && body.ends_with("&client_id=beadle&client_secret=s%20e%26c%3Aret"));
    let public = Client { secret: None, ..CLIENT };
    let (header, body) = exchange(&provider(), &public, "c", "v");
    assert!(header.is_none() && body.ends_with("&code_verifier=v&client_id=beadle"));
}

fn id_token() -> Value {
    json!({ "iss": ISSUER, "sub": "7", "aud": "beadle", "exp": 1_542_121_260, "nonce": "n" })
}

fn tokens(id_token: &Value) -> Value {
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let id_token = format!("{}.{}.x", part(&json!({ "alg": "RS256" })), part(id_token));
    json!({ "access_token": "a", "token_type": "Bearer", "id_token": id_token })
}

#[test]
fn an_id_token_is_ours_fresh_and_of_this_login() {
    let read = |id: Value| granted(tokens(&id).to_string().as_bytes(), &CLIENT, "n", now());
    let good = Granted { access_token: "a".into(), subject: "7".into() };
    assert_eq!(read(id_token()), Ok(good.clone()));
    let many = with(id_token(), "aud", json!(["other", "beadle"]));
    assert_eq!(read(with(many.clone(), "azp", json!("beadle"))), Ok(good));
    for (id, why) in [
        (many.clone(), "audience"),
        (with(many, "azp", json!("other")), "audience"),
        (with(id_token(), "aud", json!("other")), "audience"),
        (with(id_token(), "aud", json!([])), "audience"),
        (with(id_token(), "exp", json!(1_542_120_000)), "time"),
        (with(id_token(), "nonce", json!("m")), "nonce"),
        (with(id_token(), "nonce", Value::Null), "nonce"),
    ] {
        assert_eq!(read(id.clone()), Err(Fault::Token(why)), "{id}");
    }
    let other = read(with(id_token(), "iss", json!("https://evil.example")));
    assert_eq!(other, Err(Fault::Issuer("ID token", "https://evil.example".into())));
    for (key, value) in [
        ("id_token", json!("x")),
        ("id_token", json!("a.b.c.d.e")),
        ("id_token", json!("a.%.c")),
        ("access_token", json!("a\r\nHost: evil")),
        ("access_token", json!("")),
        ("token_type", json!("mac")),
    ] {
        let tokens = with(tokens(&id_token()), key, value).to_string();
        let fault = granted(tokens.as_bytes(), &CLIENT, "n", now()).unwrap_err();
        assert!(matches!(fault, Fault::Unreadable(_)), "{tokens}: {fault}");
    }
}

#[test]
fn a_person_is_named_by_the_claim_that_was_chosen() {
    let person = json!({
        "sub": "7", "preferred_username": "gwd", "nickname": "george",
        "email": "gwd@x.example", "email_verified": true,
    });
    let read = |person: &Value, claim| named(person.to_string().as_bytes(), "7", claim);
    let names: Vec<String> =
        Claim::ALL.into_iter().map(|claim| read(&person, claim).unwrap()).collect();
    assert_eq!(names, ["gwd", "george", "7", "gwd@x.example"]);
    for value in [json!(false), json!("false"), json!(1), Value::Null] {
        let person = with(person.clone(), "email_verified", value);
        assert_eq!(read(&person, Claim::Email), Err(Fault::Unverified));
    }
    for (claim, value) in
        [("preferred_username", json!(" ")), ("preferred_username", json!("x".repeat(300)))]
    {
        let fault = read(&with(person.clone(), claim, value), Claim::PreferredUsername);
        assert_eq!(fault, Err(Fault::Nobody("preferred_username")));
    }
    let other = with(person, "sub", json!("8"));
    assert_eq!(read(&other, Claim::PreferredUsername), Err(Fault::Subject));
    assert_eq!(named(b"eyJ.x.y", "7", Claim::Subject), Err(Fault::Unreadable("user information")));
}

#[test]
fn a_refusal_of_the_service_goes_into_the_log_in_short() {
    let said = refused(br#"{"error": "invalid_grant", "error_description": "<b>"}"#).to_string();
    assert_eq!(said, "the login service answers: invalid_grant");
    assert_eq!(refused(b"<html>"), Fault::Unreadable("answer"));
}
