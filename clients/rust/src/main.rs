//! The tour of the official Svix client for Rust, unchanged, against Whimbrel.
//!
//!     cargo run -- http://127.0.0.1:8080 TOKEN
//!
//! Prints a line for each step and ends with 1 at the first that is not as expected.

mod checks;
mod receiver;
mod signatures;
mod steps;
mod tour;

use std::process::ExitCode;

use crate::checks::Outcome;
use crate::tour::Tour;

/// Goes through the steps in this order: later ones use what earlier ones made.
macro_rules! steps {
    ($tour:expr, $($topic:ident :: $step:ident,)*) => {{
        $(
            let name = concat!(stringify!($topic), ": ", stringify!($step));
            if let Err(error) = steps::$topic::$step($tour).await {
                println!("failed: {name}: {error}");
                return Ok(ExitCode::FAILURE);
            }
            println!("ok: {name}");
        )*
    }};
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, token] = arguments.as_slice() else {
        eprintln!("usage: tour URL TOKEN");
        return Ok(ExitCode::from(2));
    };
    let mut tour = Tour::new(url, token).await?;
    go(&mut tour).await
}

async fn go(tour: &mut Tour) -> Outcome<ExitCode> {
    steps!(
        tour,
        catalog::health,
        catalog::applications,
        catalog::application_pages,
        catalog::event_types,
        catalog::archiving,
        endpoints::endpoints,
        endpoints::headers,
        delivery::receiving,
        delivery::listing_messages,
        delivery::attempts,
        delivery::deliveries,
        delivery::statistics,
        secrets::rotation,
        secrets::asymmetric,
        delivery::idempotency,
        delivery::expunging,
        replay::resending,
        replay::recovering,
        replay::replaying_missing,
        replay::example,
        organization::portal,
        organization::operational_webhooks,
        organization::refusals,
        organization::deletion,
    );
    Ok(ExitCode::SUCCESS)
}
