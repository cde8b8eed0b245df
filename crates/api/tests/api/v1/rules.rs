//! `/api/v1/rule`.

use domain::rule::{Rule, Rules};
use serde_json::json;

use super::client::Client;
use crate::node::Setup;

#[tokio::test]
async fn rules_are_told_in_their_order() {
    let rules = [
        r#"{"change":"update","type":"order","fields":{"state":"paid","n":[1,null]},"event_type":"order.paid"}"#,
        r#"{"change":"insert","type":"order","pattern":{"n": [{"numeric": [">", 100]}]},"event_type":"order.large"}"#,
        r#"{"change":"delete","type":"a","event_type":"a.gone"}"#,
    ];
    let rules: Vec<Rule> = rules.iter().map(|rule| serde_json::from_str(rule).unwrap()).collect();
    let client = Client::with(Setup { rules: Rules::new(rules).unwrap(), ..Setup::default() }).await;
    let told = client.get("/rule").await;
    told.is(200);
    let expected = json!({
        "data": [
            {"change": "update", "type": "order", "fields": {"state": "paid", "n": [1, null]}, "pattern": null, "eventType": "order.paid"},
            {"change": "insert", "type": "order", "fields": {}, "pattern": {"n": [{"numeric": [">", 100]}]}, "eventType": "order.large"},
            {"change": "delete", "type": "a", "fields": {}, "pattern": null, "eventType": "a.gone"},
        ],
        "iterator": null,
        "done": true,
    });
    assert_eq!(told.json(), expected);
    let many = r#"{"change":"insert","type":"a","event_type":"b"}"#;
    let many = vec![serde_json::from_str::<Rule>(many).unwrap(); 256];
    let client = Client::with(Setup { rules: Rules::new(many).unwrap(), ..Setup::default() }).await;
    let told = client.get("/rule?limit=1&iterator=x").await.json();
    assert_eq!((told["data"].as_array().unwrap().len(), &told["done"]), (256, &json!(true)));
}
