//! What the store does not take, and what becomes of the rest.

use std::sync::Mutex;

use async_trait::async_trait;
use domain::attempt::Verdict;
use domain::delivery::{Effort, Fence, Lease, Settled};
use domain::endpoint::Health;
use domain::id::{DeliveryId, EndpointId, MessageId};
use domain::time::Timestamp;

use tokio::sync::Barrier;
use tokio::time::timeout;

use super::*;
use crate::ports::queue::{Claim, Claimed, Life, Redelivered, Redelivery, WaitingLane};

/// A queue that only settles, and of whose rows one cannot be read.
struct Damaged {
    message: MessageId,
    /// What is away when it is asked for the first time.
    away: Mutex<Vec<StoreError>>,
    settled: Mutex<Vec<MessageId>>,
    /// Where those that come alone wait for each other, as they would for a commit.
    commit: Barrier,
}

#[async_trait]
impl Queue for Damaged {
    async fn settle(&self, settlements: Arc<[Settlement]>) -> Result<Settlements, StoreError> {
        if settlements.len() == 1 {
            self.commit.wait().await;
        }
        if let Some(error) = self.away.lock().unwrap().pop() {
            return Err(error);
        }
        let messages: Vec<MessageId> = settlements.iter().map(|one| one.delivery.message).collect();
        if messages.contains(&self.message) {
            return Err(StoreError::Damaged("a row".to_owned()));
        }
        self.settled.lock().unwrap().extend(&messages);
        Ok(Settlements { applied: vec![Applied::Yes; messages.len()], told: Vec::new() })
    }

    async fn open(&self) -> Result<Life, StoreError> {
        unreachable!("it only settles")
    }

    async fn take_over(&self, _: Lease, _: usize) -> Result<usize, StoreError> {
        unreachable!("it only settles")
    }

    async fn waiting_lanes(&self, _: Option<EndpointId>, _: usize) -> Result<Vec<WaitingLane>, StoreError> {
        unreachable!("it only settles")
    }

    async fn claim(&self, _: Claim) -> Result<Claimed, StoreError> {
        unreachable!("it only settles")
    }

    async fn redeliver(&self, _: Redelivery) -> Result<Redelivered, StoreError> {
        unreachable!("it only settles")
    }
}

fn settlement(message: i64) -> Settlement {
    Settlement {
        delivery: DeliveryId {
            message: MessageId::from_number(message),
            endpoint: EndpointId::from_number(1),
        },
        fence: Fence { lease: Lease(1), attempts: 0 },
        settled: Settled { verdict: Verdict::EndpointDisabled, effort: Effort::None },
        attempt: None,
        at: Timestamp::from_millis(0),
        health: Health::Same,
        notices: Vec::new(),
    }
}

/// Settles the messages 1 to 3, of which the second cannot be read.
async fn check(away: Vec<StoreError>, expected: Result<Vec<Applied>, StoreError>, troubles: usize) {
    let message = MessageId::from_number(2);
    let (away, settled, commit) = (Mutex::new(away), Mutex::default(), Barrier::new(3));
    let queue = Arc::new(Damaged { message, away, settled, commit });
    let told = Mutex::new(0);
    let settle = Settle::new(queue.clone());
    let settlements = (1..=3).map(settlement).collect();
    let settled = settle.settle(settlements, |_| *told.lock().unwrap() += 1);
    let settled = timeout(Duration::from_secs(60), settled).await.expect("one waits for another");
    assert_eq!(settled.map(|settled| settled.applied), expected);
    assert_eq!(*told.lock().unwrap(), troubles);
    let others: &[i64] = if expected.is_ok() { &[1, 3] } else { &[] };
    let mut settled = queue.settled.lock().unwrap().clone();
    settled.sort_unstable();
    assert_eq!(settled, others.iter().map(|id| MessageId::from_number(*id)).collect::<Vec<_>>());
}

const OTHERS_APPLIED: [Applied; 3] = [Applied::Yes, Applied::Stale, Applied::Yes];

#[tokio::test(start_paused = true)]
async fn a_row_that_cannot_be_read_costs_the_others_nothing() {
    check(Vec::new(), Ok(OTHERS_APPLIED.to_vec()), 1).await;
}

#[tokio::test(start_paused = true)]
async fn it_does_not_give_up_while_the_store_has_no_room() {
    let full = || StoreError::Full("no room".to_owned());
    check(vec![full(), full()], Ok(OTHERS_APPLIED.to_vec()), 3).await;
}

#[tokio::test(start_paused = true)]
async fn it_gives_up_when_nobody_knows_what_is_stored() {
    let unknown = StoreError::Unknown("it broke".to_owned());
    check(vec![unknown.clone()], Err(unknown), 0).await;
}
