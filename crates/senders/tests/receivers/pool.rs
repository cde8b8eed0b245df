//! Connections are used again when they are clean, and only then.

use std::sync::Arc;

use domain::attempt::FailureCode::*;
use tokio::io::AsyncReadExt;
use tokio::sync::{Barrier, Semaphore};
use tokio::task::JoinSet;

use crate::receiver::{Receiver, Wire};
use crate::sending::{met, send, send_body, sender};

/// Answers each request with its own body.
async fn echo(mut wire: Wire, extra_head: &str, after: &str) {
    while let Some(request) = wire.request().await {
        let text = String::from_utf8(request).unwrap();
        let (_, body) = text.split_once("\r\n\r\n").unwrap();
        let answer =
            format!("HTTP/1.1 200 OK\r\n{extra_head}content-length: {}\r\n\r\n{body}{after}", body.len());
        wire.write(answer).await;
    }
}

/// Sends `count` requests one after the other, and checks that each got its own answer.
async fn check(receiver: &Receiver, count: usize, connections: usize) {
    let sender = sender();
    for id in 0..count {
        let exchange = send_body(&sender, &receiver.url(), format!("{{\"id\":{id}}}")).await;
        let response = exchange.outcome.response.unwrap();
        assert_eq!(response.body, format!("{{\"id\":{id}}}"));
    }
    assert_eq!((receiver.requests(), receiver.connections()), (count, connections));
}

#[tokio::test]
async fn a_clean_connection_serves_many_requests() {
    check(&Receiver::start(|wire| echo(wire, "", "")).await, 100, 1).await;
}

#[tokio::test]
async fn the_budget_of_bytes_is_one_attempts_and_not_the_connections() {
    let receiver = Receiver::start(|wire| echo(wire, "", "")).await;
    let sender = sender();
    for _ in 0..50 {
        let exchange = send_body(&sender, &receiver.url(), "x".repeat(8 * 1024)).await;
        assert_eq!(met(&exchange), (Some(200), None));
    }
    assert_eq!(receiver.connections(), 1);
}

#[tokio::test]
async fn a_connection_is_not_used_again_after_a_doubtful_answer() {
    check(&Receiver::start(|wire| echo(wire, "connection: close\r\n", "")).await, 5, 5).await;
    let poison = "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\npoison";
    check(&Receiver::start(move |wire| echo(wire, "", poison)).await, 1000, 1000).await;
    check(&Receiver::start(|wire| echo(wire, "", "\r\n")).await, 5, 5).await;
}

/// Both lengths at once: which one counts is what request smuggling is made of.
#[tokio::test]
async fn an_answer_with_two_lengths_is_taken_but_its_connection_is_not() {
    let ambiguous = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n";
    let receiver = Receiver::start(move |mut wire| async move {
        while wire.request().await.is_some() && wire.write(ambiguous).await {}
    })
    .await;
    let sender = sender();
    for _ in 0..3 {
        assert_eq!(met(&send(&sender, &receiver.url()).await), (Some(200), None));
    }
    assert_eq!((receiver.requests(), receiver.connections()), (3, 3));
}

#[tokio::test]
async fn what_comes_unasked_while_a_connection_is_idle_spoils_it() {
    let poisoned = Arc::new(Semaphore::new(0));
    let done = Arc::clone(&poisoned);
    let receiver = Receiver::start(move |mut wire| {
        let done = Arc::clone(&done);
        async move {
            wire.request().await;
            wire.write("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nown").await;
            wire.write("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\npoison").await;
            done.add_permits(1);
            wire.hold().await;
        }
    })
    .await;
    let sender = sender();
    for _ in 0..20 {
        let exchange = send(&sender, &receiver.url()).await;
        assert_eq!(exchange.outcome.response.unwrap().body, "own");
        poisoned.acquire().await.unwrap().forget();
    }
    assert_eq!((receiver.requests(), receiver.connections()), (20, 20));
}

#[tokio::test]
async fn a_receiver_that_closes_idle_connections_never_gets_a_request_twice() {
    let receiver = Receiver::start(|mut wire| async move {
        wire.request().await;
        wire.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
    })
    .await;
    let sender = sender();
    for count in 1..=200 {
        let (status, failure) = met(&send(&sender, &receiver.url()).await);
        assert!(status == Some(200) || failure == Some(ConnectionClosed), "{status:?} {failure:?}");
        assert!(receiver.requests() <= count);
    }
}

#[tokio::test]
async fn a_connection_closed_while_idle_is_replaced_without_a_failure() {
    let closed = Arc::new(Semaphore::new(0));
    let closing = Arc::clone(&closed);
    let receiver = Receiver::start(move |mut wire| {
        let closing = Arc::clone(&closing);
        async move {
            wire.request().await;
            wire.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
            drop(wire);
            closing.add_permits(1);
        }
    })
    .await;
    let sender = sender();
    for _ in 0..50 {
        assert_eq!(met(&send(&sender, &receiver.url()).await), (Some(200), None));
        closed.acquire().await.unwrap().forget();
    }
    assert_eq!(receiver.requests(), 50);
}

/// More of them than a task may look at before it has to give way to others.
#[tokio::test]
async fn hundreds_of_connections_closed_while_idle_are_replaced_as_well() {
    const CONNECTIONS: usize = 300;
    let together = Arc::new(Barrier::new(CONNECTIONS));
    let (end, ending) = tokio::sync::watch::channel(false);
    let closed = Arc::new(Semaphore::new(0));
    let closing = Arc::clone(&closed);
    let receiver = Receiver::start(move |mut wire| {
        let (together, mut ending, closing) = (Arc::clone(&together), ending.clone(), Arc::clone(&closing));
        async move {
            wire.request().await;
            if wire.index < CONNECTIONS {
                together.wait().await;
            }
            wire.write("HTTP/1.1 204 No Content\r\n\r\n").await;
            ending.wait_for(|end| *end).await.ok();
            drop(wire);
            closing.add_permits(1);
        }
    })
    .await;
    let sender = Arc::new(sender());
    let mut sends = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (sender, url) = (Arc::clone(&sender), receiver.url());
        sends.spawn(async move { met(&send(&sender, &url).await) });
    }
    assert!(sends.join_all().await.into_iter().all(|met| met == (Some(204), None)));
    end.send(true).unwrap();
    closed.acquire_many(u32::try_from(CONNECTIONS).unwrap()).await.unwrap().forget();
    assert_eq!(met(&send(&sender, &receiver.url()).await), (Some(204), None));
    assert_eq!((receiver.requests(), receiver.connections()), (CONNECTIONS + 1, CONNECTIONS + 1));
}

#[tokio::test]
async fn an_answer_before_the_request_has_gone_out_spoils_its_connection() {
    let receiver = Receiver::start(|mut wire| async move {
        wire.stream.readable().await.ok();
        wire.write("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
        wire.ignore().await;
    })
    .await;
    let sender = sender();
    for count in 1..=3 {
        let exchange = send_body(&sender, &receiver.url(), vec![b'x'; 8 * 1024 * 1024]).await;
        assert_eq!((met(&exchange), receiver.connections()), ((Some(200), None), count));
    }
}

#[tokio::test]
async fn a_cut_or_failed_attempt_closes_its_connection() {
    let closed = Arc::new(Semaphore::new(0));
    let closing = Arc::clone(&closed);
    let receiver = Receiver::start(move |mut wire| {
        let closing = Arc::clone(&closing);
        async move {
            wire.request().await;
            // The first is cut at the deadline, the second by the size of its body.
            let length = if wire.index == 0 { 10 } else { 100_000 };
            wire.write(format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n")).await;
            if wire.index > 0 {
                wire.write("x".repeat(50_000)).await;
            }
            while let Ok(1..) = wire.stream.read(&mut [0; 1024]).await {}
            closing.add_permits(1);
        }
    })
    .await;
    let sender = sender();
    assert_eq!(met(&send(&sender, &receiver.url()).await), (Some(200), Some(BodyTimeout)));
    assert_eq!(met(&send(&sender, &receiver.url()).await), (Some(200), None));
    closed.acquire_many(2).await.unwrap().forget();
}

#[tokio::test]
async fn another_name_for_the_same_address_has_connections_of_its_own() {
    let receiver = Receiver::start(|wire| echo(wire, "", "")).await;
    let sender = sender();
    for host in ["127.0.0.1", "localhost", "other.localhost"] {
        let url = format!("http://{host}:{}/", receiver.address.port());
        for _ in 0..2 {
            assert_eq!(met(&send(&sender, &url).await), (Some(200), None));
        }
    }
    assert_eq!((receiver.requests(), receiver.connections()), (6, 3));
}

#[tokio::test]
async fn concurrent_requests_have_a_connection_each_and_leave_them_for_others() {
    let receiver = Receiver::start(|wire| echo(wire, "", "")).await;
    let sender = Arc::new(sender());
    for _ in 0..2 {
        let mut sends = JoinSet::new();
        for _ in 0..16 {
            let (sender, url) = (Arc::clone(&sender), receiver.url());
            sends.spawn(async move { met(&send(&sender, &url).await) });
        }
        let met_all = sends.join_all().await;
        assert!(met_all.iter().all(|met| *met == (Some(200), None)), "{met_all:?}");
    }
    assert_eq!(receiver.requests(), 32);
    assert!(receiver.connections() <= 16, "{}", receiver.connections());
}
