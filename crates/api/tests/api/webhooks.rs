//! `POST /webhooks`.

use serde_json::{Value, json};

use crate::node::{Node, Setup, required};

fn refused(fields: &[&str]) -> Value {
    let error: Vec<String> = fields.iter().map(|field| required(field)).collect();
    json!({ "message": "Validation errors", "error": error })
}

fn webhook(company: &Value) -> Value {
    json!({ "companyId": company, "url": "https://example.com/ok", "eventType": "candidate.created" })
}

#[tokio::test]
async fn a_webhook_is_answered_with_its_token() {
    let node = Node::new().await;
    let reply = node.post_json("/webhooks", &webhook(&json!(42))).await;
    reply.is(200);
    let answer = reply.json();
    let token = answer["data"]["token"].as_str().unwrap();
    assert_eq!(answer, json!({ "message": "Webhook created", "data": { "token": token } }));
    assert_eq!(token.len(), 32);
    assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    assert!(reply.text.starts_with(r#"{"message":"Webhook created","data":{"token":""#), "in this order");
}

#[tokio::test]
async fn a_company_has_one_webhook_for_an_event_type() {
    let node = Node::new().await;
    let exists = json!({ "message": "Webhook creation failed", "error": "Record exists." });
    node.post_json("/webhooks", &webhook(&json!(42))).await.is(200);
    for same in [json!(42), json!("42")] {
        let mut again = webhook(&same);
        node.refuses_post("/webhooks", &again.to_string(), 409, &exists).await;
        again["url"] = json!("https://example.org/other");
        node.refuses_post("/webhooks", &again.to_string(), 409, &exists).await;
    }
    for other in [json!(43), json!("042"), json!("42.0")] {
        node.post_json("/webhooks", &webhook(&other)).await.is(200);
    }
    let mut other_type = webhook(&json!(42));
    other_type["eventType"] = json!("candidate.hired");
    node.post_json("/webhooks", &other_type).await.is(200);
}

#[tokio::test]
async fn a_webhook_that_answered_410_can_be_registered_again() {
    let node = Node::new().await;
    let mut gone = webhook(&json!(42));
    gone["url"] = json!("https://example.com/gone");
    let first = node.post_json("/webhooks", &gone).await.json();
    node.create_candidate().await;
    node.until("/webhook_history/42", |found| found["data"][0]["status"] == "failed").await;
    let second = node.post_json("/webhooks", &webhook(&json!(42))).await;
    second.is(200);
    assert_ne!(second.json()["data"]["token"], first["data"]["token"]);
    node.create_candidate().await;
    let found = node.until("/webhook_history/42", |found| found["data"][0]["status"] == "success").await;
    let urls = [&found["data"][0]["url"], &found["data"][1]["url"]];
    assert_eq!(urls, ["https://example.com/ok", "https://example.com/gone"]);
    node.post_json("/webhooks", &webhook(&json!(42))).await.is(409);
}

#[tokio::test]
async fn a_company_has_at_most_a_thousand_webhooks() {
    let node = Node::new().await;
    let of_type = |number: usize| {
        json!({ "companyId": 1, "url": "https://example.com/", "eventType": format!("t.{number}") })
            .to_string()
    };
    for number in 0..domain::limits::ENDPOINTS_PER_APP_MAX {
        node.post("/webhooks", of_type(number)).await.is(200);
    }
    let error = "The company has as many webhooks as it may have.";
    let answer = json!({ "message": "Webhook creation failed", "error": error });
    node.refuses_post("/webhooks", &of_type(9999), 409, &answer).await;
}

#[tokio::test]
async fn companies_are_numbers_or_names() {
    let node = Node::new().await;
    let longest = "x".repeat(256);
    for good in [json!(0), json!(u64::MAX), json!("-1"), json!("A.b_c-9"), json!(longest)] {
        node.post_json("/webhooks", &webhook(&good)).await.is(200);
    }
    let too_long = "x".repeat(257);
    let bad = [
        "null",
        "true",
        "[]",
        "{}",
        "\"\"",
        "\" \"",
        "\"a b\"",
        "\"é\"",
        "\"a/b\"",
        "\"a\\u0000\"",
        "-1",
        "-0",
        "1.5",
        "42.0",
        "1e2",
        "18446744073709551616",
        "[42]",
        "{\"id\":42}",
    ];
    let bad = bad.map(str::to_owned).into_iter().chain([format!("{too_long:?}")]);
    for company in bad {
        let body = webhook(&json!("COMPANY")).to_string().replace("\"COMPANY\"", &company);
        node.refuses_post("/webhooks", &body, 422, &refused(&["companyId"])).await;
    }
}

#[tokio::test]
async fn one_answer_names_all_wrong_fields() {
    let node = Node::new().await;
    let all = refused(&["url", "companyId", "eventType"]);
    for body in ["{}", "[]", "null", "7", "\"text\"", "true", r#"["https://example.com/", 42, "a.b"]"#] {
        node.refuses_post("/webhooks", body, 422, &all).await;
    }
    for wrong in ["null", "{}", "[]", "7.5", "false"] {
        let body = format!(r#"{{"url":{wrong},"companyId":{wrong},"eventType":{wrong}}}"#);
        node.refuses_post("/webhooks", &body, 422, &all).await;
    }
    let two = r#"{"url":7,"companyId":42,"eventType":"a b","more":[{"is":"ignored"}]}"#;
    node.refuses_post("/webhooks", two, 422, &refused(&["url", "eventType"])).await;
    let cases = [
        (r#"{"companyId":42,"eventType":"a"}"#, "url"),
        (r#"{"url":"https://example.com/","eventType":"a"}"#, "companyId"),
        (r#"{"url":"https://example.com/","companyId":42}"#, "eventType"),
        (r#"{"url":"https://example.com/","companyId":42,"eventType":7}"#, "eventType"),
        (r#"{"url":"https://example.com/","companyId":42,"eventType":""}"#, "eventType"),
        (r#"{"url":"https://example.com/","companyId":42,"event_type":"a"}"#, "eventType"),
    ];
    for (body, field) in cases {
        node.refuses_post("/webhooks", body, 422, &refused(&[field])).await;
    }
}

#[tokio::test]
async fn a_url_that_may_not_be_called_is_told_why() {
    let node = Node::new().await;
    let cases = [
        ("ftp://example.com/", "scheme", "The URL must begin with https:// or http://."),
        ("https://user@example.com/", "userinfo", "The URL must not have a user or a password in it."),
        ("https://a\\b/", "backslash", "The URL has a backslash in it; write %5C if it is meant."),
    ];
    for (url, code, reason) in cases {
        let body = json!({ "companyId": 42, "url": url, "eventType": "a" }).to_string();
        let mut answer = refused(&["url"]);
        answer["details"] = json!([{ "field": "url", "code": code, "reason": reason }]);
        node.refuses_post("/webhooks", &body, 422, &answer).await;
    }
    let codes =
        [("", "url_invalid"), ("http://127.0.0.1:8072/", "ip_not_public"), ("nonsense", "url_invalid")];
    for (url, code) in codes {
        let body = json!({ "companyId": 42, "url": url, "eventType": "a" });
        let answer = node.post_json("/webhooks", &body).await.json();
        assert_eq!(answer["details"][0]["code"], code, "{url}: {answer}");
    }
}

#[tokio::test]
async fn networks_that_the_operator_opened_may_be_called() {
    let node = Node::with(Setup { opened: &["127.0.0.0/8"], ..Setup::default() }).await;
    node.register("http://127.0.0.1:8072/ok").await;
    let closed = json!({ "companyId": 42, "url": "http://10.0.0.1/", "eventType": "a" });
    node.post_json("/webhooks", &closed).await.is(422);
}

#[tokio::test]
async fn bodies_that_cannot_be_read_are_answered_in_the_routes_own_shape() {
    let node = Node::new().await;
    let why = "The body is not JSON: EOF while parsing an object at line 2 column 0";
    let answer = json!({ "message": "Invalid JSON", "error": [why] });
    node.refuses_post("/webhooks", "{\n", 400, &answer).await;
    let twice = r#"{"url":"https://example.com/","companyId":1,"companyId":2,"eventType":"a"}"#;
    let why = "The body has the wrong form: duplicate field `companyId` at line 1 column 55";
    let answer = json!({ "message": "Validation errors", "error": [why] });
    node.refuses_post("/webhooks", twice, 422, &answer).await;
    let escaped = twice.replacen("companyId", "c\\u006fmpanyId", 1);
    node.post("/webhooks", escaped).await.is(422);
}
