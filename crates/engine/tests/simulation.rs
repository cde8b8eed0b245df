//! The engine against a hostile world, in virtual time: receivers that fail, hang and vanish; a store that has no
//! room, is away, or breaks; a node that dies between any two steps, freezes, or is stopped. Whatever happens,
//! nothing that was acknowledged is lost, and the history does not lie.
//!
//! Each run follows from its seed. One that fails prints it; `WHIMBREL_SEED=… cargo test -p engine --test
//! simulation` repeats it alone. `WHIMBREL_SEEDS=…` sets how many are run.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a test may fail, and says so")]

#[path = "simulation/clients.rs"]
mod clients;
#[path = "simulation/life.rs"]
mod life;
#[path = "simulation/oracle.rs"]
mod oracle;
#[path = "simulation/pace.rs"]
mod pace;
#[path = "simulation/population.rs"]
mod population;
#[path = "simulation/ports.rs"]
mod ports;
#[path = "simulation/receivers.rs"]
mod receivers;
#[path = "simulation/store.rs"]
mod store;
#[path = "simulation/world.rs"]
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use life::Life;
use world::{Roll, World};

const SEEDS: u64 = 10_000;

#[test]
fn nothing_is_lost_and_the_history_does_not_lie() {
    if let Some(seed) = setting("WHIMBREL_SEED") {
        return run(seed);
    }
    let seeds = setting("WHIMBREL_SEEDS").unwrap_or(SEEDS);
    let next = AtomicU64::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(seed) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|seed| *seed < seeds)
                {
                    run(seed);
                }
            });
        }
    });
}

#[expect(clippy::disallowed_methods, reason = "a test run is set up by its environment")]
fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().expect("a number"))
}

fn run(seed: u64) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let local = tokio::task::LocalSet::new();
    let outcome = catch_unwind(AssertUnwindSafe(|| local.block_on(&runtime, simulate(seed))));
    if let Err(panic) = outcome {
        eprintln!("seed {seed} failed: repeat it with WHIMBREL_SEED={seed}");
        std::panic::resume_unwind(panic);
    }
}

/// A few minutes of trouble, then calm until everything has ended, then the questions.
async fn simulate(seed: u64) {
    let world = World::new(seed).await;
    let mut life = Life::begin(&world).await;
    for _ in 0..world.draw(5..40) {
        match world.roll() {
            Roll::Accept => life.accept(&world),
            Roll::Redeliver => life.redeliver(&world),
            Roll::Cancel => life.cancel(&world),
            Roll::Task => life.begin_task(&world),
            Roll::Enable => life.enable(&world),
            Roll::Wait => tokio::time::sleep(Duration::from_millis(world.draw(1..20_000))).await,
            Roll::Crash => life.crash(),
            Roll::Freeze => life.leave_behind(),
            Roll::Stop => life.stop().await,
            Roll::Full => world.fill_for(Duration::from_millis(world.draw(1..30_000))),
        }
        life.check_bounds(&world);
        if life.has_ended() {
            life = Life::begin(&world).await;
        }
    }
    world.calm();
    world.end_lives_left_behind(&life);
    if world.draw(0..2) == 0 {
        life.crash();
        life = Life::begin(&world).await;
    }
    oracle::wait_until_all_has_ended(&world).await;
    oracle::check(&world).await;
    let emptied = tokio::time::timeout(Duration::from_secs(60), life.becomes_empty()).await;
    assert!(emptied.is_ok(), "the node still holds deliveries after all have ended");
}
