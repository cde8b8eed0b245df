//! What holds on every route of the full API: bodies, queries, lists, errors.

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value, json};

use super::client::{Client, problems};

async fn check_body(client: &Client, body: &str, loc: &[&str], msg: &str) {
    let answer = json!({ "detail": [{ "loc": loc, "msg": msg, "type": "value_error.jsondecode" }] });
    client.is_refused(Method::POST, "/app", body, 422, &answer).await;
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_refused_with_its_place() {
    let client = Client::new().await;
    let root = &["body"];
    check_body(&client, "", root, "EOF while parsing a value at line 1 column 0").await;
    check_body(&client, "{", root, "EOF while parsing an object at line 1 column 1").await;
    check_body(&client, "[]", root, "invalid type: sequence, expected an object at line 1 column 0").await;
    check_body(&client, r#"["x"]"#, root, "invalid type: sequence, expected an object at line 1 column 0")
        .await;
    check_body(&client, "7", root, "invalid type: integer `7`, expected an object at line 1 column 1").await;
    check_body(&client, "{} {}", root, "trailing characters at line 1 column 4").await;
    check_body(&client, r#"{"name":"x"} 1"#, root, "trailing characters at line 1 column 14").await;
    check_body(&client, r#"{"uid":"x"}"#, &["body", "name"], "this field is required").await;
    check_body(
        &client,
        r#"{"name":"x","throttleRate":65536}"#,
        &["body", "throttleRate"],
        "invalid value: integer `65536`, expected u16 at line 1 column 32",
    )
    .await;
    check_body(
        &client,
        r#"{"name":"x","metadata":{"a":1}}"#,
        &["body", "metadata", "a"],
        "invalid type: integer `1`, expected a string at line 1 column 29",
    )
    .await;
    check_body(&client, r#"{"name":"x","name":"y"}"#, root, "duplicate field `name` at line 1 column 18")
        .await;
    let deep = format!(r#"{{"name":"x","more":{}}}"#, "[".repeat(64));
    check_body(&client, &deep, root, "The body is nested deeper than 64 levels at line 1 column 83.").await;
}

#[tokio::test]
async fn the_limits_of_requests_hold() {
    let client = Client::new().await;
    let large = format!(r#"{{"name":"{}"}}"#, "x".repeat(1024 * 1024));
    let answer = json!({
        "code": "payload_too_large", "detail": "The body of the request may have at most 1048576 bytes.",
    });
    client.is_refused(Method::POST, "/app", &large, 413, &answer).await;
    let mut request = client.request(Method::POST, "/app", "{}");
    request.headers_mut().insert("content-encoding", "gzip".parse().unwrap());
    let why = "The body of the request must not be compressed: send it without Content-Encoding.";
    client.node.refuses(request, 415, &json!({ "code": "unsupported_media_type", "detail": why })).await;
}

#[tokio::test]
async fn routes_that_are_not_there_are_told_in_the_same_shape() {
    let client = Client::new().await;
    let answer = json!({ "code": "not_found", "detail": "There is no such route." });
    for path in ["", "/", "/nowhere", "/app/a/nowhere", "/APP"] {
        client.is_refused(Method::GET, path, "", 404, &answer).await;
    }
    let why = "The route does not have this method; the header Allow lists those it has.";
    let answer = json!({ "code": "method_not_allowed", "detail": why });
    client.is_refused(Method::DELETE, "/app", "", 405, &answer).await;
    client.is_refused(Method::POST, "/health", "", 405, &answer).await;
}

#[tokio::test]
async fn without_a_key_nothing_opens_but_health_and_the_document() {
    let client = Client::new().await;
    let answer = json!({ "code": "authentication_failed", "detail": "Invalid token" });
    for path in ["/api/v1/app", "/api/v1/nowhere", "/api/v1", "/api/v1/app/x"] {
        let request = Request::get(path).body(Body::empty()).unwrap();
        client.node.refuses(request, 401, &answer).await;
    }
    client.node.get("/api/v1/health").await.is(200);
    client.node.get("/api/v1/health/ping/").await.is_empty(204);
    client.node.get("/api/v1/openapi.json").await.is(200);
    client.node.get("//api/v1/openapi.json").await.is(200);
    client.node.request(Method::HEAD, "/api/v1/health", Body::empty()).await.is(200);
    client.node.request(Method::HEAD, "/api/v1/health/ping", Body::empty()).await.is_empty(204);
}

async fn check_query(client: &Client, query: &str, detail: &str) {
    let answer = json!({ "code": "generic_error", "detail": detail });
    client.is_refused(Method::GET, &format!("/app?{query}"), "", 400, &answer).await;
}

#[tokio::test]
async fn a_bad_query_is_told_which_parameter_is_wrong() {
    let client = Client::new().await;
    check_query(&client, "limit=x", r#"query.limit: invalid digit found in string: "x""#).await;
    check_query(&client, "limit=-1", r#"query.limit: invalid digit found in string: "-1""#).await;
    check_query(&client, "limit=", r#"query.limit: cannot parse integer from empty string: """#).await;
    check_query(&client, "limit=1&limit=2", "query: duplicate field `limit`").await;
    let variants = "query.order: unknown variant `up`, expected `ascending` or `descending`";
    check_query(&client, "order=up", variants).await;
    let invalid = async |query: &str, name: &str, msg: &str| {
        let answer = problems(&[(&["query", name], msg)]);
        client.is_refused(Method::GET, &format!("/app?{query}"), "", 422, &answer).await;
    };
    invalid("limit=251", "limit", "Given limit must not exceed 250").await;
    for iterator in ["", "-", "x", "ep_00000000001", "app_1", "--app_00000000001"] {
        invalid(&format!("iterator={iterator}"), "iterator", "The iterator is not one of this list").await;
    }
}

/// The names on a page, its iterators as names, and whether it is the last one.
fn page(list: &Value) -> (Vec<String>, bool) {
    let names = list["data"].as_array().unwrap().iter().map(|app| app["name"].as_str().unwrap().to_owned());
    (names.collect(), list["done"].as_bool().unwrap())
}

#[tokio::test]
async fn lists_are_walked_in_both_directions() {
    let client = Client::new().await;
    for name in ["a", "b", "c", "d", "e"] {
        client.makes("/app", &json!({ "name": name })).await;
    }
    let check = async |query: &str, names: &[&str], done: bool| {
        let reply = client.get(&format!("/app?{query}")).await;
        reply.is(200);
        let list = reply.json();
        assert_eq!(page(&list), (names.iter().map(|&name| name.to_owned()).collect(), done), "{query}");
        let data = list["data"].as_array().unwrap();
        let id = |app: &Value| app["id"].as_str().unwrap().to_owned();
        assert_eq!(list["iterator"], json!(data.last().map(id)), "{query}");
        assert_eq!(
            list.get("prevIterator").cloned(),
            data.first().map(|app| json!(format!("-{}", id(app)))),
            "{query}"
        );
        let iterator = |name: &str| list[name].as_str().unwrap_or_default().to_owned();
        (iterator("iterator"), iterator("prevIterator"))
    };
    let (next, _) = check("limit=2", &["a", "b"], false).await;
    let (next, _) = check(&format!("limit=2&iterator={next}"), &["c", "d"], false).await;
    let (end, before) = check(&format!("limit=2&iterator={next}"), &["e"], true).await;
    check(&format!("limit=2&iterator={end}"), &[], true).await;
    let (_, before) = check(&format!("limit=2&iterator={before}"), &["c", "d"], false).await;
    let (_, before) = check(&format!("limit=2&iterator={before}"), &["a", "b"], true).await;
    check(&format!("limit=2&iterator={before}"), &[], true).await;
    let (next, _) = check("limit=3&order=descending", &["e", "d", "c"], false).await;
    let (_, before) = check(&format!("limit=3&order=descending&iterator={next}"), &["b", "a"], true).await;
    check(&format!("limit=3&order=descending&iterator={before}"), &["e", "d", "c"], true).await;
    check("limit=0", &[], false).await;
    check("", &["a", "b", "c", "d", "e"], true).await;
}

#[tokio::test]
async fn pages_of_all_origins_may_call_with_a_key() {
    let client = Client::new().await;
    let preflight = Request::options("/api/v1/app/x")
        .header("origin", "https://dash.example")
        .header("access-control-request-method", "PUT")
        .header("access-control-request-headers", "authorization,x-more");
    let reply = client.node.send(preflight.body(Body::empty()).unwrap()).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
    assert_eq!(reply.header("access-control-allow-methods"), Some("*"));
    assert_eq!(reply.header("access-control-allow-headers"), Some("authorization,x-more"));
    assert_eq!(reply.header("access-control-max-age"), Some("600"));
    let mut request = client.request(Method::GET, "/app", "");
    request.headers_mut().insert("origin", "https://dash.example".parse().unwrap());
    let reply = client.node.send(request).await;
    reply.is(200);
    assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
    let of_a_program = client.get("/app").await;
    of_a_program.is(200);
    assert_eq!(of_a_program.header("access-control-allow-origin"), None, "a program needs no word of it");
}
