use std::time::Duration;

use domain::attempt::FailureCode;
use tokio::time::{advance, sleep, timeout};

use super::*;

/// An authorization server that needs a second, and counts.
#[derive(Default)]
struct Server(AtomicU64);

impl Server {
    async fn token(&self) -> Result<AccessToken, Failure> {
        sleep(Duration::from_secs(1)).await;
        let number = self.0.fetch_add(1, Relaxed);
        let body = format!(r#"{{"access_token":"token-{number}","expires_in":100}}"#);
        AccessToken::read(200, body.as_bytes()).map_err(|why| Failure::new(FailureCode::AuthFailed, why))
    }

    async fn failure(&self) -> Result<AccessToken, Failure> {
        let number = self.0.fetch_add(1, Relaxed);
        sleep(Duration::from_secs(1)).await;
        Err(Failure::new(FailureCode::AuthFailed, number.to_string()))
    }
}

fn value(token: &Result<Arc<Token>, Failure>) -> &str {
    &token.as_ref().unwrap().authorization
}

const KEY: Key = [0; 32];

#[tokio::test(start_paused = true)]
async fn a_token_is_fetched_again_at_its_end_and_when_it_was_rejected() {
    let (tokens, server) = (Tokens::default(), Server::default());
    // Of the 100 seconds that it lives, 30 are the margin.
    for (seconds, expected) in [(0, "Bearer token-0"), (69, "Bearer token-0"), (1, "Bearer token-1")] {
        advance(Duration::from_secs(seconds)).await;
        assert_eq!(value(&tokens.take(&KEY, server.token()).await), expected);
    }
    tokens.take(&KEY, server.token()).await.unwrap().reject();
    assert_eq!(value(&tokens.take(&KEY, server.token()).await), "Bearer token-2");
    assert_eq!(value(&tokens.take(&[1; 32], server.token()).await), "Bearer token-3");
    assert_eq!(value(&tokens.take(&KEY, server.token()).await), "Bearer token-2");
}

#[tokio::test(start_paused = true)]
async fn those_who_wait_share_one_fetch_and_its_failure() {
    let (tokens, server) = (Tokens::default(), Server::default());
    let three = || async {
        tokio::join!(
            tokens.take(&KEY, server.failure()),
            tokens.take(&KEY, server.failure()),
            tokens.take(&KEY, server.failure())
        )
    };
    let details = |failed: Result<Arc<Token>, Failure>| failed.err().unwrap().detail;
    for round in ["0", "1"] {
        let (a, b, c) = three().await;
        assert_eq!([a, b, c].map(details), [round; 3]);
    }
    let (a, b) = tokio::join!(tokens.take(&KEY, server.token()), tokens.take(&KEY, server.token()));
    assert_eq!((value(&a), value(&b)), ("Bearer token-2", "Bearer token-2"));
}

#[tokio::test(start_paused = true)]
async fn a_fetch_that_is_cut_is_taken_over_by_the_next() {
    let (tokens, server) = (Tokens::default(), Server::default());
    let (cut, next) = tokio::join!(
        timeout(Duration::from_millis(500), tokens.take(&KEY, server.token())),
        tokens.take(&KEY, server.token())
    );
    assert!(cut.is_err());
    assert_eq!(value(&next), "Bearer token-0");
}

#[tokio::test(start_paused = true)]
async fn as_many_tokens_are_kept_as_there_is_room_for() {
    let (tokens, server) = (Tokens::default(), Server::default());
    let key =
        |index: usize| std::array::from_fn(|place| index.to_be_bytes().get(place).copied().unwrap_or(0));
    for index in 0..=ACCESS_TOKENS_MAX {
        advance(Duration::from_millis(1)).await;
        tokens
            .take(&key(index), async {
                AccessToken::read(200, br#"{"access_token":"x"}"#).map_err(|_| unreachable!())
            })
            .await
            .unwrap();
    }
    assert_eq!(value(&tokens.take(&key(1), server.token()).await), "Bearer x");
    assert_eq!(value(&tokens.take(&key(0), server.token()).await), "Bearer token-0");
}
