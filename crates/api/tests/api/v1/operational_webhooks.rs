//! `/api/v1/operational-webhook/endpoint`.

use axum::http::Method;
use serde_json::{Value, json};

use super::client::{Client, not_found};

const PATH: &str = "/operational-webhook/endpoint";
const URL: &str = "https://example.com/ok";

#[tokio::test]
async fn an_operational_webhook_is_an_endpoint_of_the_organization() {
    let client = Client::new().await;
    let body =
        json!({ "url": URL, "uid": "w", "filterTypes": ["endpoint.created"], "headers": { "x-a": "1" } });
    let made = client.post(PATH, &body).await;
    made.is(201);
    let made = made.json();
    assert_eq!(made["eventTypes"], json!(["endpoint.created"]));
    assert_eq!(client.get(&format!("{PATH}/w")).await.json(), made);
    assert_eq!(client.get(PATH).await.json()["data"], json!([made]));
    let put = client.put(&format!("{PATH}/w"), &json!({ "url": URL, "description": "x" })).await;
    put.is(200);
    assert_eq!((&put.json()["eventTypes"], &put.json()["description"]), (&Value::Null, &json!("x")));
    client.put(&format!("{PATH}/v"), &json!({ "url": URL })).await.is(201);
    assert_eq!(client.get("/app").await.json()["data"], json!([]), "its app is in no list");
    client.delete(&format!("{PATH}/w")).await.is_empty(204);
    client.is_refused(Method::GET, &format!("{PATH}/w"), "", 404, &not_found()).await;
}

#[tokio::test]
async fn its_secret_and_headers_are_kept_as_those_of_others() {
    let client = Client::new().await;
    client.makes(PATH, &json!({ "url": URL, "uid": "w" })).await;
    let secret = client.get(&format!("{PATH}/w/secret")).await.json();
    let rotated = client.post(&format!("{PATH}/w/secret/rotate"), &json!({})).await;
    rotated.is(200);
    assert_ne!(rotated.json(), secret);
    assert_eq!(client.get(&format!("{PATH}/w/secret")).await.json(), rotated.json());
    let headers = json!({ "headers": { "x-a": "1", "cookie": "c" } });
    client.put(&format!("{PATH}/w/headers"), &headers).await.is_empty(204);
    let expected = json!({ "headers": { "x-a": "1" }, "sensitive": ["cookie"] });
    assert_eq!(client.get(&format!("{PATH}/w/headers")).await.json(), expected);
}

#[tokio::test]
async fn only_types_of_operational_webhooks_can_be_chosen() {
    let client = Client::new().await;
    client.post("/event-type", &json!({ "name": "paid", "description": "" })).await.is(201);
    let body = json!({ "url": URL, "eventTypes": ["paid", "message.attempt.failing"] });
    let msg = "The following event types don't exist: paid";
    // The app of the organization is made when somebody first asks for it.
    client.get(PATH).await.is(200);
    client.is_invalid(Method::POST, PATH, &body, &["body", "eventTypes"], msg).await;
}

#[tokio::test]
async fn the_organization_is_told_what_happens_to_its_endpoints() {
    let client = Client::new().await;
    tokio::spawn(client.node.worker.clone().run());
    client.makes(PATH, &json!({ "url": URL })).await;
    let app = client.makes("/app", &json!({ "name": "x", "uid": "a" })).await;
    let id = client.makes("/app/a/endpoint", &json!({ "url": "https://example.com/e", "uid": "u" })).await;
    let path = "/app/a/endpoint/u";
    client.patch(path, &json!({ "disabled": true })).await.is(200);
    client.patch(path, &json!({ "disabled": false })).await.is(200);
    client.patch(path, &json!({ "description": "x" })).await.is(200);
    client.post(&format!("{path}/secret/rotate"), &json!({})).await.is(200);
    client.put(&format!("{path}/headers"), &json!({ "headers": {} })).await.is_empty(204);
    client.delete(path).await.is_empty(204);
    client.node.until_called(7).await;
    let told: Vec<Value> = client
        .node
        .receivers
        .requests()
        .iter()
        .map(|request| serde_json::from_slice(&request.body).unwrap())
        .collect();
    let mut types: Vec<&str> = told.iter().map(|told| told["type"].as_str().unwrap()).collect();
    types.sort_unstable();
    let expected = [
        "endpoint.created",
        "endpoint.deleted",
        "endpoint.disabled",
        "endpoint.enabled",
        "endpoint.updated",
        "endpoint.updated",
        "endpoint.updated",
    ];
    assert_eq!(types, expected);
    for told in &told {
        let data = &told["data"];
        let found = json!([data["appId"], data["appUid"], data["endpointId"], data["endpointUid"]]);
        assert_eq!(found, json!([app, "a", id, "u"]));
    }
}
