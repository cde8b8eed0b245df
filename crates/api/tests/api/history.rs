//! `GET /webhook_history/{companyId}`.

use serde_json::{Value, json};

use crate::node::{NOW, Node, invalid};

/// Creates a candidate whose webhook does what `url` says, and answers its call once `status` is reached.
async fn call(url: &str, status: &str) -> (Node, Value) {
    let node = Node::new().await;
    node.register(url).await;
    node.create_candidate().await;
    let mut found = node.until("/webhook_history/42", |found| found["data"][0]["status"] == status).await;
    let call = found["data"][0].take();
    (node, call)
}

#[tokio::test]
async fn a_call_is_pending_then_a_success() {
    let (node, pending) = call("https://example.com/hang", "pending").await;
    let keys: Vec<&String> = pending.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["companyId", "createdAt", "payload", "pk", "status", "url"], "no output");
    assert_eq!(node.receivers.requests().len(), 1);

    let (node, success) = call("https://example.com/ok", "success").await;
    let sent: Value = serde_json::from_slice(&node.receivers.requests()[0].body).unwrap();
    let expected = json!({
        "pk": success["pk"],
        "companyId": "42",
        "createdAt": NOW,
        "status": "success",
        "payload": sent,
        "url": "https://example.com/ok",
        "output": "{}",
    });
    assert_eq!(success, expected);
    assert!(success["pk"].as_str().unwrap().starts_with("dlv_"));
}

#[tokio::test]
async fn the_payload_is_shown_byte_for_byte() {
    let (node, _) = call("https://example.com/ok", "success").await;
    let sent = String::from_utf8(node.receivers.requests()[0].body.to_vec()).unwrap();
    let shown = node.get("/webhook_history/42").await.text;
    assert!(shown.contains(&format!(r#""payload":{sent},"#)), "{shown}");
}

#[tokio::test]
async fn a_failed_call_says_what_went_wrong() {
    let cases = [
        ("/fail", "http_status: The receiver answered 503."),
        ("/gone", "gone: The receiver answered 410: it wants no more calls."),
        ("/refuse", "connect_refused: Nobody listens there."),
    ];
    for (path, error) in cases {
        let (_, failed) = call(&format!("https://example.com{path}"), "failed").await;
        let output = failed["output"].as_str().unwrap();
        assert_eq!(output, format!(r#"{{"Error":"{error}","Cause":"Webhook call failure"}}"#));
    }
}

#[tokio::test]
async fn a_company_without_calls_has_an_empty_history() {
    let node = Node::new().await;
    for company in ["42", "nobody", "a.b_c-d", "%34%32"] {
        let reply = node.get(&format!("/webhook_history/{company}")).await;
        reply.is(200);
        assert_eq!(reply.text, r#"{"data":[]}"#);
    }
}

#[tokio::test]
async fn pages_walk_through_all_calls_newest_first() {
    let node = Node::new().await;
    node.register("https://example.com/ok").await;
    for _ in 0..7 {
        node.create_candidate().await;
    }
    let all = node.get("/webhook_history/42").await.json();
    assert_eq!(all.as_object().unwrap().len(), 1, "no iterator where nothing follows");
    let all: Vec<Value> = all["data"].as_array().unwrap().iter().map(|call| call["pk"].clone()).collect();
    assert!(all.is_sorted_by(|a, b| a.as_str() > b.as_str()) && all.len() == 7);
    for limit in 1..=8 {
        let mut walked: Vec<Value> = Vec::new();
        let mut path = format!("/webhook_history/42?limit={limit}");
        loop {
            let page = node.get(&path).await.json();
            walked.extend(page["data"].as_array().unwrap().iter().map(|call| call["pk"].clone()));
            let Some(iterator) = page.get("iterator") else { break };
            assert_eq!(iterator, walked.last().unwrap());
            path = format!("/webhook_history/42?iterator={}&limit={limit}", iterator.as_str().unwrap());
        }
        assert_eq!(walked, all, "with limit {limit}");
    }
}

#[tokio::test]
async fn a_page_has_fifty_calls_unless_asked_otherwise() {
    let node = Node::new().await;
    node.register("https://example.com/ok").await;
    for _ in 0..51 {
        node.create_candidate().await;
    }
    for (path, rows) in
        [("", 50), ("?limit=51", 51), ("?limit=250", 51), ("?limit=050", 50), ("?other=1", 50)]
    {
        let found = node.get(&format!("/webhook_history/42{path}")).await.json();
        assert_eq!(found["data"].as_array().unwrap().len(), rows, "{path}");
        assert_eq!(found.get("iterator").is_some(), rows < 51, "{path}");
    }
}

#[tokio::test]
async fn a_page_with_large_payloads_ends_early() {
    let node = Node::new().await;
    let webhook = json!({ "companyId": 42, "url": "https://example.com/ok", "eventType": "order.paid" });
    node.post_json("/webhooks", &webhook).await.is(200);
    let order = json!({ "companyId": 42, "text": "x".repeat(1024 * 1000) });
    node.put_json("/resources/order/7", &order).await.is(200);
    let detail =
        json!({ "companyId": 42, "webhookEvent": "order.paid", "resourceType": "order", "resourceId": 7 });
    let event = json!({ "source": "crm", "detail-type": "OrderPaid", "detail": detail });
    node.post_json("/events", &json!(vec![event; 6])).await.is(200);
    let first = node.get("/webhook_history/42?limit=250").await.json();
    assert_eq!(first["data"].as_array().unwrap().len(), 4);
    let iterator = first["iterator"].as_str().unwrap();
    assert_eq!(iterator, first["data"][3]["pk"]);
    let second = node.get(&format!("/webhook_history/42?limit=250&iterator={iterator}")).await.json();
    assert_eq!((second["data"].as_array().unwrap().len(), second.get("iterator")), (2, None));
}

#[tokio::test]
async fn another_companys_iterator_shows_nothing_of_it() {
    let (node, call) = call("https://example.com/ok", "success").await;
    let path = format!("/webhook_history/43?iterator={}", call["pk"].as_str().unwrap());
    assert_eq!(node.get(&path).await.text, r#"{"data":[]}"#);
}

#[tokio::test]
async fn bad_questions_are_told_what_is_wrong() {
    const LIMIT: &str = "Query parameter limit invalid: it must be a whole number from 1 to 250, once";
    const ITERATOR: &str = "Query parameter iterator invalid: it must be the id of the last row seen, once";
    const COMPANY: &str = "Required field companyId not found or invalid";
    let node = Node::new().await;
    let bad_limits =
        ["0", "251", "-1", "%2B5", "1.5", "1e2", "", "x", "99999999999999999999999", "5&limit=5", "%00"];
    for limit in bad_limits {
        let reply = node.get(&format!("/webhook_history/42?limit={limit}")).await;
        reply.is(422);
        assert_eq!(reply.json(), invalid(&[LIMIT]), "{limit}");
    }
    let bad_iterators = ["", "x", "dlv_", "msg_0123456789A", "dlv_0123456789A0123456789", "%ff", "%27%3B--"];
    for iterator in bad_iterators {
        let reply = node.get(&format!("/webhook_history/42?iterator={iterator}")).await;
        reply.is(422);
        assert_eq!(reply.json(), invalid(&[ITERATOR]), "{iterator}");
    }
    let too_long = "x".repeat(257);
    for company in ["a%20b", "%2e%2e%2f", "%00", "%ff", "%C3%A9", "'--", &too_long] {
        let reply = node.get(&format!("/webhook_history/{company}")).await;
        reply.is(422);
        assert_eq!(reply.json(), invalid(&[COMPANY]), "{company}");
    }
    let reply = node.get("/webhook_history/a%20b?limit=0&iterator=7").await;
    assert_eq!(reply.json(), invalid(&[COMPANY, LIMIT, ITERATOR]), "all at once");
}
