//! The HTTP API. It turns requests into calls of the engine's doors and what is stored into answers; it decides
//! nothing about messages, and knows no adapter.
//!
//! Two doors lead to the same things: the article's routes (`seed`) and the full API under `/api/v1` (`v1`). Every
//! answer is JSON, but for the files of the console (`console`). The errors of each have one shape: see `error.rs` and
//! `v1/error.rs`.

mod access;
mod answer;
mod article;
mod body;
mod browser;
mod console;
mod email;
mod error;
mod fields;
mod front;
mod gate;
mod health;
mod json;
mod query;
mod routed;
mod seed;
mod settings;
mod v1;

use std::sync::Arc;

use engine::doors::Doors;

pub use access::{Access, JwtSecret};
pub use front::Front;
pub use health::Ready;
pub use settings::Settings;
pub use v1::document;

use crate::article::Article;
use crate::gate::Gate;

/// What the handlers work with.
pub struct Api {
    /// The ways into the engine, and the store behind it for questions.
    doors: Arc<Doors>,
    settings: Settings,
    schemas: v1::Schemas,
    /// Who is signed in to the console.
    sessions: access::session::Sessions,
    /// Who watches what happens.
    live: v1::Places,
}

impl Api {
    /// The API of a node.
    pub fn new(doors: Arc<Doors>, settings: Settings) -> Self {
        Self {
            doors,
            settings,
            schemas: v1::Schemas::default(),
            sessions: access::session::Sessions::default(),
            live: v1::Places::default(),
        }
    }
}

/// The console and all routes.
pub fn front(api: &Arc<Api>) -> Front {
    let gate = Gate::new(api.clone());
    Front { console: console::files(), full: v1::front(api, gate.clone()), article: Article::new(api, gate) }
}
