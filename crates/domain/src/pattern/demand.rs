//! What a pattern asks of a value, as a tree.

use std::sync::Arc;

use super::leaf::Leaf;

/// All that is asked of an object: every field and every choice must hold.
#[derive(Clone, Default)]
pub(super) struct Demands {
    /// Each name once.
    pub(super) fields: Vec<Field>,
    /// The `$or`s: one of the branches of each must hold. Once combined, none names a field that anything beside
    /// it names, so that the parts of an object can be judged one by one.
    pub(super) choices: Vec<Vec<Demands>>,
}

/// What is asked of one member of an object.
#[derive(Clone)]
pub(super) struct Field {
    pub(super) name: Arc<str>,
    pub(super) demand: Demand,
}

/// What is asked of a member's value.
#[derive(Clone)]
pub(super) enum Demand {
    /// All of these comparisons must hold: one as written, more where a `$or` compares the field once more.
    Compared(Vec<Arc<Leaf>>),
    /// The value is an object, or an array with objects.
    Within(Demands),
}
