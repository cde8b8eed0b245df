//! Tokens that another server issued.

use api::Access;
use axum::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use super::client::{Client, not_found};
use crate::node::{Node, Setup};

const SECRET: &str = "a secret of another server";

fn token(payload: &Value) -> String {
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
    let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(payload.to_string()));
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

async fn client() -> Client {
    Client::with(Setup { jwt_secret: Some(SECRET), ..Setup::default() }).await
}

const EXTERNAL: &str = "org_23rb8YdGqMT0qIzpgGwdXfHirMu";

#[tokio::test]
async fn each_organization_that_a_token_is_for_is_one_of_its_own() {
    let mut client = client().await;
    client.becomes(&token(&json!({ "sub": EXTERNAL })));
    client.makes("/app", &json!({ "name": "x", "uid": "u" })).await;
    let found = client.get("/organization").await.json();
    assert_ne!(found["id"], "org_00000000001");
    client.get("/app/u").await.is(200);
    client.becomes(&token(&json!({ "sub": "org_23rb8YdGqMT0qIzpgGwdXfHirMv" })));
    assert_ne!(client.get("/organization").await.json()["id"], found["id"]);
    client.is_refused(Method::GET, "/app/u", "", 404, &not_found()).await;
    client.becomes("admin");
    client.is_refused(Method::GET, "/app/u", "", 404, &not_found()).await;
}

#[tokio::test]
async fn our_own_organizations_are_known_by_their_ids() {
    let mut client = client().await;
    client.makes("/app", &json!({ "name": "x", "uid": "u" })).await;
    client.becomes(&token(&json!({ "sub": "org_00000000001" })));
    client.get("/app/u").await.is(200);
    client.becomes(&token(&json!({ "sub": "org_00000000002" })));
    client.get("/app/u").await.is(401);
}

#[tokio::test]
async fn a_token_for_an_app_opens_that_app() {
    let mut client = client().await;
    client.becomes(&token(&json!({ "sub": EXTERNAL })));
    let app = client.makes("/app", &json!({ "name": "x" })).await;
    let other = client.makes("/app", &json!({ "name": "y" })).await;
    client.becomes(&token(&json!({ "sub": app, "org": EXTERNAL })));
    client.get(&format!("/app/{app}")).await.is(200);
    client.is_refused(Method::GET, &format!("/app/{other}"), "", 404, &not_found()).await;
    client.get("/app").await.is(403);
    let answer = json!({
        "code": "not_revocable", "detail": "A token that another server issued cannot be ended before its time.",
    });
    client.is_refused(Method::POST, "/auth/logout", "", 400, &answer).await;
    client.becomes(&token(&json!({ "sub": "app_2abcdefghijklmnopqrstuvwxyz", "org": EXTERNAL })));
    client.get(&format!("/app/{app}")).await.is(401);
}

async fn check_refused(client: &mut Client, token: &str, status: u16, code: &str, detail: &str) {
    client.becomes(token);
    client.is_refused(Method::GET, "/app", "", status, &json!({ "code": code, "detail": detail })).await;
}

#[tokio::test]
async fn tokens_that_are_not_right_are_told_what_is_wrong() {
    let mut client = client().await;
    let failed = "authentication_failed";
    let raw = "Authentication failed. JWT signing secrets can not be used as tokens: a token is signed with the secret.";
    check_refused(&mut client, SECRET, 401, failed, raw).await;
    check_refused(&mut client, &token(&json!({})), 401, failed, "Invalid token (missing `sub`).").await;
    check_refused(
        &mut client,
        &format!("{}x", token(&json!({ "sub": EXTERNAL }))),
        401,
        failed,
        "Invalid token",
    )
    .await;
    check_refused(&mut client, &token(&json!({ "sub": EXTERNAL, "exp": 1 })), 401, failed, "Invalid token")
        .await;
    let neither = "The token is neither for an organization nor for an application.";
    check_refused(&mut client, &token(&json!({ "sub": "usr_x" })), 400, "bad_token", neither).await;
}

#[tokio::test]
async fn without_the_secret_no_token_is_taken() {
    let mut client = Client::new().await;
    client.becomes(&token(&json!({ "sub": "org_00000000001" })));
    client.get("/app").await.is(401);
}

#[tokio::test]
async fn an_open_api_is_closed_to_foreign_pages_and_answers_no_preflight() {
    let node = Node::with(Setup { access: Access::Open, ..Setup::default() }).await;
    let request = axum::http::Request::get("/api/v1/app").header("origin", "https://evil.example");
    let reply = node.send(request.body(axum::body::Body::empty()).unwrap()).await;
    reply.is(403);
    assert_eq!(reply.header("access-control-allow-origin"), None);
    let request = axum::http::Request::options("/api/v1/app")
        .header("host", "127.0.0.1:8071")
        .header("origin", "https://evil.example")
        .header("access-control-request-method", "POST");
    let reply = node.send(request.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!(reply.status, 403);
    assert_eq!(reply.header("access-control-allow-origin"), None);
    node.get("/api/v1/app").await.is(200);
}
