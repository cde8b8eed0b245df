//! Who may do what, for every operation of the document: none can be forgotten.

use serde_json::json;

use super::operations::{Operation, operations};
use super::tenants::{ELSEWHERE, KEYS, MARK, NOWHERE, Names, Tenants};
use super::tokens::token;

/// Checks that a call is refused with one of these, tells nothing about the first app, and changes nothing.
async fn check_refused(tenants: &Tenants, operation: &Operation, names: &Names, statuses: &[u16], who: &str) {
    let before = tenants.dump();
    let reply = tenants.call(operation, names).await;
    let what = format!("{} {names:?} by {who}: {} {}", operation.name, reply.status, reply.text);
    assert!(statuses.contains(&reply.status.as_u16()), "{what}");
    assert!(reply.json()["code"].is_string(), "{what}");
    assert!(!reply.text.contains(MARK), "{what}");
    assert!(tenants.dump() == before, "{what} changed something");
}

#[tokio::test]
async fn each_scope_is_enough_for_what_it_is_for() {
    for (scope, key) in KEYS {
        for operation in operations() {
            if operation.is_open() || !operation.allowed.contains(scope) {
                continue;
            }
            let mut tenants = Tenants::alone().await;
            tenants.client.becomes(key);
            let reply = tenants.call(&operation, &tenants.own).await;
            assert!(reply.status.is_success(), "{} {scope}: {} {}", operation.name, reply.status, reply.text);
        }
    }
}

#[tokio::test]
async fn a_scope_is_enough_for_nothing_else() {
    let mut tenants = Tenants::new().await;
    for (scope, key) in KEYS {
        tenants.client.becomes(key);
        for operation in operations().iter().filter(|one| !one.is_open() && !one.allowed.contains(scope)) {
            // To log out is only for tokens of the app portal.
            let is_logout = operation.name == "v1.authentication.logout";
            let statuses: &[u16] = if is_logout { &[400, 403] } else { &[403] };
            for names in [&tenants.own, &tenants.own_uids] {
                check_refused(&tenants, operation, names, statuses, key).await;
            }
        }
    }
}

#[tokio::test]
async fn without_a_key_that_opens_nothing_can_be_called_but_what_is_open() {
    let mut tenants = Tenants::new().await;
    let soon = json!({ "sub": "org_00000000001", "exp": 1 });
    let keys = ["", "unknown", "revoked", "expired", "admin ", "Bearer admin", &token(&soon)];
    for key in keys {
        tenants.client.becomes(key);
        for operation in operations() {
            if operation.is_open() {
                assert!(tenants.call(&operation, &tenants.own).await.status.is_success());
            } else {
                check_refused(&tenants, &operation, &tenants.own, &[401], key).await;
            }
        }
    }
}

/// The parameters that name something of one tenant alone; each organization has event types of the same names.
fn is_about_one_tenant(operation: &Operation) -> bool {
    operation.parameters().iter().any(|name| *name != "event_type_name")
}

#[tokio::test]
async fn nothing_of_another_organization_is_there() {
    let mut tenants = Tenants::new().await;
    let tokens = [ELSEWHERE, NOWHERE].map(|organization| token(&json!({ "sub": organization })));
    for key in ["admin 2", "admin 3", &tokens[0], &tokens[1]] {
        tenants.client.becomes(key);
        for operation in operations().into_iter().filter(is_about_one_tenant) {
            check_refused(&tenants, &operation, &tenants.own, &[404], key).await;
        }
    }
}

#[tokio::test]
async fn nothing_of_another_app_is_there() {
    let mut tenants = Tenants::new().await;
    let claims = |org: &str, app: &str| token(&json!({ "sub": app, "org": org }));
    let tokens = [
        claims("org_00000000001", &tenants.other["app_id"]),
        claims(ELSEWHERE, &tenants.foreign["app_id"]),
        // Those of one organization for an app of another are for nothing.
        claims(ELSEWHERE, &tenants.own["app_id"]),
    ];
    for key in ["p 2", "p 3", &tokens[0], &tokens[1], &tokens[2]] {
        tenants.client.becomes(key);
        for operation in operations().into_iter().filter(is_about_one_tenant) {
            for names in [&tenants.own, &tenants.own_uids] {
                check_refused(&tenants, &operation, names, &[403, 404], key).await;
            }
        }
    }
}

#[tokio::test]
async fn what_is_in_one_app_is_not_found_through_another() {
    let mut tenants = Tenants::new().await;
    for key in ["admin", "p 2", "admin 2", "p 3"] {
        tenants.client.becomes(key);
        let of = if ["admin", "p 2"].contains(&key) { &tenants.other } else { &tenants.foreign };
        for operation in operations().into_iter().filter(Operation::is_about_an_app) {
            let mut parameters = operation.parameters();
            parameters.retain(|name| *name != "app_id");
            // Every choice of those that are another's, but none of them.
            for choice in 1..1 << parameters.len() {
                let mut names = of.clone();
                for (at, &name) in parameters.iter().enumerate() {
                    if choice & (1 << at) != 0 {
                        *names.get_mut(name).unwrap() = tenants.own[name].clone();
                    }
                }
                let admin = key.starts_with("admin");
                let statuses: &[u16] =
                    if admin || operation.allowed.contains('p') { &[404] } else { &[403, 404] };
                check_refused(&tenants, &operation, &names, statuses, key).await;
            }
        }
    }
}

#[tokio::test]
async fn lists_of_a_tenant_are_its_own() {
    let mut tenants = Tenants::new().await;
    for key in ["admin 2", "p 2", "p 3", "admin 3"] {
        tenants.client.becomes(key);
        let names = if key == "p 2" { &tenants.other } else { &tenants.foreign };
        for operation in operations() {
            let reply = tenants.call(&operation, names).await;
            let what = format!("{} by {key}: {} {}", operation.name, reply.status, reply.text);
            assert!(!reply.text.contains(MARK) && !reply.status.is_server_error(), "{what}");
            assert!(
                !tenants.own.iter().any(|(name, id)| *name != "event_type_name" && reply.text.contains(id)),
                "{what}"
            );
        }
    }
}
