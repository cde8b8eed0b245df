//! Lists, walked in every way.

use std::fmt::Debug;

use engine::ports::page::{Order, Page, Slice, Start};

/// Asks for pages of a list whose rows in their ascending order have these keys: from both ends, from every row on, in
/// both directions, of several lengths.
pub(crate) async fn check_pages<K: Clone + Debug + Ord>(rows: &[K], ask: impl AsyncFn(Slice<K>) -> Page<K>) {
    for order in [Order::Ascending, Order::Descending] {
        let mut list = rows.to_vec();
        if order == Order::Descending {
            list.reverse();
        }
        let after = rows.iter().cloned().map(Start::After);
        let before = rows.iter().cloned().map(Start::Before);
        for start in std::iter::once(Start::First).chain(after).chain(before) {
            for limit in [0, 1, 2, rows.len(), usize::MAX] {
                let slice = Slice { limit, order, start: start.clone() };
                assert_eq!(ask(slice.clone()).await, expected(&list, &slice), "{slice:?}");
            }
        }
    }
}

/// What a list that is in the wanted order has to answer.
fn expected<K: Clone + Ord>(list: &[K], slice: &Slice<K>) -> Page<K> {
    let place = |key: &K| list.iter().position(|row| row == key).unwrap();
    let rows = match &slice.start {
        Start::First => list,
        Start::After(key) => &list[place(key) + 1..],
        Start::Before(key) => &list[..place(key)],
    };
    let left_out = rows.len().saturating_sub(slice.limit);
    let rows = match slice.start {
        Start::Before(_) => &rows[left_out..],
        _ => &rows[..rows.len() - left_out],
    };
    Page { rows: rows.to_vec(), more: left_out > 0 }
}
