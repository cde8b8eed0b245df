//! Waiting for sockets and for moments: epoll, told of changes only, and a timer that is exact to the microsecond.

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use rustix::event::{Timespec, epoll};
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, timerfd_create, timerfd_settime,
};

/// What a thread waits for.
pub(crate) struct Poll(OwnedFd);

/// Told of in one go.
const EVENTS_MAX: usize = 256;

impl Poll {
    /// Waits for nothing yet.
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self(epoll::create(epoll::CreateFlags::CLOEXEC)?))
    }

    /// Tells of each change of `source` under the name `token`.
    pub(crate) fn add(&self, source: impl AsFd, token: usize) -> io::Result<()> {
        let flags = epoll::EventFlags::IN | epoll::EventFlags::OUT | epoll::EventFlags::ET;
        self.watch(source, token, flags)
    }

    /// Tells of connections to take for as long as there are any.
    pub(crate) fn add_listener(&self, listener: impl AsFd, token: usize) -> io::Result<()> {
        self.watch(listener, token, epoll::EventFlags::IN | epoll::EventFlags::EXCLUSIVE)
    }

    fn watch(&self, source: impl AsFd, token: usize, flags: epoll::EventFlags) -> io::Result<()> {
        Ok(epoll::add(&self.0, source, epoll::EventData::new_u64(token as u64), flags)?)
    }

    /// Waits until something has changed, or for this long, and puts the names into `tokens`.
    pub(crate) fn wait(&self, limit: Duration, tokens: &mut Vec<usize>) -> io::Result<()> {
        tokens.clear();
        let mut events = [MaybeUninit::<epoll::Event>::uninit(); EVENTS_MAX];
        let told = match epoll::wait(&self.0, &mut events, Some(&timespec(limit))) {
            Ok((told, _)) => told,
            Err(rustix::io::Errno::INTR) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let token = |event: &epoll::Event| usize::try_from(event.data.u64()).expect("it was a token");
        tokens.extend(told.iter().map(token));
        Ok(())
    }
}

/// Rings once at a moment; a poll tells of it.
pub(crate) struct Alarm(OwnedFd);

impl Alarm {
    /// An alarm that `poll` knows as `token`.
    pub(crate) fn new(poll: &Poll, token: usize) -> io::Result<Self> {
        let timer =
            timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?;
        poll.watch(&timer, token, epoll::EventFlags::IN | epoll::EventFlags::ET)?;
        Ok(Self(timer))
    }

    /// Rings after this time.
    pub(crate) fn set(&self, time: Duration) -> io::Result<()> {
        // A timer of zero would be none.
        let it_value = timespec(time.max(Duration::from_nanos(1)));
        let time = Itimerspec { it_interval: timespec(Duration::ZERO), it_value };
        timerfd_settime(&self.0, TimerfdTimerFlags::empty(), &time)?;
        Ok(())
    }
}

fn timespec(time: Duration) -> Timespec {
    Timespec::try_from(time).expect("nobody waits for centuries")
}
