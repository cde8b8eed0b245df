//! The chunked coding (RFC 9112, 7.1), byte by byte: it does not matter in which parts it comes.

/// How far a chunked body has come.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Chunks {
    place: Place,
    /// The bytes of extensions and trailers so far.
    beside: usize,
}

/// The bytes are not framed as HTTP/1.1 wants it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Misframed;

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// The digits of a size.
    Size {
        size: u64,
        digits: u32,
    },
    /// Space after a size.
    SizeSpace(u64),
    /// An extension, up to the end of its line.
    Extension(u64),
    /// The end of the size's line.
    SizeEnd(u64),
    /// So many bytes of the body.
    Data(u64),
    /// Both bytes of the line's end after them.
    DataReturn,
    DataEnd,
    /// A trailer, or the line that is empty.
    Line,
    Trailer,
    TrailerEnd,
    LastEnd,
    Done,
}

impl Default for Place {
    fn default() -> Self {
        Self::Size { size: 0, digits: 0 }
    }
}

/// Digits of a size: as many as a `u64` has.
const DIGITS_MAX: u32 = 16;
/// What extensions and trailers, of which nothing is kept, may have together.
const BESIDE_BYTES_MAX: usize = 16 * 1024;

impl Chunks {
    /// Whether the last chunk and what follows it has come.
    pub(crate) fn is_done(&self) -> bool {
        self.place == Place::Done
    }

    /// As [`crate::body::Framing::take`].
    pub(crate) fn take(&mut self, bytes: &[u8], mut keep: impl FnMut(&[u8])) -> Result<usize, Misframed> {
        let mut at = 0;
        while at < bytes.len() && !self.is_done() {
            if let Place::Data(left) = self.place {
                let data = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len() - at);
                keep(&bytes[at..at + data]);
                at += data;
                let left = left - data as u64;
                self.place = if left > 0 { Place::Data(left) } else { Place::DataReturn };
            } else {
                self.place = self.place.after(bytes[at]).ok_or(Misframed)?;
                self.beside += usize::from(matches!(self.place, Place::Extension(_) | Place::Trailer));
                at += 1;
            }
            if self.beside > BESIDE_BYTES_MAX {
                return Err(Misframed);
            }
        }
        Ok(at)
    }
}

impl Place {
    /// What comes after this byte, which is none of the body's; `None` if it may not stand here.
    fn after(self, byte: u8) -> Option<Self> {
        Some(match (self, byte) {
            (Place::Size { size, digits }, _) if byte.is_ascii_hexdigit() && digits < DIGITS_MAX => {
                let digit = char::from(byte).to_digit(16)?;
                Place::Size { size: size << 4 | u64::from(digit), digits: digits + 1 }
            }
            (Place::Size { digits: 0, .. }, _) => return None,
            (Place::Size { size, .. } | Place::SizeSpace(size), b' ' | b'\t') => Place::SizeSpace(size),
            (Place::Size { size, .. } | Place::SizeSpace(size), b';') => Place::Extension(size),
            (Place::Size { size, .. } | Place::SizeSpace(size) | Place::Extension(size), b'\r') => {
                Place::SizeEnd(size)
            }
            (Place::Extension(size), byte) if byte != b'\n' => Place::Extension(size),
            (Place::SizeEnd(0), b'\n') => Place::Line,
            (Place::SizeEnd(size), b'\n') => Place::Data(size),
            (Place::DataReturn, b'\r') => Place::DataEnd,
            (Place::DataEnd, b'\n') => Place::default(),
            (Place::Line, b'\r') => Place::LastEnd,
            (Place::Trailer, b'\r') => Place::TrailerEnd,
            (Place::Line | Place::Trailer, byte) if byte != b'\n' => Place::Trailer,
            (Place::TrailerEnd, b'\n') => Place::Line,
            (Place::LastEnd, b'\n') => Place::Done,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `body` comes out, so many bytes are taken, and it ends or not: in parts of each size.
    #[track_caller]
    fn check(coded: &str, (body, taken, is_done): (&str, usize, bool)) {
        for size in 1..=coded.len() {
            let (mut chunks, mut found) = (Chunks::default(), Vec::new());
            let parts = coded.as_bytes().chunks(size);
            let takes = parts.map(|part| chunks.take(part, |data| found.extend_from_slice(data)));
            let found_taken: usize = takes.map(Result::unwrap).sum();
            let found = (str::from_utf8(&found).unwrap(), found_taken, chunks.is_done());
            assert_eq!(found, (body, taken, is_done), "{coded:?} in parts of {size}");
        }
    }

    #[track_caller]
    fn check_refused(coded: &str) {
        for size in 1..=coded.len() {
            let mut chunks = Chunks::default();
            let mut parts = coded.as_bytes().chunks(size);
            assert!(parts.any(|part| chunks.take(part, |_| {}).is_err()), "{coded:?} in parts of {size}");
        }
    }

    #[test]
    fn chunks_become_a_body_in_whatever_parts_they_come() {
        check("0\r\n\r\n", ("", 5, true));
        check("5\r\nhello\r\n0\r\n\r\n", ("hello", 15, true));
        check("0a\r\nhello worl\r\n1\r\nd\r\n00\r\n\r\n", ("hello world", 28, true));
        check("1 \t;a=b\r\nx\r\n0;c\r\nd: e\r\nf: g\r\n\r\n", ("x", 31, true));
        check("2\r\n\r\n\r\n0\r\n\r\n", ("\r\n", 12, true));
        check("5\r\nhel", ("hel", 6, false));
        check("5\r\nhello\r\n0\r\n", ("hello", 13, false));
    }

    #[test]
    fn what_follows_the_last_chunk_is_left_alone() {
        check("1\r\nx\r\n0\r\n\r\nHTTP/1.1", ("x", 11, true));
    }

    #[test]
    fn what_is_not_the_coding_is_refused() {
        for coded in [
            "\r\n",
            "g\r\n",
            "-1\r\n",
            "1x\r\n",
            "1 x\r\n",
            "1\nx\r\n",
            "1\r\rx",
            "1\r\nxy",
            "1\r\nx\n",
            "1;a\nb\r\n",
            "0\r\nx\n",
            "10000000000000000\r\n",
            "0\r\n\n",
        ] {
            check_refused(coded);
        }
        check("ffffffffffffffff\r\nx", ("x", 19, false));
    }

    #[test]
    fn what_is_not_kept_is_bounded() {
        let most = "x".repeat(BESIDE_BYTES_MAX - 1);
        let take = |coded: String| Chunks::default().take(coded.as_bytes(), |_| {});
        assert!(take(format!("1;{most}\r\n")).is_ok() && take(format!("0\r\n{most}x\r\n")).is_ok());
        assert_eq!(take(format!("1;{most}x\r\n")), Err(Misframed));
        assert_eq!(take(format!("0\r\n{most}xx\r\n")), Err(Misframed));
        let many = "1;xxxx\r\ny\r\n".repeat(BESIDE_BYTES_MAX / 4);
        assert_eq!(take(many), Err(Misframed));
    }
}
