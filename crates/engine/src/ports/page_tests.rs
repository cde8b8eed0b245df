use std::convert::Infallible;

use super::*;

/// The rows 1 to `last` that a slice meets, in the direction of its walk.
fn walk(last: usize, slice: &Slice<usize>) -> Vec<Result<usize, Infallible>> {
    let met = (1..=last).filter(|row| slice.meets(row));
    let met: Vec<usize> = if slice.walks_up() { met.collect() } else { met.rev().collect() };
    met.into_iter().map(Ok).collect()
}

fn page(last: usize, slice: &Slice<usize>) -> (Vec<usize>, bool) {
    let page = Page::of_walk(walk(last, slice), slice).unwrap_or_else(|never| match never {});
    (page.rows, page.more)
}

fn slice(order: Order, start: Start<usize>, limit: usize) -> Slice<usize> {
    Slice { limit, order, start }
}

#[test]
fn a_list_is_walked_from_either_end_in_both_directions() {
    use Order::{Ascending, Descending};
    use Start::{After, Before, First};
    let check = |order, start: Start<usize>, limit, rows: &[usize], more| {
        let slice = slice(order, start, limit);
        assert_eq!(page(5, &slice), (rows.to_vec(), more), "{slice:?}");
    };
    check(Ascending, First, 2, &[1, 2], true);
    check(Ascending, First, 5, &[1, 2, 3, 4, 5], false);
    check(Ascending, First, 0, &[], true);
    check(Ascending, After(3), 2, &[4, 5], false);
    check(Ascending, After(5), 2, &[], false);
    check(Ascending, Before(4), 2, &[2, 3], true);
    check(Ascending, Before(3), 2, &[1, 2], false);
    check(Ascending, Before(1), 2, &[], false);
    check(Descending, First, 2, &[5, 4], true);
    check(Descending, After(4), 2, &[3, 2], true);
    check(Descending, After(3), 9, &[2, 1], false);
    check(Descending, Before(2), 2, &[4, 3], true);
    check(Descending, Before(3), 2, &[5, 4], false);
}

/// The even ones of the rows, each with a payload of so many bytes: what is on the page, whether there is more, and which
/// row was seen last.
fn even(last: usize, slice: &Slice<usize>, bytes: usize) -> (Vec<usize>, bool, Option<usize>) {
    let rows = walk(last, slice).into_iter();
    let rows = rows.map(|row| row.map(|row| (row, Some(row).filter(|row| row % 2 == 0))));
    let found = Filtered::of_walk(rows, slice, |_| bytes).unwrap_or_else(|never| match never {});
    (found.page.rows, found.page.more, found.seen)
}

#[test]
fn a_filtered_page_ends_before_the_match_that_does_not_fit() {
    use Order::{Ascending, Descending};
    use Start::{After, Before, First};
    let check = |order, start: Start<usize>, limit, rows: &[usize], more, seen| {
        let slice = slice(order, start, limit);
        assert_eq!(even(7, &slice, 1), (rows.to_vec(), more, seen), "{slice:?}");
    };
    check(Ascending, First, 2, &[2, 4], true, Some(5));
    check(Ascending, First, 3, &[2, 4, 6], false, Some(7));
    check(Ascending, After(5), 3, &[6], false, Some(7));
    check(Ascending, After(6), 3, &[], false, Some(7));
    check(Ascending, After(7), 3, &[], false, None);
    check(Ascending, First, 0, &[], true, Some(1));
    check(Ascending, Before(7), 2, &[4, 6], true, Some(3));
    check(Descending, First, 2, &[6, 4], true, Some(3));
    check(Descending, Before(2), 2, &[6, 4], false, Some(7));
}

#[test]
fn a_filtered_page_is_bounded_in_bytes_but_has_a_row() {
    let slice = slice(Order::Ascending, Start::First, 9);
    let half = PAGE_PAYLOAD_BYTES_MAX / 2;
    assert_eq!(even(9, &slice, half), (vec![2, 4], true, Some(5)));
    assert_eq!(even(9, &slice, half + 1), (vec![2], true, Some(3)));
    assert_eq!(even(9, &slice, PAGE_PAYLOAD_BYTES_MAX + 1), (vec![2], true, Some(3)));
}

#[test]
fn a_filtered_page_looks_at_a_bounded_number_of_rows() {
    let bound = PAGE_ROWS_EXAMINED_MAX;
    let none = |last| {
        let slice = slice(Order::Ascending, Start::First, 1);
        let rows = walk(last, &slice).into_iter().map(|row| row.map(|row| (row, None::<usize>)));
        let found = Filtered::of_walk(rows, &slice, |_| 0).unwrap_or_else(|never| match never {});
        (found.page, found.seen)
    };
    assert_eq!(none(bound), (Page::empty(), Some(bound)));
    assert_eq!(none(bound + 1), (Page { rows: vec![], more: true }, Some(bound)));
}
