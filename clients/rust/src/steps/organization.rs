//! What concerns the organization: access for its customers, operational webhooks, refusals, and the end.

use serde_json::json;
use svix::api::{EventTypeDeleteOptions, OperationalWebhookEndpointListOptions};
use svix::models::OperationalWebhookEndpointIn;
use svix::models::{AppPortalAccessIn, ApplicationIn, EndpointIn, EventTypeIn, MessageIn};

use crate::checks::{Outcome, check, equal, invalid, items, names, page, refused};
use crate::signatures::verified;
use crate::steps::catalog::EVENT_TYPES;
use crate::tour::Tour;

/// The link's token opens one app and nothing else.
pub(crate) async fn portal(tour: &Tour) -> Outcome {
    let api = tour.svix.authentication();
    let access = api.app_portal_access(tour.app(), AppPortalAccessIn::default(), None).await?;
    check(access.url.starts_with("http"), "a link", &access.url)?;
    let customer = tour.svix.with_token(access.token);
    let seen = customer.endpoint().list(tour.app(), None).await?.data.len();
    check(seen > 0, "the customer to see the app's endpoints", seen)?;
    refused(403, customer.application().list(None).await)?;
    let stranger = tour.svix.application().create(ApplicationIn::new("Stranger".to_owned()), None).await?.id;
    refused(404, customer.endpoint().list(stranger.clone(), None).await)?;
    Ok(tour.svix.application().delete(stranger).await?)
}

pub(crate) async fn operational_webhooks(tour: &Tour) -> Outcome {
    let group = tour.svix.operational_webhook();
    let api = group.endpoint();
    let wanted = OperationalWebhookEndpointIn {
        event_types: names(["endpoint.created"]),
        ..OperationalWebhookEndpointIn::new(tour.receiver.url("/operational"))
    };
    let watcher = api.create(wanted, None).await?.id;
    let listed = async || -> Outcome<bool> {
        let all = items(async |iterator| {
            let options =
                OperationalWebhookEndpointListOptions { limit: Some(100), iterator, ..Default::default() };
            Ok(page!(api.list(Some(options)).await?))
        });
        Ok(all.await?.iter().any(|one| one.id == watcher))
    };

    check(listed().await?, "the operational endpoint in the list", "another list")?;
    let (url, channels) = (tour.receiver.url("/watched"), names(["asia"]));
    let endpoint = tour.make(EndpointIn { url, channels, ..tour.endpoint_in("paid") }).await?.id;
    let wanted = |call: &crate::receiver::Call| call.json()["data"]["endpointId"] == *endpoint;
    let call = tour.receiver.wait("/operational", "endpoint.created", wanted).await?;
    let event = call.json();
    equal("type", &event["type"], &json!("endpoint.created"))?;
    equal("app", &event["data"]["appId"], &json!(tour.app))?;
    equal("the app's uid", &event["data"]["appUid"], &json!(tour.app_uid()))?;
    verified(&call, &api.get_secret(watcher.clone()).await?.key)?;
    api.delete(watcher.clone()).await?;
    check(!listed().await?, "the deleted operational endpoint to be gone", "it in the list")
}

/// Each refusal is decoded into the client's own error types.
pub(crate) async fn refusals(tour: &Tour) -> Outcome {
    let svix = &tour.svix;
    let error = refused(404, svix.application().get("app_000000000000000000000000000".to_owned()).await)?;
    check(!error.code.is_empty() && !error.detail.is_empty(), "a code and a reason", &error)?;
    refused(401, svix.with_token("whk_wrong".to_owned()).application().list(None).await)?;
    let again = ApplicationIn { uid: Some(tour.app_uid()), ..ApplicationIn::new("Again".to_owned()) };
    refused(409, svix.application().create(again, None).await)?;
    let again = EventTypeIn::new(tour.event_type("paid"), "Again".to_owned());
    refused(409, svix.event_type().create(again, None).await)?;
    let repeated = MessageIn { event_id: Some(tour.event_id.clone()), ..tour.message_in("paid", json!({})) };
    refused(409, svix.message().create(tour.app(), repeated, None).await)?;

    let wrong = EndpointIn::new("not a url".to_owned());
    let problems = invalid(svix.endpoint().create(tour.app(), wrong, None).await)?;
    let problem = problems.first().ok_or("expected what is not valid")?;
    check(problem.loc.starts_with(&["body".to_owned(), "url".to_owned()]), "the place body, url", problem)?;
    check(!problem.msg.is_empty() && !problem.r#type.is_empty(), "a reason and a type", problem)
}

pub(crate) async fn deletion(tour: &Tour) -> Outcome {
    let (svix, endpoint) = (&tour.svix, tour.endpoint.clone());
    svix.endpoint().delete(tour.app(), endpoint.clone()).await?;
    refused(404, svix.endpoint().get(tour.app(), endpoint).await)?;
    svix.application().delete(tour.app()).await?;
    refused(404, svix.application().get(tour.app()).await)?;
    for name in EVENT_TYPES.iter().chain(&["archived"]) {
        let options = EventTypeDeleteOptions { expunge: Some(true) };
        svix.event_type().delete(tour.event_type(name), Some(options)).await?;
    }
    refused(404, svix.event_type().get(tour.event_type("paid")).await)?;
    Ok(())
}
