//! What the machine can do at this moment, to which everything else is compared: requests without Whimbrel between
//! load and receiver, and writes that reach the disk.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use crate::clock;
use crate::histogram::{Histogram, Quantiles};
use crate::ledger::Ledger;
use crate::load::{Load, Pace};
use crate::receiver::Receiver;
use crate::template::{Door, Payload, Template};
use crate::usage;

/// The load posting straight to the receiver.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Raw {
    /// Requests answered per second.
    pub(crate) per_s: f64,
    /// Processor time of both sides together per request.
    pub(crate) cpu_us: f64,
}

const RAW_REQUESTS: usize = 60_000;

/// Posts the same payload straight to a receiver over this many connections.
pub(crate) fn raw(payload: Payload, connections: usize) -> io::Result<Raw> {
    let ledger = Arc::new(Ledger::new(RAW_REQUESTS, 1));
    let receiver = Receiver::start(&ledger)?;
    let door = Door { address: receiver.address, key: String::new() };
    let template = Template::of(payload, &door);
    let load = Load {
        address: door.address,
        template: &template,
        connections,
        requests: 0..RAW_REQUESTS,
        apps: 1,
        pace: Pace::Closed,
        ledger: &ledger,
    };
    let before = usage::own()?;
    let loaded = load.run()?;
    let cpu = usage::own()?.cpu.saturating_sub(before.cpu);
    let requests = RAW_REQUESTS as f64;
    Ok(Raw {
        per_s: requests / loaded.ended.since(loaded.began).as_secs_f64(),
        cpu_us: cpu.as_secs_f64() * 1e6 / requests,
    })
}

impl Raw {
    /// What lies between two probes, one before and one after something else.
    pub(crate) fn between(self, other: Raw) -> Raw {
        Raw {
            per_s: f64::midpoint(self.per_s, other.per_s),
            cpu_us: f64::midpoint(self.cpu_us, other.cpu_us),
        }
    }
}

/// How long it takes until a page, added to a file in `directory`, is on the disk.
pub(crate) fn fsync(directory: &Path) -> io::Result<Quantiles> {
    const COUNT_MAX: usize = 500;
    const TIME_MAX: Duration = Duration::from_secs(2);
    const PAGE: [u8; 4096] = [7; 4096];
    fs::create_dir_all(directory)?;
    let path = directory.join("fsync");
    let mut file = File::create(&path)?;
    let mut histogram = Histogram::default();
    let began = clock::now();
    for _ in 0..COUNT_MAX {
        let start = clock::now();
        file.write_all(&PAGE)?;
        file.sync_data()?;
        let end = clock::now();
        histogram.record(end.since(start));
        if end.since(began) > TIME_MAX {
            break;
        }
    }
    fs::remove_file(path)?;
    Ok(histogram.quantiles())
}
