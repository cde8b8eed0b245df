//! A panic ends the work in which it happens, and nothing else.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;

/// Does `work`; `None` if it panics. The panic hook has told of it by then; what was half done is dropped, and never
/// looked at again. (Who calls pins the work: a future that takes another one has room for it twice.)
pub async fn unless_it_panics<T>(mut work: Pin<&mut impl Future<Output = T>>) -> Option<T> {
    std::future::poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)));
        polled.map_or(Poll::Ready(None), |polled| polled.map(Some))
    })
    .await
}
