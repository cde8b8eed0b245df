//! The head of a response: what is wanted of it, and where it says that the body ends (RFC 9112, 6.3).

use std::io;
use std::mem::MaybeUninit;

use domain::limits::LOCATION_BYTES_MAX;
use httparse::{Header, ParserConfig, Status};

use crate::body::Framing;

/// What came is not what HTTP/1.1 allows, or it came no further.
#[derive(Debug)]
pub(crate) enum Fault {
    /// Not HTTP/1.1; why, in a few words.
    Malformed(String),
    /// More headers than are read, or a longer body than can be counted.
    TooLarge,
    /// The receiver closed the connection.
    Closed,
    /// The connection broke.
    Broken(io::Error),
}

/// The head of a response.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) status: u16,
    pub(crate) framing: Framing,
    /// Whether the connection may serve another request after this response.
    pub(crate) is_kept_alive: bool,
    pub(crate) retry_after: Option<String>,
    /// Where it points.
    pub(crate) location: Option<String>,
}

/// Headers of one response; nobody needs more.
const HEADERS_MAX: usize = 100;
const SWITCHING_PROTOCOLS: u16 = 101;

impl Head {
    /// Reads a head and its length from the beginning of what has come; `None` if it goes on.
    pub(crate) fn read(bytes: &[u8]) -> Result<Option<(Self, usize)>, Fault> {
        let mut headers = [MaybeUninit::<Header<'_>>::uninit(); HEADERS_MAX];
        let mut response = httparse::Response::new(&mut []);
        let parser = ParserConfig::default();
        match parser.parse_response_with_uninit_headers(&mut response, bytes, &mut headers) {
            Ok(Status::Partial) => Ok(None),
            Ok(Status::Complete(length)) => Ok(Some((Self::of(&response)?, length))),
            Err(httparse::Error::TooManyHeaders) => Err(Fault::TooLarge),
            Err(error) => Err(Fault::Malformed(error.to_string())),
        }
    }

    fn of(response: &httparse::Response<'_, '_>) -> Result<Self, Fault> {
        let status = response.code.filter(|status| *status >= 100);
        let status = status.ok_or_else(|| Fault::Malformed("invalid status".to_owned()))?;
        let is_old = response.version == Some(0);
        let mut fields = Fields::default();
        for header in &*response.headers {
            fields.take(header)?;
        }
        let framing = fields.framing(status, is_old)?;
        let is_wanted = !fields.says_close && (!is_old || fields.says_keep_alive);
        Ok(Self {
            status,
            is_kept_alive: is_wanted && status != SWITCHING_PROTOCOLS && fields.agree_with(&framing),
            framing,
            retry_after: fields.retry_after,
            location: fields.location,
        })
    }

    /// Whether the response itself is still to come.
    pub(crate) fn is_interim(&self) -> bool {
        self.status < 200 && self.status != SWITCHING_PROTOCOLS
    }
}

/// The headers that matter.
#[derive(Default)]
struct Fields {
    length: Option<u64>,
    /// Whether the last transfer coding is `chunked`; `None` if there is none at all.
    coding: Option<bool>,
    says_close: bool,
    says_keep_alive: bool,
    retry_after: Option<String>,
    location: Option<String>,
}

impl Fields {
    fn take(&mut self, header: &Header<'_>) -> Result<(), Fault> {
        let is = |name: &str| header.name.eq_ignore_ascii_case(name);
        if is("content-length") {
            for length in list(header.value) {
                let length = number(length)?;
                if *self.length.get_or_insert(length) != length {
                    return Err(Fault::Malformed("two lengths".to_owned()));
                }
            }
        } else if is("transfer-encoding") {
            let last = list(header.value).last();
            self.coding = Some(last.is_some_and(|last| last.eq_ignore_ascii_case(b"chunked")));
        } else if is("connection") {
            let says = |word: &str| list(header.value).any(|one| one.eq_ignore_ascii_case(word.as_bytes()));
            self.says_close |= says("close");
            self.says_keep_alive |= says("keep-alive");
        } else if is("retry-after") {
            self.retry_after.get_or_insert_with(|| kept(header.value));
        } else if is("location") {
            self.location.get_or_insert_with(|| kept(header.value));
        }
        Ok(())
    }

    /// Whether nothing that was said lets the body end elsewhere, as it may for whoever sent it.
    fn agree_with(&self, framing: &Framing) -> bool {
        match framing {
            Framing::Length(length) => self.coding.is_none() && self.length.unwrap_or_default() == *length,
            Framing::Chunked(_) => self.length.is_none(),
            Framing::ToTheEnd => false,
        }
    }

    fn framing(&self, status: u16, is_old: bool) -> Result<Framing, Fault> {
        Ok(match (status, self.coding, self.length) {
            (SWITCHING_PROTOCOLS | 204 | 304, ..) => Framing::Length(0),
            // HTTP/1.0 has no codings: whoever sends one means something else by it than we do.
            (_, Some(_), _) if is_old => return Err(Fault::Malformed("a coding in HTTP/1.0".to_owned())),
            (_, Some(true), _) => Framing::chunked(),
            (_, None, Some(length)) => Framing::Length(length),
            (_, Some(false), _) | (_, None, None) => Framing::ToTheEnd,
        })
    }
}

/// The members of a header's value that is a list.
fn list(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii)
}

fn number(digits: &[u8]) -> Result<u64, Fault> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(Fault::Malformed("invalid length".to_owned()));
    }
    let add = |number: u64, digit: &u8| number.checked_mul(10)?.checked_add(u64::from(digit - b'0'));
    digits.iter().try_fold(0, add).ok_or(Fault::TooLarge)
}

/// A header's value as text, if it is short enough to be meant for us.
fn kept(value: &[u8]) -> String {
    String::from_utf8_lossy(&value[..value.len().min(LOCATION_BYTES_MAX)]).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(head: &str) -> Result<Head, Fault> {
        Head::read(format!("{head}\r\n\r\n").as_bytes()).map(|found| found.expect("the head is whole").0)
    }

    #[track_caller]
    fn check(head: &str, framing: &Framing, is_kept_alive: bool) {
        let found = read(head).unwrap();
        assert_eq!((&found.framing, found.is_kept_alive), (framing, is_kept_alive), "{head}");
    }

    #[track_caller]
    fn check_refused(head: &str) {
        assert!(read(head).is_err(), "{head}");
    }

    #[test]
    fn the_framing_is_what_the_standard_says() {
        for (status, is_kept_alive) in [(101, false), (204, true), (304, true)] {
            let head = format!("HTTP/1.1 {status} x");
            check(&head, &Framing::Length(0), is_kept_alive);
            check(&format!("{head}\r\ncontent-length: 5"), &Framing::Length(0), false);
            check(&format!("{head}\r\ntransfer-encoding: chunked"), &Framing::Length(0), false);
        }
        check("HTTP/1.1 200 OK", &Framing::ToTheEnd, false);
        check("HTTP/1.1 200 OK\r\nContent-Length: 5", &Framing::Length(5), true);
        check("HTTP/1.1 200 OK\r\ncontent-length: 5, 5", &Framing::Length(5), true);
        check("HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 5", &Framing::Length(5), true);
        check("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked", &Framing::chunked(), true);
        check("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked, gzip", &Framing::ToTheEnd, false);
        check("HTTP/1.1 200 OK\r\ntransfer-encoding: xchunked", &Framing::ToTheEnd, false);
        let both = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked";
        check(both, &Framing::chunked(), false);
    }

    #[test]
    fn a_length_that_is_none_is_refused() {
        for length in ["", "+5", "5,", "5 5", "0x5", "5a", "5\r\ncontent-length: 6", "18446744073709551616"] {
            check_refused(&format!("HTTP/1.1 200 OK\r\ncontent-length: {length}"));
        }
        check_refused("HTTP/1.0 200 OK\r\ntransfer-encoding: chunked");
    }

    #[test]
    fn a_connection_is_kept_if_nothing_speaks_against_it() {
        let check = |version: &str, connection: &str, expected: bool| {
            let head = format!("HTTP/{version} 200 OK\r\ncontent-length: 0\r\n{connection}");
            check(head.trim_end(), &Framing::Length(0), expected);
        };
        check("1.1", "", true);
        check("1.1", "connection: keep-alive", true);
        check("1.1", "Connection: Upgrade, CLOSE", false);
        check("1.0", "", false);
        check("1.0", "connection: keep-alive", true);
        check("1.0", "connection: close\r\nconnection: keep-alive", false);
        check("1.0", "connection: keep-alive, close", false);
    }

    #[test]
    fn what_is_interim_is_not_the_response() {
        for (status, expected) in [(100, true), (103, true), (199, true), (101, false), (200, false)] {
            assert_eq!(read(&format!("HTTP/1.1 {status} x")).unwrap().is_interim(), expected, "{status}");
        }
    }
}
