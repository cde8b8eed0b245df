//! What signs the calls of an endpoint.

use axum::http::Method;
use serde_json::{Value, json};

use super::{URL, client};
use crate::v1::client::Client;

const CHOSEN: &str = "whsec_MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0";
const OTHER: &str = "whsec_QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB";

async fn secret_of(client: &Client, path: &str) -> String {
    let found = client.get(&format!("{path}/secret")).await;
    found.is(200);
    found.json()["key"].as_str().unwrap().to_owned()
}

async fn rotated(client: &Client, path: &str, body: Value) -> String {
    let rotated = client.post(&format!("{path}/secret/rotate"), &body).await;
    rotated.is(200);
    rotated.json()["key"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_secret_is_made_or_chosen_and_only_shown_where_it_is_asked_for() {
    let client = client().await;
    let id = client.makes("/app/a/endpoint", &json!({ "url": URL })).await;
    let made = secret_of(&client, &format!("/app/a/endpoint/{id}")).await;
    assert!(made.starts_with("whsec_") && made.len() == 38, "{made}");
    let body = json!({ "url": URL, "uid": "u", "secret": CHOSEN });
    let reply = client.post("/app/a/endpoint", &body).await;
    assert!(!reply.text.contains("whsec_"), "{}", reply.text);
    assert_eq!(secret_of(&client, "/app/a/endpoint/u").await, CHOSEN);
}

#[tokio::test]
async fn a_rotation_answers_with_the_new_secret_and_signs_with_both() {
    let client = client().await;
    let path = "/app/a/endpoint/u";
    client.makes("/app/a/endpoint", &json!({ "url": URL, "uid": "u", "secret": CHOSEN })).await;
    assert_eq!(rotated(&client, path, json!({ "key": OTHER })).await, OTHER);
    assert_eq!(secret_of(&client, path).await, OTHER);
    let fresh = rotated(&client, path, json!({ "key": null })).await;
    assert!(fresh != OTHER && fresh.starts_with("whsec_"));
    client.post("/app/a/endpoint/u/send-example", &json!({ "eventType": "svix.ping" })).await.is(200);
    assert_eq!(signatures(&client).await, 3);
    rotated(&client, path, json!({ "gracePeriodSeconds": 0 })).await;
    client.post("/app/a/endpoint/u/send-example", &json!({ "eventType": "svix.ping" })).await.is(200);
    assert_eq!(signatures(&client).await, 3, "the current one, and those of before with grace");
}

/// How many signatures the last call had.
async fn signatures(client: &Client) -> usize {
    const ROUNDS_MAX: usize = 1000;
    let before = client.node.receivers.requests().len();
    for _ in 0..ROUNDS_MAX {
        if client.node.receivers.requests().len() > before {
            break;
        }
        tokio::task::yield_now().await;
    }
    let requests = client.node.receivers.requests();
    let headers = &requests.last().unwrap().headers;
    let (_, signature) = headers.iter().find(|(name, _)| *name == "webhook-signature").unwrap();
    signature.split(' ').count()
}

#[tokio::test]
async fn of_a_key_pair_the_public_half_is_shown() {
    let client = client().await;
    let pair =
        "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";
    client.makes("/app/a/endpoint", &json!({ "url": URL, "uid": "u", "secret": pair })).await;
    let public = secret_of(&client, "/app/a/endpoint/u").await;
    assert_eq!(public, "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=");
    let fresh = rotated(&client, "/app/a/endpoint/u", json!({})).await;
    assert!(fresh.starts_with("whpk_") && fresh != public, "{fresh}");
}

#[tokio::test]
async fn what_is_wrong_with_a_rotation_is_named() {
    let client = client().await;
    client.makes("/app/a/endpoint", &json!({ "url": URL, "uid": "u" })).await;
    let cases = [
        (
            json!({ "key": "abc" }),
            "key",
            "The secret must begin with whsec_, or with whsk_ if it is a key pair.",
        ),
        (
            json!({ "key": "whsec_abc" }),
            "key",
            "The secret must be base64 after its prefix, in the standard alphabet and with its padding.",
        ),
        (json!({ "key": "whsec_YWJj" }), "key", "A secret with whsec_ must have 24 to 75 bytes."),
        (json!({ "gracePeriodSeconds": 604_801 }), "gracePeriodSeconds", "may be at most 604800"),
    ];
    for (body, member, msg) in cases {
        let path = "/app/a/endpoint/u/secret/rotate";
        client.is_invalid(Method::POST, path, &body, &["body", member], msg).await;
    }
}

#[tokio::test]
async fn no_more_than_ten_replaced_secrets_go_on_signing() {
    let client = client().await;
    client.makes("/app/a/endpoint", &json!({ "url": URL, "uid": "u" })).await;
    for _ in 0..10 {
        rotated(&client, "/app/a/endpoint/u", json!({})).await;
    }
    let detail = "The endpoint has 10 replaced secrets that still sign; wait until one has expired.";
    let answer = json!({ "code": "limit_reached", "detail": detail });
    client.is_refused(Method::POST, "/app/a/endpoint/u/secret/rotate", "{}", 400, &answer).await;
    rotated(&client, "/app/a/endpoint/u", json!({ "gracePeriodSeconds": 0 })).await;
}

#[tokio::test]
async fn a_patch_replaces_the_secret_at_once() {
    let client = client().await;
    client.makes("/app/a/endpoint", &json!({ "url": URL, "uid": "u", "secret": CHOSEN })).await;
    client.patch("/app/a/endpoint/u", &json!({ "secret": OTHER })).await.is(200);
    assert_eq!(secret_of(&client, "/app/a/endpoint/u").await, OTHER);
    client.post("/app/a/endpoint/u/send-example", &json!({ "eventType": "svix.ping" })).await.is(200);
    assert_eq!(signatures(&client).await, 1);
}

#[tokio::test]
async fn secrets_are_not_among_the_remembered_answers() {
    let client = client().await;
    client.makes("/app/a/endpoint", &json!({ "url": URL, "uid": "u" })).await;
    let mut request = client.request(Method::POST, "/app/a/endpoint/u/secret/rotate", "{}");
    request.headers_mut().insert("idempotency-key", "auto_1".parse().unwrap());
    let key = client.node.send(request).await.json()["key"].as_str().unwrap().to_owned();
    assert!(!client.node.store.dump().contains(&key));
}
