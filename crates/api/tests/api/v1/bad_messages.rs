//! Messages that are not sent, and why.

use axum::http::Method;
use serde_json::json;

use super::client::{AT, Client};
use super::platform::Platform;

const MSG: &str = "/app/u/msg";

#[tokio::test]
async fn what_is_wrong_with_a_message_is_named() {
    let platform = Platform::new().await;
    let client = &platform.client;
    let name = "must have 1 to 256 characters of A-Z a-z 0-9 . _ -, not dots alone";
    let many = |count: usize| json!(vec!["x"; count]);
    let cases = [
        (json!({ "eventType": "" }), vec!["eventType"], name),
        (json!({ "eventType": "a b" }), vec!["eventType"], name),
        (json!({ "payload": [] }), vec!["payload"], "must be an object"),
        (json!({ "payload": "{}" }), vec!["payload"], "must be an object"),
        (json!({ "payload": null }), vec!["payload"], "must be an object"),
        (json!({ "eventId": "a/b" }), vec!["eventId"], name),
        (json!({ "eventId": ".." }), vec!["eventId"], name),
        (json!({ "eventId": "msg_1" }), vec!["eventId"], "must not begin with msg_, as our own ids do"),
        (json!({ "channels": [] }), vec!["channels"], "must have at least one item"),
        (json!({ "channels": ["a", "é"] }), vec!["channels", "[1]"], name),
        (json!({ "tags": ["", "b"] }), vec!["tags", "[0]"], name),
        (json!({ "payloadRetentionPeriod": 4 }), vec!["payloadRetentionPeriod"], "must be from 5 to 90"),
        (json!({ "payloadRetentionPeriod": 91 }), vec!["payloadRetentionPeriod"], "must be from 5 to 90"),
        (json!({ "payloadRetentionHours": 0 }), vec!["payloadRetentionHours"], "must be from 1 to 2160"),
        (json!({ "payloadRetentionHours": 2161 }), vec!["payloadRetentionHours"], "must be from 1 to 2160"),
        (
            json!({ "payloadRetentionHours": 200, "payloadRetentionPeriod": 9 }),
            vec!["payloadRetentionHours"],
            "may not be there beside payloadRetentionPeriod",
        ),
        (json!({ "deliverAt": "2027-02-02T00:00:00Z" }), vec!["deliverAt"], "may be at most 366 days ahead"),
        (json!({ "delaySeconds": 31_622_401 }), vec!["delaySeconds"], "may be at most 366 days ahead"),
        (json!({ "delaySeconds": u64::MAX }), vec!["delaySeconds"], "may be at most 366 days ahead"),
        (
            json!({ "delaySeconds": 1, "deliverAt": AT }),
            vec!["delaySeconds"],
            "may not be there beside deliverAt",
        ),
        (
            json!({ "application": { "name": "", "uid": "u" } }),
            vec!["application", "name"],
            "must have at least one character",
        ),
    ];
    for (change, path, msg) in cases {
        let mut body = json!({ "eventType": "a", "payload": {} });
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let loc = [&["body"], path.as_slice()].concat();
        client.is_invalid(Method::POST, MSG, &body, &loc, msg).await;
        let batch = json!({ "messages": [{ "eventType": "a", "payload": {} }, body] });
        let loc = [&["body", "messages", "[1]"], path.as_slice()].concat();
        client.is_invalid(Method::POST, "/app/u/msg/batch", &batch, &loc, msg).await;
    }
    let long = format!(r#"{{"eventType":"a","payload":{{}},"channels":{}}}"#, many(6));
    check_undecoded(client, &long, &["body", "channels"], "may have at most 5 items at line 1 column 66")
        .await;
    let long = format!(r#"{{"eventType":"a","payload":{{}},"tags":{}}}"#, many(9));
    check_undecoded(client, &long, &["body", "tags"], "may have at most 8 items at line 1 column 74").await;
}

async fn check_undecoded(client: &Client, body: &str, loc: &[&str], msg: &str) {
    let answer = json!({ "detail": [{ "loc": loc, "msg": msg, "type": "value_error.jsondecode" }] });
    client.is_refused(Method::POST, MSG, body, 422, &answer).await;
}

#[tokio::test]
async fn a_message_that_cannot_be_read_is_refused_with_its_place() {
    let platform = Platform::new().await;
    let client = &platform.client;
    let cases: [(&str, &[&str], &str); 8] = [
        ("", &[], "EOF while parsing a value at line 1 column 0"),
        (r#"{"eventType":"a"}"#, &["payload"], "this field is required"),
        (r#"{"payload":{}}"#, &["eventType"], "this field is required"),
        (r#"{"eventType":"a","payload":{},"data":{}}"#, &[], "duplicate field `payload` at line 1 column 36"),
        (r#"{"eventType":"a","payload":{"a":}}"#, &["payload"], "expected value at line 1 column 33"),
        (
            r#"{"eventType":7,"payload":{}}"#,
            &["eventType"],
            "invalid type: integer `7`, expected a string at line 1 column 14",
        ),
        (
            r#"{"eventType":"a","payload":{},"deliverAt":"soon"}"#,
            &["deliverAt"],
            "must be a time by RFC 3339, such as 2026-01-31T12:34:56.789Z at line 1 column 49",
        ),
        (
            r#"{"eventType":"a","payload":{},"delaySeconds":-1}"#,
            &["delaySeconds"],
            "invalid value: integer `-1`, expected u64 at line 1 column 47",
        ),
    ];
    for (body, path, msg) in cases {
        check_undecoded(client, body, &[&["body"], path].concat(), msg).await;
    }
    let large = format!(r#"{{"eventType":"a","payload":{{"a":"{}"}}}}"#, "x".repeat(1024 * 1024));
    let answer = json!({
        "code": "payload_too_large", "detail": "The body of the request may have at most 1048576 bytes.",
    });
    client.is_refused(Method::POST, MSG, &large, 413, &answer).await;
}
