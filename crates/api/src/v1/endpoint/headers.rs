//! `…/endpoint/{endpoint_id}/headers`: what the owner of an endpoint adds to its calls. Values of headers that usually hold
//! secrets are never shown.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use axum::extract::State;
use domain::endpoint::Endpoint;
use domain::headers::{CustomHeaders, InvalidHeader};
use domain::limits::HEADERS_MAX;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::catalog::update;
use crate::Api;
use crate::v1::Routes;
use crate::v1::access::{EndpointManager, EndpointReader, PathApp};
use crate::v1::answer::{Answer, nothing, ok};
use crate::v1::body::Json;
use crate::v1::error::Error;
use crate::v1::items::AtMost;
use crate::v1::msg::PathEndpoint;

pub(super) fn routes() -> Routes {
    Routes::new().routes(routes!(read, set, patch))
}

/// The headers of an endpoint's calls.
#[derive(Serialize, ToSchema)]
pub(in crate::v1) struct EndpointHeadersOut<'a> {
    /// Those that hold no secrets.
    #[schema(value_type = BTreeMap<String, String>)]
    headers: BTreeMap<&'a str, &'a str>,
    /// The names of the others.
    #[schema(value_type = Vec<String>)]
    sensitive: Vec<&'a str>,
}

/// Headers that take the place of all others.
#[derive(Deserialize, ToSchema)]
pub(in crate::v1) struct EndpointHeadersIn {
    /// Names and values.
    #[schema(value_type = BTreeMap<String, String>)]
    headers: Pairs<String>,
}

/// What is to be changed of headers; the others stay.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::v1) struct EndpointHeadersPatchIn {
    /// Names and values; `null` takes a header away.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, Option<String>>)]
    headers: Option<Pairs<Option<String>>>,
    /// Names of headers that are taken away.
    #[schema(value_type = Option<Vec<String>>, max_items = 32)]
    delete_headers: Option<AtMost<String, HEADERS_MAX>>,
}

/// Read an endpoint's headers
#[utoipa::path(
    get,
    path = "/app/{app_id}/endpoint/{endpoint_id}/headers",
    operation_id = "v1.endpoint.get-headers",
    tag = super::TAG,
    params(PathApp, PathEndpoint),
    responses((status = 200, description = "The headers", body = EndpointHeadersOut<'static>))
)]
async fn read(EndpointReader { endpoint }: EndpointReader) -> Answer {
    show_headers(&endpoint)
}

/// Replace an endpoint's headers
#[utoipa::path(
    put,
    path = "/app/{app_id}/endpoint/{endpoint_id}/headers",
    operation_id = "v1.endpoint.update-headers",
    tag = super::TAG,
    params(PathApp, PathEndpoint),
    request_body = EndpointHeadersIn,
    responses((status = 204, description = "They are as they should be"))
)]
async fn set(
    State(api): State<Arc<Api>>,
    EndpointManager { endpoint, .. }: EndpointManager,
    Json(body): Json<EndpointHeadersIn>,
) -> Answer {
    set_headers(&api, &endpoint, body).await
}

/// Change an endpoint's headers
#[utoipa::path(
    patch,
    path = "/app/{app_id}/endpoint/{endpoint_id}/headers",
    operation_id = "v1.endpoint.patch-headers",
    tag = super::TAG,
    params(PathApp, PathEndpoint),
    request_body = EndpointHeadersPatchIn,
    responses((status = 204, description = "They are as they should be"))
)]
async fn patch(
    State(api): State<Arc<Api>>,
    EndpointManager { endpoint, .. }: EndpointManager,
    Json(body): Json<EndpointHeadersPatchIn>,
) -> Answer {
    let Pairs(mut changes) = body.headers.unwrap_or_default();
    let deleted = body.delete_headers.map_or_else(Vec::new, |AtMost(names)| names);
    changes.extend(deleted.into_iter().map(|name| (name, None)));
    let now = api.doors.now();
    update(&api, &endpoint, |endpoint| {
        let headers = endpoint.headers.patch(changes.clone()).map_err(|why| invalid(&why))?;
        Ok(Endpoint { headers, updated_at: now, ..endpoint })
    })
    .await?;
    nothing()
}

/// Answers with what may be shown of headers.
pub(in crate::v1) fn show_headers(endpoint: &Endpoint) -> Answer {
    let shown = endpoint.headers.shown();
    ok(&EndpointHeadersOut { headers: shown.plain.into_iter().collect(), sensitive: shown.sensitive })
}

/// Replaces all headers of an endpoint.
pub(in crate::v1) async fn set_headers(api: &Api, endpoint: &Endpoint, body: EndpointHeadersIn) -> Answer {
    let Pairs(headers) = body.headers;
    let (headers, now) = (CustomHeaders::new(headers).map_err(|why| invalid(&why))?, api.doors.now());
    update(api, endpoint, |endpoint| Ok(Endpoint { headers: headers.clone(), updated_at: now, ..endpoint }))
        .await?;
    nothing()
}

fn invalid(why: &InvalidHeader) -> Error {
    Error::invalid(&["body", "headers"], why.to_string())
}

/// The members of an object, in their order, and each as often as it is there.
pub(in crate::v1) struct Pairs<V>(pub(super) Vec<(String, V)>);

impl<V> Default for Pairs<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Pairs<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PairsVisitor(PhantomData))
    }
}

struct PairsVisitor<V>(PhantomData<V>);

impl<'de, V: Deserialize<'de>> Visitor<'de> for PairsVisitor<V> {
    type Value = Pairs<V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of header names and values")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<V>, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            // One more than may be is enough for the refusal.
            if pairs.len() <= HEADERS_MAX {
                pairs.push(pair);
            }
        }
        Ok(Pairs(pairs))
    }
}
