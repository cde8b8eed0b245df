//! The log: one line per problem on standard error, as text on a terminal and as JSON otherwise.
//!
//! Much of what is logged comes from strangers (receivers, clients, URLs), so values are escaped and cut: no line
//! can pretend to be two, colour a terminal, or fill a disk.

use std::fmt::{self, Write as _};
use std::io::IsTerminal as _;

use engine::ports::clock::Clock;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::clock::SystemClock;

/// What is kept of one value of a line.
const VALUE_BYTES_MAX: usize = 1024;
/// Values of one line.
const VALUES_MAX: usize = 6;
/// The parts of Whimbrel, by the names that their events carry.
const OURS: [&str; 6] = ["whimbrel", "api", "engine", "senders", "stores", "domain"];

/// Starts the log of this process. Libraries are heard from `warn` on, we from `level` on.
pub(crate) fn start(level: LevelFilter) {
    let ours = OURS.map(|name| (name, level));
    let targets = Targets::new().with_default(level.min(LevelFilter::WARN)).with_targets(ours);
    let form = if std::io::stderr().is_terminal() { Form::Text } else { Form::Json };
    let lines = tracing_subscriber::fmt::layer().event_format(form).with_writer(std::io::stderr);
    tracing_subscriber::registry().with(targets).with(lines).init();
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, "a fault in Whimbrel: {}", panic.payload_as_str().unwrap_or("panic"));
    }));
}

/// How a line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// For eyes.
    Text,
    /// For machines.
    Json,
}

impl<S, N> FormatEvent<S, N> for Form
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut line = Line::default();
        event.record(&mut line);
        let time = SystemClock.now();
        let (level, target) = (event.metadata().level(), event.metadata().target());
        match self {
            Form::Text => writeln!(writer, "{time} {level:>5} {}", line.text()),
            Form::Json => {
                let mut json = Map::new();
                json.insert("time".into(), time.to_string().into());
                json.insert("level".into(), level.as_str().to_lowercase().into());
                json.insert("message".into(), line.message.into());
                json.insert("target".into(), target.into());
                json.extend(line.values.into_iter().map(|(name, value)| (name.to_owned(), value)));
                writeln!(writer, "{}", Value::Object(json))
            }
        }
    }
}

/// The values of an event, escaped and cut.
#[derive(Default)]
struct Line {
    message: String,
    values: Vec<(&'static str, Value)>,
}

impl Line {
    fn text(&self) -> String {
        let mut text = self.message.clone();
        for (name, value) in &self.values {
            // A text is quoted here, with quotes inside it escaped. Writing to a string does not fail.
            let _ = write!(text, " {name}={value}");
        }
        text
    }

    fn value(&mut self, field: &Field, value: impl Into<Value>) {
        // Events that come by way of the `log` crate say so in fields of their own.
        if self.values.len() < VALUES_MAX && !field.name().starts_with("log.") {
            self.values.push((field.name(), value.into()));
        }
    }
}

impl Visit for Line {
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.value(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.value(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.value(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => self.message = tame(value),
            _ => self.value(field, tame(value)),
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}

/// Makes text from strangers harmless: control characters and those that turn the direction of writing are escaped,
/// and what is too long is cut.
pub(crate) fn tame(text: &str) -> String {
    let mut tamed = String::new();
    for character in text.chars() {
        let before = tamed.len();
        match character {
            '"' | '\'' | '\\' => tamed.push(character),
            _ => tamed.extend(character.escape_debug()),
        }
        if tamed.len() > VALUE_BYTES_MAX {
            tamed.truncate(before);
            tamed.push('…');
            break;
        }
    }
    tamed
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use super::*;

    /// What was logged.
    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(form: Form, log: impl FnOnce()) -> String {
        let sink = Sink::default();
        let writer = sink.clone();
        let lines = tracing_subscriber::fmt::layer().event_format(form).with_writer(move || writer.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), log);
        let bytes = sink.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_line_for_machines_is_json() {
        let line = logged(Form::Json, || tracing::warn!(count = 7, url = "a\"b\u{202e}", "two\nlines"));
        assert_eq!(line.matches('\n').count(), 1);
        let json: Value = serde_json::from_str(&line).unwrap();
        assert_eq!((&json["level"], &json["count"]), (&"warn".into(), &7.into()));
        assert_eq!((&json["message"], &json["url"]), (&"two\\nlines".into(), &"a\"b\\u{202e}".into()));
        assert!(json["time"].as_str().unwrap().ends_with('Z'));
    }

    #[test]
    fn a_line_for_eyes_cannot_be_forged() {
        let line = logged(Form::Text, || tracing::error!(url = "x\" level=\"info\r\n2026 INFO ok", "failed"));
        assert_eq!(line.matches('\n').count(), 1);
        let (_, said) = line.split_once(" ERROR ").unwrap();
        assert!(said.starts_with(r#"failed url="x\" level=\"info"#), "{said}");
    }

    #[test]
    fn a_line_is_bounded() {
        let long = "x".repeat(1_000_000);
        let long = long.as_str();
        for form in [Form::Json, Form::Text] {
            let line = logged(form, || {
                tracing::error!(
                    a = long,
                    b = long,
                    c = long,
                    d = long,
                    e = long,
                    f = long,
                    g = long,
                    h = long,
                    "{long}"
                );
            });
            assert!(line.len() <= 8 * 1024, "{}", line.len());
        }
    }

    fn check(text: &str, expected: &str) {
        assert_eq!(tame(text), expected);
    }

    #[test]
    fn text_from_strangers_is_harmless() {
        check("café \"x\" \\", "café \"x\" \\");
        check("a\r\nERROR b", "a\\r\\nERROR b");
        check("\u{1b}[31mred", "\\u{1b}[31mred");
        check("\u{9b}31m", "\\u{9b}31m");
        check("abc\u{202e}cba", "abc\\u{202e}cba");
        check("\0", "\\0");
    }

    #[test]
    fn long_text_is_cut() {
        let tamed = tame(&"é".repeat(1_000_000));
        assert!(tamed.len() <= VALUE_BYTES_MAX + '…'.len_utf8());
        assert!(tamed.ends_with("é…"));
    }
}
