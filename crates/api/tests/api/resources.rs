//! `/resources/{type}/{id}`.

use axum::http::Method;
use domain::rule::{Rule, Rules};
use serde_json::{Value, json};

use crate::node::{NOW, Node, Setup, invalid};

const ORDER: &str = "/resources/order/7";

fn rules() -> Rules {
    let rule = |change: &str| -> Rule {
        let rule = json!({ "change": change, "type": "order", "event_type": format!("order.{change}d") });
        serde_json::from_value(rule).unwrap()
    };
    Rules::new(vec![rule("insert"), rule("update"), rule("delete")]).unwrap()
}

async fn node() -> Node {
    Node::with(Setup { rules: rules(), ..Setup::default() }).await
}

async fn changed(node: &Node, method: Method, body: &Value, message: &str, change: &str) {
    let reply = node.request(method, ORDER, body.to_string()).await;
    reply.is(200);
    let answer = reply.json();
    let id = answer["data"]["messages"][0].as_str().unwrap();
    let data = json!({ "type": "order", "id": "7", "change": change, "messages": [id] });
    assert_eq!(answer, json!({ "message": message, "data": data }));
    assert_eq!(reply.header("whimbrel-message-id"), Some(id));
    let execution = node.get(&format!("/executions/{id}")).await.json();
    assert_eq!(execution["data"]["eventType"], format!("order.{change}d"));
    assert_eq!(execution["data"]["source"], "whimbrel");
}

#[tokio::test]
async fn puts_and_deletes_are_changes() {
    let node = node().await;
    let first = json!({ "companyId": 42, "total": 12.5 });
    changed(&node, Method::PUT, &first, "Resource stored", "insert").await;
    let second = json!({ "companyId": "42", "state": "paid" });
    changed(&node, Method::PUT, &second, "Resource stored", "update").await;
    let expected =
        json!({ "companyId": "42", "type": "order", "id": "7", "state": "paid", "createdAt": NOW });
    assert_eq!(node.get(ORDER).await.json(), json!({ "data": expected }));
    changed(&node, Method::DELETE, &json!({}), "Resource deleted", "delete").await;
    node.get(ORDER).await.is(404);
}

#[tokio::test]
async fn a_change_without_a_rule_makes_no_message() {
    let node = node().await;
    let reply = node.put_json("/resources/invoice/7", &json!({ "companyId": 42 })).await;
    reply.is(200);
    assert_eq!(reply.json()["data"]["messages"], json!([]));
    assert_eq!(reply.header("whimbrel-message-id"), None);
}

#[tokio::test]
async fn fields_are_kept_as_they_came() {
    let node = node().await;
    let body = r#"{ "z":1.00000000000000000001, "companyId":42,"a" : {"deep":[1e400,-0,18446744073709551616]},
        "type":"order", "id":7, "é\"":"\ud83d\udc26 \u0000 \/" }"#;
    node.request(Method::PUT, ORDER, body).await.is(200);
    let expected = [
        r#"{"data":{"companyId":"42","type":"order","z":1.00000000000000000001,"#,
        r#""a":{"deep":[1e400,-0,18446744073709551616]},"é\"":"\ud83d\udc26 \u0000 \/","#,
        r#""createdAt":"2026-01-31T12:34:56.789Z","id":"7"}}"#,
    ];
    assert_eq!(node.get(ORDER).await.text, expected.concat());
}

#[tokio::test]
async fn what_is_said_twice_must_agree() {
    let node = node().await;
    let (kind, id) =
        ("Field type must be the same as in the path", "Field id must be the same as in the path");
    let company = "Required field companyId not found or invalid";
    let cases = [
        (r#"{"companyId":42,"type":"orders"}"#, vec![kind]),
        (r#"{"companyId":42,"id":"8"}"#, vec![id]),
        (r#"{"companyId":42,"id":null}"#, vec![id]),
        (r#"{"companyId":42,"type":null,"id":{}}"#, vec![kind, id]),
        (r#"{"type":7,"id":7.0}"#, vec![company, kind, id]),
        ("{}", vec![company]),
        (r#"{"companyId":-1}"#, vec![company]),
        (r#"{"companyId":["a"]}"#, vec![company]),
    ];
    for (body, errors) in cases {
        let request = axum::http::Request::put(ORDER).body(body.into()).unwrap();
        node.refuses(request, 422, &invalid(&errors)).await;
    }
}

#[tokio::test]
async fn a_resource_is_an_object_without_doubles() {
    let node = node().await;
    let cases = [
        ("[]", "invalid type: sequence, expected a JSON object at line 1 column 0"),
        ("null", "invalid type: null, expected a JSON object at line 1 column 4"),
        (r#"{"a":1,"\u0061":2}"#, "field \"a\" is there twice at line 1 column 18"),
    ];
    for (body, why) in cases {
        let request = axum::http::Request::put(ORDER).body(body.into()).unwrap();
        node.refuses(request, 422, &invalid(&[&format!("The body has the wrong form: {why}")])).await;
    }
}

#[tokio::test]
async fn names_in_the_path_are_checked() {
    let node = node().await;
    let (kind, id) = ("Required field type not found or invalid", "Required field id not found or invalid");
    let too_long = format!("/resources/order/{}", "x".repeat(257));
    let cases = [
        ("/resources/a%20b/7", vec![kind]),
        ("/resources/order/a%2Fb", vec![id]),
        ("/resources/order/%00", vec![id]),
        ("/resources/%C3%A9/%20", vec![kind, id]),
        ("/resources/%ff/7", vec![kind, id]),
        (too_long.as_str(), vec![id]),
    ];
    for (path, errors) in cases {
        for method in [Method::PUT, Method::GET, Method::DELETE] {
            let body = if method == Method::PUT { r#"{"companyId":42}"# } else { "" };
            let request = axum::http::Request::builder().method(method).uri(path).body(body.into()).unwrap();
            node.refuses(request, 422, &invalid(&errors)).await;
        }
    }
    node.put_json("/resources/%6frder/%37", &json!({ "companyId": 42 })).await.is(200);
    node.get(ORDER).await.is(200);
}

#[tokio::test]
async fn absent_resources_are_not_found() {
    let node = node().await;
    let answer = json!({ "message": "Not found", "errors": ["There is no such resource."] });
    for method in [Method::GET, Method::DELETE] {
        let request = axum::http::Request::builder().method(method).uri(ORDER).body("".into()).unwrap();
        node.refuses(request, 404, &answer).await;
    }
}

#[tokio::test]
async fn a_resource_belongs_to_its_company() {
    let node = node().await;
    node.put_json(ORDER, &json!({ "companyId": 42 })).await.is(200);
    let why = "The resource belongs to another company.";
    let answer = json!({ "message": "Conflict", "errors": [why] });
    let put = axum::http::Request::put(ORDER).body(r#"{"companyId":43}"#.into()).unwrap();
    node.refuses(put, 409, &answer).await;
    let path = format!("{ORDER}?companyId=43");
    node.refuses(axum::http::Request::delete(&path).body("".into()).unwrap(), 409, &answer).await;
    for bad in ["", "a%20b", "42&companyId=42"] {
        let path = format!("{ORDER}?companyId={bad}");
        let why = "Query parameter companyId invalid: it must be the id of a company, once";
        node.refuses(axum::http::Request::delete(&path).body("".into()).unwrap(), 422, &invalid(&[why]))
            .await;
    }
    node.delete(&format!("{ORDER}?companyId=42")).await.is(200);
    node.put_json(ORDER, &json!({ "companyId": 43 })).await.is(200);
}
