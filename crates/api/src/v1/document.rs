//! The description of the full API in the OpenAPI format 3.1, made of what the handlers say of themselves.

use std::sync::LazyLock;

use axum::http::StatusCode;
use axum::response::Response;
use bytes::Bytes;
use utoipa::OpenApi;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Content, OpenApi as Document, Ref, ResponseBuilder};
use utoipa_axum::routes;

use super::error::{Invalid, Problem, Said};
use super::{BASE, Routes};
use crate::answer::verbatim;

#[derive(OpenApi)]
#[openapi(
    info(title = "Whimbrel", description = "Webhooks that arrive.", license(name = "Apache-2.0", identifier = "Apache-2.0")),
    components(schemas(Said<'static>, Invalid<'static>, Problem)),
    security(("key" = []))
)]
struct Root;

/// The whole document, as JSON.
pub fn document() -> String {
    let operations = super::remembered().merge(super::unremembered()).merge(super::open()).into_openapi();
    let mut document = Root::openapi();
    let key = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
    document.components.get_or_insert_default().add_security_scheme("key", SecurityScheme::Http(key));
    let mut document = document.nest(BASE, operations);
    describe_errors(&mut document);
    document.to_pretty_json().expect("the document is JSON")
}

/// What any operation may answer, whatever it does.
fn describe_errors(document: &mut Document) {
    for item in document.paths.paths.values_mut() {
        let operations =
            [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch, &mut item.head];
        for operation in operations.into_iter().flatten() {
            describe(operation);
        }
    }
}

fn describe(operation: &mut Operation) {
    const SAID: [(&str, &str); 10] = [
        ("400", "It makes no sense"),
        ("401", "No key, or none that opens anything"),
        ("403", "The key is for other things"),
        ("404", "It is not there"),
        ("408", "The body did not come to its end in time"),
        ("409", "It contradicts what is stored"),
        ("413", "The body is too large"),
        ("415", "The body is compressed"),
        ("500", "A defect of the server"),
        ("503", "The server cannot do it now"),
    ];
    let is_open =
        operation.security.as_ref().is_some_and(|needed| needed.iter().all(|one| *one == <_>::default()));
    let mut add = |status: &str, description: &str, schema: &str| {
        let content = Content::new(Some(Ref::from_schema_name(schema)));
        let response = ResponseBuilder::new().description(description).content("application/json", content);
        operation.responses.responses.entry(status.to_owned()).or_insert_with(|| response.build().into());
    };
    if !is_open {
        for (status, description) in SAID {
            add(status, description, "HttpErrorOut");
        }
        add("422", "Parts are missing or wrong", "HttpValidationError");
    }
}

/// The operation that serves it.
pub(super) fn routes() -> Routes {
    Routes::new().routes(routes!(serve))
}

static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| document().into());

/// This document
#[utoipa::path(
    get,
    path = "/openapi.json",
    operation_id = "v1.openapi.get",
    tag = "Health",
    security(()),
    responses((status = 200, description = "The description of this API in the OpenAPI format", body = serde_json::Value))
)]
async fn serve() -> Response {
    verbatim(StatusCode::OK, DOCUMENT.clone())
}
