//! The reference cases of hostile and honest URLs.

use serde::Deserialize;

/// One line of the cases.
#[derive(Deserialize)]
pub(crate) struct Case {
    /// Names the case; also a company of its own.
    pub(crate) id: String,
    /// As a tenant may write it.
    pub(crate) url: String,
    /// What the registration must say: `accept`, `accept (only if allow_http)` or `reject:REASON`. Plain http is
    /// always allowed here.
    pub(crate) url_layer: String,
    /// What the guard says about the address in it: `allow`, `deny`, or that there is none.
    pub(crate) addr_layer: String,
    /// What must come of it: `never_connects`, `connects` or `dns-dependent`.
    pub(crate) e2e: String,
    /// What a browser's parser makes of it, if it is a URL at all.
    pub(crate) whatwg_parse: String,
}

impl Case {
    /// The code of the expected refusal.
    pub(crate) fn refusal(&self) -> Option<&str> {
        self.url_layer.strip_prefix("reject:")
    }
}

/// All of them.
pub(crate) fn cases() -> Vec<Case> {
    let lines = include_str!("../../../domain/tests/address_cases.jsonl").lines();
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}
