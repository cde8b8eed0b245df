//! What the platform's customers register: endpoints, and the headers these want.

use std::collections::BTreeMap;

use js_option::JsOption;
use serde_json::json;
use svix::api::EndpointListOptions;
use svix::models::{EndpointHeadersIn, EndpointHeadersPatchIn, EndpointIn, EndpointPatch, EndpointUpsertIn};

use crate::checks::{Outcome, check, equal, names};
use crate::tour::Tour;

pub(crate) async fn endpoints(tour: &mut Tour) -> Outcome {
    let (api, url, uid) = (tour.svix.endpoint(), tour.receiver.url("/paid"), format!("{}-ep", tour.run));
    let paid = names([&tour.event_type("paid")]);
    let wanted = EndpointIn {
        uid: Some(uid.clone()),
        description: Some("First".to_owned()),
        channels: names(["eu"]),
        ..tour.endpoint_in("paid")
    };
    let made = tour.make(wanted).await?;
    check(made.id.starts_with("ep_"), "an id that begins with ep_", &made.id)?;
    equal("filters", (made.event_types, made.channels), (paid.clone(), names(["eu"])))?;
    equal("disabled", made.disabled, Some(false))?;
    equal("the endpoint by its uid", api.get(tour.app(), uid.clone()).await?.url, &*url)?;

    let whole = EndpointUpsertIn {
        uid: Some(uid),
        description: Some("Second".to_owned()),
        event_types: paid.clone(),
        ..EndpointUpsertIn::new(url)
    };
    let replaced = api.upsert(tour.app(), made.id.clone(), whole).await?;
    equal("the endpoint after PUT", (&*replaced.id, &*replaced.description), (&*made.id, "Second"))?;
    equal("channels after PUT", replaced.channels, None)?;

    let change = EndpointPatch {
        channels: names(["eu", "us"]).map_or(JsOption::Null, JsOption::Some),
        metadata: Some([("team".to_owned(), "billing".to_owned())].into()),
        ..EndpointPatch::default()
    };
    let patched = api.patch(tour.app(), made.id.clone(), change).await?;
    equal("channels after PATCH", patched.channels, names(["eu", "us"]))?;
    equal("metadata after PATCH", json!(patched.metadata), json!({"team": "billing"}))?;
    equal("what PATCH kept", (&*patched.description, patched.event_types), ("Second", paid))?;

    let url = tour.receiver.url("/other");
    let other =
        tour.make(EndpointIn { url, channels: names(["asia"]), ..tour.endpoint_in("paid") }).await?.id;
    let options = EndpointListOptions { limit: Some(10), ..EndpointListOptions::default() };
    let listed = api.list(tour.app(), Some(options)).await?.data;
    let ids: Vec<_> = listed.into_iter().map(|one| one.id).collect();
    equal("the endpoints, newest first", ids, [&*other, &*made.id])?;
    let secret = tour.secret_of(&made.id).await?;
    check(secret.starts_with("whsec_"), "a secret that begins with whsec_", "another")?;
    (tour.endpoint, tour.other, tour.secret) = (made.id, other, secret);
    Ok(())
}

pub(crate) async fn headers(tour: &Tour) -> Outcome {
    let (api, endpoint) = (tour.svix.endpoint(), &tour.endpoint);
    let all = headers_of([("x-tour", "1"), ("x-api-key", "hidden"), ("x-old", "1")]);
    api.set_headers(tour.app(), endpoint.clone(), EndpointHeadersIn::new(all)).await?;
    let change = EndpointHeadersPatchIn {
        headers: headers_of([("x-tour", "2")]),
        delete_headers: Some(vec!["x-old".to_owned()]),
    };
    api.patch_headers(tour.app(), endpoint.clone(), change).await?;
    let found = api.get_headers(tour.app(), endpoint.clone()).await?;
    equal("the headers that may be seen", found.headers, headers_of([("x-tour", "2")]))?;
    equal("the headers that may not", Some(found.sensitive), names(["x-api-key"]))
}

fn headers_of<const N: usize>(headers: [(&str, &str); N]) -> BTreeMap<String, String> {
    headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}
