//! Pages of sorted maps.

use std::collections::BTreeMap;

use super::super::fault::StoreError;
use super::super::page::Slice;

/// A row of a list, which nothing can be wrong with.
pub(super) type Row<T> = Result<T, StoreError>;

/// The rows of a sorted map that the walk of a slice meets, in its direction.
pub(super) fn walk<'a, K: Ord, V>(
    rows: impl DoubleEndedIterator<Item = (&'a K, &'a V)> + 'a,
    slice: &'a Slice<K>,
) -> Box<dyn Iterator<Item = (&'a K, &'a V)> + 'a> {
    let met = rows.filter(|(key, _)| slice.meets(key));
    if slice.walks_up() { Box::new(met) } else { Box::new(met.rev()) }
}

/// A sorted map of what is sorted by something else.
pub(super) fn by<K: Ord, V>(rows: impl Iterator<Item = V>, key: impl Fn(&V) -> K) -> BTreeMap<K, V> {
    rows.map(|row| (key(&row), row)).collect()
}
