//! Secrets: replaced while receivers still have the old one, and those of which receivers have the public half only.

use serde_json::json;
use svix::models::{EndpointIn, EndpointSecretRotateIn, MessageIn};

use crate::checks::{Outcome, check, equal, names};
use crate::signatures::{new_key, verified, verified_asymmetric};
use crate::tour::Tour;

/// While a secret is being replaced, receivers with the old one and with the new one both accept.
pub(crate) async fn rotation(tour: &Tour) -> Outcome {
    let (endpoint, rotate) = (tour.endpoint.clone(), EndpointSecretRotateIn::default());
    let answered = tour.svix.endpoint().rotate_secret(tour.app(), endpoint, rotate, None).await?.key;
    let new = tour.secret_of(&tour.endpoint).await?;
    equal("the new secret in the answer", &answered, &new)?;
    check(new != tour.secret, "another secret after the rotation", "the same")?;
    let message = MessageIn { channels: names(["eu"]), ..tour.message_in("paid", json!({"rotated": true})) };
    let call = tour.receiver.message("/paid", &tour.send(message).await?.id).await?;
    verified(&call, &tour.secret)?;
    verified(&call, &new)
}

pub(crate) async fn asymmetric(tour: &Tour) -> Outcome {
    let (secret, public_key) = new_key()?;
    let endpoint = tour.make(EndpointIn { secret: Some(secret), ..tour.endpoint_in("signed") }).await?;
    equal("the secret that may be seen", &tour.secret_of(&endpoint.id).await?, &public_key)?;
    let message = tour.send(tour.message_in("signed", json!({"amount": 12.5}))).await?.id;
    verified_asymmetric(&tour.receiver.message("/signed", &message).await?, &public_key)
}
