//! How we prove who we are to an endpoint.

use axum::http::Method;
use serde_json::{Value, json};

use super::{URL, client, client_with};
use crate::node::Setup;
use crate::v1::client::Client;

const PATH: &str = "/app/a/endpoint/u/auth";
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
const KEY: &str = "-----BEGIN PRIVATE KEY-----\nHIDDEN\n-----END PRIVATE KEY-----\n";

async fn endpoint(client: &Client, url: &str) {
    client.makes("/app/a/endpoint", &json!({ "url": url, "uid": "u" })).await;
}

#[tokio::test]
async fn auth_is_set_and_shown_without_its_secrets() {
    let client = client().await;
    endpoint(&client, URL).await;
    assert_eq!(client.get(PATH).await.json(), json!({ "type": "none" }));
    let oauth2 = json!({
        "type": "oauth2", "tokenUrl": "https://id.example/token", "clientId": "me", "clientSecret": "hidden",
        "scope": "hooks", "method": "body",
    });
    let cases = [
        (
            json!({ "type": "basic", "username": "me", "password": "hidden" }),
            json!({ "type": "basic", "username": "me" }),
        ),
        (json!({ "type": "bearer", "token": "hidden" }), json!({ "type": "bearer" })),
        (
            json!({ "type": "apiKey", "header": "x-key", "value": "hidden" }),
            json!({ "type": "apiKey", "header": "x-key" }),
        ),
        (
            oauth2,
            json!({
                "type": "oauth2", "tokenUrl": "https://id.example/token", "clientId": "me", "scope": "hooks",
                "method": "body",
            }),
        ),
        (
            json!({ "type": "mtls", "certificatePem": CERTIFICATE, "keyPem": KEY }),
            json!({ "type": "mtls", "certificatePem": CERTIFICATE }),
        ),
    ];
    for (auth, shown) in cases {
        let set = client.put(PATH, &auth).await;
        set.is(200);
        assert_eq!(set.json(), shown);
        assert_eq!(client.get(PATH).await.json(), shown);
        assert!(!client.get("/app/a/endpoint/u").await.text.contains("hidden"));
    }
    client.delete(PATH).await.is_empty(204);
    assert_eq!(client.get(PATH).await.json(), json!({ "type": "none" }));
}

#[tokio::test]
async fn calls_carry_the_auth() {
    let client = client().await;
    endpoint(&client, URL).await;
    client.put(PATH, &json!({ "type": "bearer", "token": "t" })).await.is(200);
    client.post("/app/a/endpoint/u/send-example", &json!({ "eventType": "svix.ping" })).await.is(200);
    client.node.until_called(1).await;
    let header =
        client.node.receivers.requests()[0].auth.header().map(|(name, value)| (name.to_owned(), value));
    assert_eq!(header, Some(("authorization".to_owned(), "Bearer t".to_owned())));
}

#[tokio::test]
async fn what_is_wrong_with_auth_is_named() {
    let client = client().await;
    endpoint(&client, URL).await;
    let oauth2 = |url: &str, secret: &str| json!({ "type": "oauth2", "tokenUrl": url, "clientId": "me", "clientSecret": secret });
    let cases = [
        (
            json!({ "type": "basic", "username": "a:b", "password": "x" }),
            "username",
            "must not have a colon in it",
        ),
        (
            json!({ "type": "bearer", "token": "a b" }),
            "token",
            "must have 1 to 4096 bytes of printable ASCII without spaces",
        ),
        (
            json!({ "type": "apiKey", "header": "host", "value": "x" }),
            "header",
            "cannot be sent: the header is reserved and cannot be set",
        ),
        (
            oauth2("http://id.example/token", "x"),
            "tokenUrl",
            "scheme: The token URL must begin with https://.",
        ),
        (
            oauth2("https://localhost/token", "x"),
            "tokenUrl",
            "special_use_or_single_label: The host must be a full public domain name; local and reserved names are not called.",
        ),
        (
            oauth2("https://id.example/token", ""),
            "clientSecret",
            "must have 1 to 1024 bytes of printable ASCII",
        ),
        (
            json!({ "type": "mtls", "certificatePem": KEY, "keyPem": KEY }),
            "certificatePem",
            "must have nothing but certificates in it",
        ),
    ];
    for (body, member, msg) in cases {
        client.is_invalid(Method::PUT, PATH, &body, &["body", member], msg).await;
    }
    for body in [json!({}), json!({ "type": "none" }), json!({ "type": "basic", "username": "x" })] {
        client.put(PATH, &body).await.is(422);
    }
}

#[tokio::test]
async fn what_the_sender_cannot_use_is_refused() {
    let client = client().await;
    endpoint(&client, URL).await;
    let body =
        json!({ "type": "mtls", "certificatePem": CERTIFICATE, "keyPem": KEY.replace("HIDDEN", "WRONG") });
    let msg = "The key does not belong to the certificate (a test says so).";
    client.is_invalid(Method::PUT, PATH, &body, &["body"], msg).await;
}

#[tokio::test]
async fn a_token_url_in_an_opened_network_may_be_http() {
    let client = client_with(Setup { opened: &["127.0.0.0/8"], ..Setup::default() }).await;
    endpoint(&client, URL).await;
    let auth = json!({
        "type": "oauth2", "tokenUrl": "http://127.0.0.1:9000/token", "clientId": "me", "clientSecret": "x",
    });
    let set = client.put(PATH, &auth).await;
    set.is(200);
    assert_eq!((&set.json()["scope"], &set.json()["method"]), (&Value::Null, &json!("basic")));
}

#[tokio::test]
async fn a_client_certificate_needs_https() {
    let client = client().await;
    endpoint(&client, "http://example.com/").await;
    let mtls = json!({ "type": "mtls", "certificatePem": CERTIFICATE, "keyPem": KEY });
    let msg = "needs an endpoint whose URL is https";
    client.is_invalid(Method::PUT, PATH, &mtls, &["body", "type"], msg).await;
    client.patch("/app/a/endpoint/u", &json!({ "url": URL })).await.is(200);
    client.put(PATH, &mtls).await.is(200);
    let msg = "must be https: it is called with a client certificate";
    let body = json!({ "url": "http://example.com/" });
    for method in [Method::PATCH, Method::PUT] {
        client.is_invalid(method, "/app/a/endpoint/u", &body, &["body", "url"], msg).await;
    }
}
