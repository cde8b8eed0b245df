//! `/api/v1/app`.

use axum::http::Method;
use serde_json::{Value, json};

use super::client::{AT, Client, not_found};

fn conflict() -> Value {
    json!({ "code": "conflict", "detail": "An application with that id or uid already exists" })
}

#[tokio::test]
async fn an_app_is_made_and_found_by_its_id_and_its_uid() {
    let client = Client::new().await;
    let wanted =
        json!({ "name": "Ada's", "uid": "ada-1", "throttleRate": 7, "metadata": { "plan": "gold" } });
    let made = client.post("/app", &wanted).await;
    made.is(201);
    let app = made.json();
    let id = app["id"].as_str().unwrap();
    assert!(id.starts_with("app_"), "{id}");
    let expected = json!({
        "id": id,
        "uid": "ada-1",
        "name": "Ada's",
        "throttleRate": 7,
        "rateLimit": 7,
        "createdAt": AT,
        "updatedAt": AT,
        "metadata": { "plan": "gold" },
    });
    assert_eq!(app, expected);
    for path in [format!("/app/{id}"), "/app/ada-1".to_owned(), "/app/ada-1/".to_owned()] {
        let found = client.get(&path).await;
        found.is(200);
        assert_eq!(found.json(), expected, "{path}");
    }
}

#[tokio::test]
async fn only_the_name_is_needed() {
    let client = Client::new().await;
    for body in [
        json!({ "name": "x" }),
        json!({ "name": "x", "uid": null, "throttleRate": null, "rateLimit": null, "metadata": null, "more": 1 }),
    ] {
        let made = client.post("/app", &body).await;
        made.is(201);
        let app = made.json();
        let expected = json!({
            "id": app["id"], "name": "x", "throttleRate": null, "createdAt": AT, "updatedAt": AT, "metadata": {},
        });
        assert_eq!(app, expected);
    }
}

#[tokio::test]
async fn a_uid_is_unique_unless_the_app_is_only_asked_for() {
    let client = Client::new().await;
    let id = client.makes("/app", &json!({ "name": "x", "uid": "u" })).await;
    client.is_refused(Method::POST, "/app", r#"{"name":"y","uid":"u"}"#, 409, &conflict()).await;
    let found = client.post("/app?get_if_exists=true", &json!({ "name": "y", "uid": "u" })).await;
    found.is(200);
    assert_eq!((&found.json()["id"], &found.json()["name"]), (&json!(id), &json!("x")));
    client.post("/app?get_if_exists=true", &json!({ "name": "y", "uid": "v" })).await.is(201);
    client.post("/app?get_if_exists=true", &json!({ "name": "y" })).await.is(201);
}

#[tokio::test]
async fn a_put_replaces_all_of_an_app() {
    let client = Client::new().await;
    let id = client.makes("/app", &json!({ "name": "x", "uid": "u", "throttleRate": 5 })).await;
    let put = client.put(&format!("/app/{id}"), &json!({ "name": "y" })).await;
    put.is(200);
    let expected = json!({
        "id": id, "name": "y", "throttleRate": null, "createdAt": AT, "updatedAt": AT, "metadata": {},
    });
    assert_eq!(put.json(), expected);
    client.is_refused(Method::GET, "/app/u", "", 404, &not_found()).await;
}

#[tokio::test]
async fn a_put_makes_an_app_with_its_uid() {
    let client = Client::new().await;
    let made = client.put("/app/u", &json!({ "name": "x" })).await;
    made.is(201);
    let again = client.put("/app/u", &json!({ "name": "y" })).await;
    again.is(200);
    assert_eq!(again.json()["id"], made.json()["id"]);
    assert_eq!(again.json()["uid"], "u");
    let renamed = client.put("/app/u", &json!({ "name": "y", "uid": "v" })).await;
    renamed.is(200);
    assert_eq!((&renamed.json()["id"], &renamed.json()["uid"]), (&made.json()["id"], &json!("v")));
    client.put("/app/w", &json!({ "name": "z" })).await.is(201);
    client.is_refused(Method::PUT, "/app/w", r#"{"name":"z","uid":"v"}"#, 409, &conflict()).await;
    for path in ["/app/app_00000000001", "/app/app_2abcdefghijklmnopqrstuvwxyz", "/app/a%20b"] {
        client.is_refused(Method::PUT, path, r#"{"name":"x"}"#, 404, &not_found()).await;
    }
}

#[tokio::test]
async fn a_patch_keeps_clears_or_sets() {
    let client = Client::new().await;
    client.makes("/app", &json!({ "name": "x", "uid": "u", "rateLimit": 5, "metadata": { "a": "b" } })).await;
    let check = async |path: &str, change: Value, expected: Value| {
        let patched = client.patch(path, &change).await;
        patched.is(200);
        let app = patched.json();
        let found = json!([app["name"], app["uid"], app["throttleRate"], app["metadata"]]);
        assert_eq!(found, expected, "{change}");
    };
    check("/app/u", json!({}), json!(["x", "u", 5, { "a": "b" }])).await;
    check("/app/u", json!({ "name": null }), json!(["x", "u", 5, { "a": "b" }])).await;
    check(
        "/app/u",
        json!({ "name": "y", "throttleRate": 6, "rateLimit": 7 }),
        json!(["y", "u", 6, { "a": "b" }]),
    )
    .await;
    check("/app/u", json!({ "rateLimit": null, "metadata": {} }), json!(["y", "u", null, {}])).await;
    check("/app/u", json!({ "uid": "v", "metadata": { "c": "d" } }), json!(["y", "v", null, { "c": "d" }]))
        .await;
    check("/app/v", json!({ "metadata": null, "throttleRate": 1 }), json!(["y", "v", 1, {}])).await;
    let id = client.get("/app/v").await.json()["id"].as_str().unwrap().to_owned();
    check(&format!("/app/{id}"), json!({ "uid": null }), json!(["y", null, 1, {}])).await;
}

#[tokio::test]
async fn a_deleted_app_is_gone_and_its_uid_is_free() {
    let client = Client::new().await;
    let id = client.makes("/app", &json!({ "name": "x", "uid": "u" })).await;
    client.delete("/app/u").await.is_empty(204);
    for path in ["/app/u", &format!("/app/{id}")] {
        for method in [Method::GET, Method::PATCH, Method::DELETE] {
            client.is_refused(method, path, "{}", 404, &not_found()).await;
        }
    }
    assert_eq!(client.get("/app").await.json()["data"], json!([]));
    client.makes("/app", &json!({ "name": "x", "uid": "u" })).await;
}

#[tokio::test]
async fn what_is_wrong_with_an_app_is_named() {
    let client = Client::new().await;
    client.makes("/app", &json!({ "name": "x", "uid": "u" })).await;
    let name = "must have 1 to 256 characters of A-Z a-z 0-9 . _ -, not dots alone";
    let long = "x".repeat(257);
    let cases = [
        (json!({ "name": "" }), "name", "must have at least one character"),
        (json!({ "name": "a\u{1}" }), "name", "control characters 0x00-0x08 are not allowed"),
        (json!({ "name": "x".repeat(1025) }), "name", "may have at most 1024 bytes"),
        (json!({ "name": "x", "uid": "" }), "uid", name),
        (json!({ "name": "x", "uid": "a b" }), "uid", name),
        (json!({ "name": "x", "uid": "." }), "uid", name),
        (json!({ "name": "x", "uid": ".." }), "uid", name),
        (json!({ "name": "x", "uid": long }), "uid", name),
        (json!({ "name": "x", "uid": "app_1" }), "uid", "must not begin with app_, as our own ids do"),
        (json!({ "name": "x", "throttleRate": 0 }), "throttleRate", "must be at least 1"),
        (json!({ "name": "x", "rateLimit": 0 }), "rateLimit", "must be at least 1"),
        (
            json!({ "name": "x", "metadata": { "a": "x".repeat(4096) } }),
            "metadata",
            "metadata may have at most 4096 bytes as JSON",
        ),
    ];
    for (body, field, msg) in cases {
        for (method, path) in [(Method::POST, "/app"), (Method::PUT, "/app/u"), (Method::PATCH, "/app/u")] {
            client.is_invalid(method, path, &body, &["body", field], msg).await;
        }
    }
}
