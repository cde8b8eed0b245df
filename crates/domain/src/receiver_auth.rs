//! stub
/// stub
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ReceiverAuth {
    /// stub
    #[default]
    None,
}
