use std::time::Duration;

use domain::id::{DeliveryId, EndpointId, MessageId};

use super::watcher::PORTION_MAX;
use super::*;
use crate::ports::history::DeliveryStatus;

/// A clock that is put forward by hand.
#[derive(Default)]
struct HandClock(Mutex<Timestamp>);

impl HandClock {
    fn pass(&self, time: Duration) {
        let mut now = self.0.lock().unwrap();
        *now = *now + time;
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

fn live() -> (Arc<Live>, Arc<HandClock>) {
    let clock = Arc::new(HandClock::default());
    (Live::new(&[7; 32], clock.clone()), clock)
}

fn app(number: i64) -> AppId {
    AppId::from_number(number)
}

/// An attempt of the delivery with this number, of an app.
fn change(of: i64, number: i64, attempts: u32) -> Change {
    let delivery =
        DeliveryId { message: MessageId::from_number(number), endpoint: EndpointId::from_number(1) };
    let status = DeliveryStatus::Sending;
    Change { delivery, app: app(of), status, attempts, next_attempt: None, tried: None }
}

fn tell(live: &Live, numbers: std::ops::Range<i64>) {
    live.tell(|| numbers.map(|number| change(1, number, 1)));
}

/// The messages of the changes, or nothing if some were left out.
fn read(watcher: &mut Watcher) -> Option<Vec<i64>> {
    let News { changes, is_lost, .. } = watcher.read(None);
    let numbers = changes.iter().map(|change| change.delivery.message.number()).collect();
    Some(numbers).filter(|_| !is_lost)
}

#[test]
fn nothing_is_made_while_nobody_watches() {
    let (live, clock) = live();
    let made = || live.tell(|| -> [Change; 0] { panic!("nobody asked for it") });
    made();
    let watcher = live.watch(None).unwrap();
    assert!(live.is_on());
    drop(watcher);
    clock.pass(LIVE_KEPT_TIME);
    tell(&live, 0..1);
    assert!(live.is_on(), "somebody watched lately");
    clock.pass(Duration::from_millis(1));
    tell(&live, 1..2);
    made();
    assert_eq!(live.ring().entries.len(), 0);
}

#[test]
fn who_watches_reads_what_happens_from_then_on() {
    let (live, _) = live();
    let mut first = live.watch(None).unwrap();
    tell(&live, 0..2);
    let mut second = live.watch(None).unwrap();
    tell(&live, 2..3);
    assert_eq!(read(&mut first), Some(vec![0, 1, 2]));
    assert_eq!(read(&mut second), Some(vec![2]));
    assert_eq!(read(&mut second), Some(vec![]));
}

#[test]
fn of_a_delivery_the_last_change_is_read() {
    let (live, _) = live();
    let mut watcher = live.watch(None).unwrap();
    live.tell(|| [change(1, 1, 0), change(2, 2, 0), change(1, 1, 1), change(1, 3, 0)]);
    live.tell_many(app(2));
    live.tell_many(app(3));
    live.tell_many(app(2));
    let cursor = watcher.cursor();
    let news = watcher.read(None);
    assert_eq!(news.changes, [change(2, 2, 0), change(1, 1, 1), change(1, 3, 0)]);
    assert_eq!((news.apps, news.is_lost), (vec![app(2), app(3)], false));
    let of_one = live.watch(Some(cursor)).unwrap().read(Some(app(2)));
    assert_eq!((of_one.changes, of_one.apps), (vec![change(2, 2, 0)], vec![app(2)]));
}

#[test]
fn who_comes_again_goes_on_where_it_was() {
    let (live, clock) = live();
    let mut watcher = live.watch(None).unwrap();
    tell(&live, 0..2);
    assert_eq!(read(&mut watcher), Some(vec![0, 1]));
    let cursor = watcher.cursor().to_string().parse().unwrap();
    drop(watcher);
    tell(&live, 2..4);
    clock.pass(LIVE_KEPT_TIME);
    tell(&live, 4..5);
    let mut again = live.watch(Some(cursor)).unwrap();
    assert_eq!(read(&mut again), Some(vec![2, 3, 4]));
}

#[test]
fn a_cursor_of_what_is_not_known_any_more_is_told_so() {
    let (live, clock) = live();
    let mut watcher = live.watch(None).unwrap();
    let first = watcher.cursor();
    tell(&live, 0..1);
    read(&mut watcher);
    let later = watcher.cursor();
    let check = |cursor: Cursor, expected: Option<Vec<i64>>| {
        let begun = live.watch(Some(cursor)).unwrap();
        // One that leaves before it has read anything is told the same when it comes again.
        let mut watcher = live.watch(Some(begun.cursor())).unwrap();
        assert_eq!(read(&mut watcher), expected, "{cursor}");
        assert_eq!(read(&mut watcher), Some(vec![]), "it is told once");
    };
    check(first, Some(vec![0]));
    check(later, Some(vec![]));
    check(live.cursors.make(live.cursors.number(later) + 1), None);
    check(live.cursors.make(0), None);
    check(Cursors::new(&[6; 32]).make(live.cursors.number(later)), None);
    check(Cursor::NOWHERE, None);
    drop(watcher);
    clock.pass(LIVE_KEPT_TIME * 2);
    tell(&live, 1..2);
    assert!(!live.is_on());
    check(later, None);
}

#[test]
fn who_is_too_slow_is_told_so_and_nothing_grows() {
    let (live, _) = live();
    let mut slow = live.watch(None).unwrap();
    let most = i64::try_from(LIVE_CHANGES_MAX).unwrap();
    tell(&live, 0..most);
    let mut in_time = live.watch(Some(slow.cursor())).unwrap();
    assert_eq!(read(&mut in_time).map(|numbers| numbers.len()), Some(LIVE_CHANGES_MAX));
    tell(&live, most..most + 1);
    assert_eq!(live.ring().entries.len(), LIVE_CHANGES_MAX);
    assert_eq!(read(&mut in_time), Some(vec![most]));
    assert_eq!(read(&mut slow), None);
    tell(&live, 0..1);
    assert_eq!(read(&mut slow), Some(vec![0]));
}

#[test]
fn who_reads_much_leaves_the_ring_to_others_in_between() {
    let (live, _) = live();
    let (portion, most) = (i64::try_from(PORTION_MAX).unwrap(), i64::try_from(LIVE_CHANGES_MAX).unwrap());
    let mut watcher = live.watch(None).unwrap();
    tell(&live, 0..portion + 1);
    let mut unread = Vec::new();
    assert!(!watcher.read_portion(None, &mut unread));
    assert_eq!(unread.len(), PORTION_MAX);
    // What follows is pushed out before it is read.
    tell(&live, 0..most + 1);
    assert!(watcher.read_portion(None, &mut unread));
    assert_eq!(unread.len(), 2 * PORTION_MAX);
    assert_eq!(read(&mut watcher), Some((portion + 1..most + 1).collect()));
}

#[tokio::test(start_paused = true)]
async fn who_waits_is_woken_by_a_change_and_by_the_end() {
    let (live, _) = live();
    let mut watcher = live.watch(None).unwrap();
    let waits = async |watcher: &Watcher| {
        tokio::time::timeout(Duration::from_secs(1), watcher.changed()).await.is_err()
    };
    assert!(waits(&watcher).await);
    let (woken, ()) = tokio::join!(watcher.changed(), async { tell(&live, 0..1) });
    assert_eq!((woken, read(&mut watcher)), ((), Some(vec![0])));
    assert!(waits(&watcher).await);
    let behind = live.watch(Some(Cursor::NOWHERE)).unwrap();
    assert!(!waits(&behind).await);
    tokio::join!(watcher.closed(), async { live.close() });
    assert!(live.watch(None).is_none());
}

/// Who watches one app gets cursors while others are called; how far apart two places are cannot be seen in them.
#[test]
fn a_cursor_does_not_tell_how_much_happens() {
    let (live, _) = live();
    let mut watcher = live.watch(None).unwrap();
    let mut shown = Vec::new();
    for count in [0, 0, 1, 1000] {
        tell(&live, 0..count);
        watcher.read(Some(app(2)));
        shown.push(watcher.cursor().to_string());
    }
    for (index, one) in shown.iter().enumerate() {
        for other in &shown[index + 1..] {
            let same = one.bytes().zip(other.bytes()).filter(|(one, other)| one == other).count();
            assert!(
                same < 12,
                "{one} and {other}: two in 32 digits are the same by chance, and 12 almost never"
            );
        }
    }
}

#[test]
fn texts_that_are_no_cursors_are_refused() {
    let long = "0".repeat(33);
    for text in
        ["", "-", "7-4711", &long[2..], &long, &format!("+{}", &long[2..]), &format!("g{}", &long[2..])]
    {
        assert_eq!(text.parse::<Cursor>(), Err(InvalidCursor), "{text}");
    }
}
