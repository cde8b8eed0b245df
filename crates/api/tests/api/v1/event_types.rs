//! `/api/v1/event-type`.

use axum::http::Method;
use domain::key::Scope;
use serde_json::{Value, json};

use super::client::{AT, Client, not_found, problems};

fn declared(name: &str) -> Value {
    json!({
        "name": name,
        "description": "",
        "archived": false,
        "deprecated": false,
        "schemas": null,
        "featureFlag": null,
        "featureFlags": null,
        "groupName": null,
        "createdAt": AT,
        "updatedAt": AT,
    })
}

fn with(mut value: Value, changes: &Value) -> Value {
    let members = changes.as_object().unwrap().clone();
    value.as_object_mut().unwrap().extend(members);
    value
}

async fn declare(client: &Client, body: &Value) -> Value {
    let reply = client.post("/event-type", body).await;
    reply.is(201);
    reply.json()
}

#[tokio::test]
async fn an_event_type_is_declared_and_found() {
    let client = Client::new().await;
    let schema = json!({ "type": "object", "required": ["id"] });
    let body = json!({
        "name": "candidate.created",
        "description": "A candidate",
        "deprecated": true,
        "schemas": { "1": schema, "2": true },
        "featureFlags": ["beta"],
        "groupName": "candidates",
    });
    let made = declare(&client, &body).await;
    let changes = json!({ "featureFlag": "beta" });
    assert_eq!(made, with(with(declared("candidate.created"), &body), &changes));
    let found = client.get("/event-type/candidate.created").await;
    found.is(200);
    assert_eq!(found.json(), made);
}

#[tokio::test]
async fn only_name_and_description_are_needed() {
    let client = Client::new().await;
    let nulls = json!({
        "name": "b", "description": "", "archived": null, "deprecated": null, "schemas": null, "featureFlag": null,
        "featureFlags": null, "groupName": null, "unknown": 1,
    });
    assert_eq!(declare(&client, &json!({ "name": "a", "description": "" })).await, declared("a"));
    assert_eq!(declare(&client, &nulls).await, declared("b"));
    let flag = json!({ "name": "c", "description": "", "featureFlag": "old", "featureFlags": [] });
    assert_eq!(declare(&client, &flag).await["featureFlags"], json!(["old"]));
}

#[tokio::test]
async fn what_is_declared_once_is_not_declared_again_unless_it_is_archived() {
    let client = Client::new().await;
    declare(&client, &json!({ "name": "a", "description": "first", "groupName": "g" })).await;
    let answer =
        json!({ "code": "event_type_exists", "detail": "An event type with this name exists already." });
    let again = json!({ "name": "a", "description": "second" });
    client.is_refused(Method::POST, "/event-type", &again.to_string(), 409, &answer).await;
    client.delete("/event-type/a").await.is_empty(204);
    let archived = client.get("/event-type/a").await.json();
    assert_eq!((&archived["archived"], &archived["description"]), (&json!(true), &json!("first")));
    assert_eq!(declare(&client, &again).await, with(declared("a"), &json!({ "description": "second" })));
}

#[tokio::test]
async fn a_put_declares_or_replaces() {
    let client = Client::new().await;
    let made =
        client.put("/event-type/a", &json!({ "description": "x", "archived": true, "groupName": "g" })).await;
    made.is(201);
    let expected = json!({ "description": "x", "archived": true, "groupName": "g" });
    assert_eq!(made.json(), with(declared("a"), &expected));
    let replaced = client.put("/event-type/a", &json!({ "description": "y" })).await;
    replaced.is(200);
    assert_eq!(replaced.json(), with(declared("a"), &json!({ "description": "y" })));
}

#[tokio::test]
async fn a_patch_keeps_clears_or_sets() {
    let client = Client::new().await;
    let first = json!({
        "name": "a", "description": "x", "schemas": { "1": {} }, "featureFlag": "f", "groupName": "g",
    });
    declare(&client, &first).await;
    let check = async |change: Value, expected: Value| {
        let patched = client.patch("/event-type/a", &change).await;
        patched.is(200);
        let it = patched.json();
        let found = json!([
            it["description"],
            it["archived"],
            it["deprecated"],
            it["schemas"],
            it["featureFlag"],
            it["groupName"],
        ]);
        assert_eq!(found, expected, "{change}");
    };
    check(json!({}), json!(["x", false, false, { "1": {} }, "f", "g"])).await;
    check(
        json!({ "description": null, "archived": null }),
        json!(["x", false, false, { "1": {} }, "f", "g"]),
    )
    .await;
    check(json!({ "archived": true, "deprecated": true }), json!(["x", true, true, { "1": {} }, "f", "g"]))
        .await;
    check(json!({ "schemas": null, "groupName": null }), json!(["x", true, true, null, "f", null])).await;
    check(json!({ "featureFlags": ["h"], "featureFlag": "i" }), json!(["x", true, true, null, "h", null]))
        .await;
    check(json!({ "featureFlags": [] }), json!(["x", true, true, null, null, null])).await;
    check(json!({ "featureFlag": "i", "description": "y" }), json!(["y", true, true, null, "i", null])).await;
    check(json!({ "featureFlags": null, "archived": false }), json!(["y", false, true, null, null, null]))
        .await;
}

#[tokio::test]
async fn what_is_expunged_was_never_there() {
    let client = Client::new().await;
    declare(&client, &json!({ "name": "a", "description": "" })).await;
    client.delete("/event-type/a?expunge=true").await.is_empty(204);
    for (method, path) in [
        (Method::GET, "/event-type/a"),
        (Method::PATCH, "/event-type/a"),
        (Method::DELETE, "/event-type/a"),
        (Method::DELETE, "/event-type/a?expunge=true"),
    ] {
        client.is_refused(method, path, "{}", 404, &not_found()).await;
    }
    declare(&client, &json!({ "name": "a", "description": "" })).await;
}

#[tokio::test]
async fn lists_go_by_name() {
    let client = Client::new().await;
    for name in ["b", "-a", "c", "a"] {
        declare(&client, &json!({ "name": name, "description": "", "schemas": { "1": true } })).await;
    }
    client.delete("/event-type/c").await.is_empty(204);
    let check = async |query: &str, names: &[&str], done: bool| {
        let reply = client.get(&format!("/event-type?{query}")).await;
        reply.is(200);
        let list = reply.json();
        let found = list["data"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap().to_owned());
        assert_eq!(
            (found.collect::<Vec<_>>(), &list["done"]),
            (names.iter().map(|&it| it.to_owned()).collect(), &json!(done)),
            "{query}"
        );
        list
    };
    let all = check("order=descending", &["-a", "a", "b"], true).await;
    assert!(all["data"].as_array().unwrap().iter().all(|it| it["schemas"].is_null()));
    let all = check("include_archived=true&with_content=true", &["-a", "a", "b", "c"], true).await;
    assert!(all["data"].as_array().unwrap().iter().all(|it| it["schemas"] == json!({ "1": true })));
    let first = check("limit=1", &["-a"], false).await;
    let iterator = first["iterator"].as_str().unwrap();
    let second = check(&format!("limit=1&iterator={iterator}"), &["a"], false).await;
    assert_eq!((&second["iterator"], &second["prevIterator"]), (&json!("a"), &json!("-a")));
    check("limit=2&iterator=a", &["b"], true).await;
    check("limit=2&iterator=-b", &["-a", "a"], true).await;
    check("iterator=--a", &[], true).await;
    check("iterator=b", &[], true).await;
}

#[tokio::test]
async fn apps_do_not_see_what_is_behind_a_flag() {
    let mut client = Client::new().await;
    let app = client.makes("/app", &json!({ "name": "x" })).await;
    for (name, flag) in [("a", Value::Null), ("b", json!("beta")), ("c", Value::Null)] {
        declare(&client, &json!({ "name": name, "description": "", "featureFlag": flag })).await;
    }
    client.has_key("app", Scope::App(app.parse().unwrap())).await;
    client.becomes("app");
    let names = |list: &Value| {
        list["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&client.get("/event-type").await.json()), ["a", "c"]);
    let page = client.get("/event-type?limit=2").await.json();
    assert_eq!(
        (names(&page), &page["iterator"], &page["done"]),
        (vec!["a".to_owned()], &json!("b"), &json!(false))
    );
    assert_eq!(names(&client.get("/event-type?limit=2&iterator=b").await.json()), ["c"]);
    client.get("/event-type/a").await.is(200);
    client.is_refused(Method::GET, "/event-type/b", "", 404, &not_found()).await;
}

#[tokio::test]
async fn what_is_wrong_with_an_event_type_is_named() {
    let client = Client::new().await;
    declare(&client, &json!({ "name": "a", "description": "" })).await;
    let name = "must have 1 to 256 characters of A-Z a-z 0-9 . _ -, not dots alone";
    let large = json!({ "1": { "description": "x".repeat(70_000) } });
    let no_schema = "is not a JSON Schema (draft 7): \"thing\" is not valid under any of the schemas listed in the 'anyOf' keyword";
    let pattern = "is not a JSON Schema (draft 7): \"(?=x)\" is not a \"regex\"";
    let cases: &[(Value, &[&str], &str)] = &[
        (
            json!({ "description": "a\u{0}" }),
            &["description"],
            "control characters 0x00-0x08 are not allowed",
        ),
        (json!({ "description": "x".repeat(1025) }), &["description"], "may have at most 1024 bytes"),
        (json!({ "description": "", "featureFlag": "a b" }), &["featureFlag"], name),
        (
            json!({ "description": "", "featureFlags": ["a", "b"] }),
            &["featureFlags"],
            "may have at most one flag",
        ),
        (json!({ "description": "", "featureFlags": ["a b"] }), &["featureFlags"], name),
        (json!({ "description": "", "groupName": "" }), &["groupName"], name),
        (
            json!({ "description": "", "schemas": large }),
            &["schemas"],
            "may have at most 65536 bytes as JSON",
        ),
        (json!({ "description": "", "schemas": { "1": { "type": "thing" } } }), &["schemas", "1"], no_schema),
        (
            json!({ "description": "", "schemas": { "2": { "pattern": "(?=x)" } } }),
            &["schemas", "2"],
            pattern,
        ),
    ];
    for (body, loc, msg) in cases {
        let loc: Vec<&str> = ["body"].iter().chain(*loc).copied().collect();
        client.is_invalid(Method::PUT, "/event-type/a", body, &loc, msg).await;
        client.is_invalid(Method::PATCH, "/event-type/a", body, &loc, msg).await;
        let body = with(body.clone(), &json!({ "name": "b" }));
        client.is_invalid(Method::POST, "/event-type", &body, &loc, msg).await;
    }
    client
        .is_invalid(
            Method::POST,
            "/event-type",
            &json!({ "name": "", "description": "" }),
            &["body", "name"],
            name,
        )
        .await;
    let answer = problems(&[(&["path", "event_type_name"], name)]);
    for method in [Method::GET, Method::PUT, Method::PATCH, Method::DELETE] {
        client.is_refused(method, "/event-type/a%20b", r#"{"description":""}"#, 422, &answer).await;
    }
}
