//! The description of the full API in the OpenAPI format 3.1, made of what the handlers say of themselves.

use std::sync::LazyLock;

use axum::http::StatusCode;
use axum::response::Response;
use bytes::Bytes;
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Content, PathItem, Ref, ResponseBuilder};
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
    let gated =
        super::remembered().merge(super::unremembered()).merge(super::sending()).merge(super::batches());
    let operations = gated.merge(super::open()).into_openapi();
    let mut document = Root::openapi().nest(BASE, operations);
    let key = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
    let components = document.components.get_or_insert_default();
    components.add_security_scheme("key", SecurityScheme::Http(key));
    for (status, name, description) in ERRORS {
        let schema = if status == INVALID { "HttpValidationError" } else { "HttpErrorOut" };
        let content = Content::new(Some(Ref::from_schema_name(schema)));
        let response = ResponseBuilder::new().description(description).content("application/json", content);
        components.responses.insert(name.to_owned(), response.build().into());
    }
    document.paths.paths.values_mut().for_each(describe_errors);
    document.to_pretty_json().expect("the document is JSON")
}

const INVALID: &str = "422";
/// What any operation may answer, whatever it does.
const ERRORS: [(&str, &str, &str); 11] = [
    ("400", "BadRequest", "It makes no sense"),
    ("401", "Unauthorized", "No key, or none that opens anything"),
    ("403", "Forbidden", "The key is for other things"),
    ("404", "NotFound", "It is not there"),
    ("408", "Timeout", "The body did not come to its end in time"),
    ("409", "Conflict", "It contradicts what is stored"),
    ("413", "TooLarge", "It is too large"),
    ("415", "Encoded", "The body is compressed"),
    (INVALID, "Invalid", "Parts are missing or wrong"),
    ("500", "Defect", "A defect of the server"),
    ("503", "Unavailable", "The server cannot do it now"),
];

fn describe_errors(item: &mut PathItem) {
    // Questions that need no key say themselves what they answer.
    let questions = [&mut item.get, &mut item.head].into_iter().flatten();
    let questions = questions.filter(|operation| operation.security.is_none());
    let changes = [&mut item.put, &mut item.post, &mut item.delete, &mut item.patch].into_iter().flatten();
    for operation in questions.chain(changes) {
        for (status, name, _) in ERRORS {
            let answers = &mut operation.responses.responses;
            answers.entry(status.to_owned()).or_insert_with(|| Ref::from_response_name(name).into());
        }
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
