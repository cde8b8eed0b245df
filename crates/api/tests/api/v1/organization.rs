//! `/api/v1/organization`.

use axum::http::Method;
use serde_json::{Value, json};

use super::client::{AT, Client, HOME};

#[tokio::test]
async fn an_organization_decides_about_itself() {
    let client = Client::new().await;
    let found = client.get("/organization").await;
    found.is(200);
    let first = json!({
        "id": HOME.to_string(),
        "name": "default",
        "headerNames": "webhook",
        "validatePayloads": false,
        "updatedAt": "1970-01-01T00:00:00.000Z",
    });
    assert_eq!(found.json(), first);
    let check = async |change: Value, expected: Value| {
        let patched = client.patch("/organization", &change).await;
        patched.is(200);
        let it = patched.json();
        assert_eq!(
            json!([it["name"], it["headerNames"], it["validatePayloads"], it["updatedAt"]]),
            expected,
            "{change}"
        );
        assert_eq!(client.get("/organization").await.json(), it);
    };
    check(json!({ "name": "Acme" }), json!(["Acme", "webhook", false, AT])).await;
    check(json!({ "headerNames": "both" }), json!(["Acme", "both", false, AT])).await;
    check(json!({ "validatePayloads": true, "headerNames": null }), json!(["Acme", "both", true, AT])).await;
    check(json!({ "validatePayloads": false, "headerNames": "svix" }), json!(["Acme", "svix", false, AT]))
        .await;
}

#[tokio::test]
async fn what_is_wrong_with_it_is_named() {
    let client = Client::new().await;
    let msg = "must have at least one character";
    client.is_invalid(Method::PATCH, "/organization", &json!({ "name": "" }), &["body", "name"], msg).await;
    let msg = "unknown variant `x`, expected one of `webhook`, `svix`, `both` at line 1 column 18";
    let answer = json!({ "detail": [{ "loc": ["body", "headerNames"], "msg": msg, "type": "value_error.jsondecode" }] });
    client.is_refused(Method::PATCH, "/organization", r#"{"headerNames":"x"}"#, 422, &answer).await;
}
