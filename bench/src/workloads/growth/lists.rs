//! The first page of each list that has the history in it, with each filter that it knows: such that most rows are
//! wanted, few, or none, which the store cannot know before it has looked at many.

use std::io;

use serde::Serialize;

use super::Marks;
use crate::clock;
use crate::histogram::{Histogram, Quantiles};
use crate::program::Client;
use crate::template::{Door, app_uid, request};

/// How long the first page of a list took.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Asked {
    /// The list and its filter.
    pub(crate) what: String,
    pub(crate) ms: Quantiles,
    /// Of the answer.
    pub(crate) bytes: usize,
}

/// Without a filter.
const ALL: &[&str] = &[""];
/// By what the messages are.
const MESSAGE: &[&str] = &[
    "event_types=bench.often",
    "event_types=bench.seldom",
    "event_types=bench.never",
    "event_types=bench.seldom,bench.never",
    "channel=often",
    "channel=seldom",
    "channel=never",
    "tag=often",
    "tag=seldom",
    "tag=never",
    "event_types=bench.often&channel=often&tag=never",
];
/// By where a delivery stands.
const DELIVERY: &[&str] =
    &["status=0", "status=1", "status=2", "status=3", "status=4", "status=2&expanded_statuses=true"];
/// The same, in the words of another list.
const STANDING: &[&str] =
    &["status=success", "status=pending", "status=fail", "status=sending", "status=canceled"];
/// By how an attempt ended.
const ATTEMPT: &[&str] =
    &["status=0", "status=2", "status_code_class=0", "status_code_class=200", "status_code_class=500"];
/// By the endpoint.
const ENDPOINT: &[&str] = &["endpoint_id=0"];
/// By what a change came to.
const FATE: &[&str] = &["status=routed", "status=skipped", "status=dataNotFound"];

/// Asks for each list in turn, again and again.
pub(super) fn ask(door: &Door, marks: &Marks, times: usize) -> io::Result<Vec<Asked>> {
    let lists = lists(marks);
    let requests: Vec<String> = lists.iter().map(|(_, path)| request("GET", path, door, "")).collect();
    let mut found = vec![(Histogram::default(), 0); lists.len()];
    let mut client = Client::new(door)?;
    for _ in 0..times {
        for (request, (histogram, bytes)) in requests.iter().zip(&mut found) {
            let sent = clock::now();
            *bytes = client.ask(request)?.len();
            histogram.record(clock::now().since(sent));
        }
    }
    let asked = lists.into_iter().zip(found);
    let asked = asked.map(|((what, _), (histogram, bytes))| Asked { what, ms: histogram.quantiles(), bytes });
    let mut asked: Vec<Asked> = asked.collect();
    asked.sort_by(|a, b| b.ms.p99.total_cmp(&a.ms.p99));
    Ok(asked)
}

/// All lists: what each is, and where.
fn lists(marks: &Marks) -> Vec<(String, String)> {
    let company = app_uid(0);
    let app = format!("/api/v1/app/{company}");
    let times = times(marks);
    let times: Vec<&str> = times.iter().map(String::as_str).collect();
    let lists: [(&str, String, &[&[&str]]); 9] = [
        ("messages of an app", format!("{app}/msg?"), &[ALL, MESSAGE, &times]),
        ("messages of an endpoint", format!("{app}/endpoint/0/msg?"), &[ALL, DELIVERY, MESSAGE, &times]),
        ("attempts of an endpoint", format!("{app}/attempt/endpoint/0?"), &[ALL, ATTEMPT, MESSAGE, &times]),
        ("attempts of a message", format!("{app}/attempt/msg/middle?"), &[ALL, ENDPOINT, ATTEMPT, MESSAGE]),
        ("endpoints of a message", format!("{app}/msg/middle/endpoint?"), &[ALL]),
        ("deliveries", "/api/v1/delivery?".to_owned(), &[ALL, STANDING, MESSAGE, &times]),
        (
            "deliveries of an app",
            format!("/api/v1/delivery?app_id={company}&"),
            &[ALL, STANDING, MESSAGE, &times],
        ),
        ("executions", format!("/executions?companyId={company}&"), &[ALL, FATE]),
        ("calls of a company", format!("/webhook_history/{company}?"), &[ALL]),
    ];
    let each = lists.iter().flat_map(|(name, path, groups)| {
        let filters = groups.iter().copied().flatten();
        filters.map(move |filter| {
            let what = if filter.is_empty() { "all" } else { filter };
            (format!("{name}, {what}"), format!("{path}{filter}"))
        })
    });
    each.collect()
}

/// By time: half of the history each, and before all of it.
fn times(Marks { first, middle }: &Marks) -> [String; 4] {
    [
        format!("before={middle}"),
        format!("after={middle}"),
        format!("after={first}&before={middle}"),
        format!("before={first}"),
    ]
}
