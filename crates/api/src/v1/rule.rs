//! `/api/v1/rule`: which change becomes which event type, as it is configured.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use domain::change::ChangeKind;
use domain::name::{EventTypeName, ResourceType};
use domain::pattern::Pattern;
use domain::rule::Rule;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::Routes;
use super::access::OrgReader;
use super::answer::{Answer, ok};
use super::page::List;
use crate::Api;

pub(super) fn routes() -> Routes {
    Routes::new().routes(routes!(list))
}

/// Which change becomes which event type.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct RuleOut<'a> {
    /// The kind of change: insert, update or delete.
    #[schema(value_type = String, example = "update")]
    change: ChangeKind,
    /// The type of the resource.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "order")]
    resource_type: &'a ResourceType,
    /// The fields of the resource and the values that they must have.
    #[schema(value_type = Object)]
    fields: &'a BTreeMap<String, Value>,
    /// What the record must be like, as an event pattern.
    #[schema(value_type = Option<Object>, required = true)]
    pattern: Option<&'a Pattern>,
    /// What the change becomes.
    #[schema(value_type = String, example = "order.paid")]
    event_type: &'a EventTypeName,
}

impl<'a> From<&'a Rule> for RuleOut<'a> {
    fn from(rule: &'a Rule) -> Self {
        Self {
            change: rule.change,
            resource_type: &rule.resource_type,
            fields: &rule.fields,
            pattern: rule.pattern.as_ref(),
            event_type: &rule.event_type,
        }
    }
}

/// List the rules, in their order
///
/// They stand in the configuration, and are the same for all organizations. All of them are on the page.
#[utoipa::path(
    get,
    path = "/rule",
    operation_id = "v1.rule.list",
    tag = "Rule",
    responses((status = 200, description = "All rules", body = List<RuleOut<'static>>))
)]
async fn list(State(api): State<Arc<Api>>, _: OrgReader) -> Answer {
    let rules = api.doors.accept.rules().as_slice();
    ok(&List::complete(rules.iter().map(RuleOut::from).collect()))
}
