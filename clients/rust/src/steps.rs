//! The steps of the tour, by topic. A step is a function that ends with what was expected and not found.

pub(crate) mod catalog;
pub(crate) mod delivery;
pub(crate) mod endpoints;
pub(crate) mod organization;
pub(crate) mod replay;
pub(crate) mod secrets;
