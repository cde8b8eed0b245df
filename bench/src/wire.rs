//! As much of HTTP/1.1 as both ends of the benchmark need: where a request or response ends, by its
//! `content-length`. Neither end uses another framing.

/// Where a whole request or response lies in what was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    /// Where the body begins.
    pub(crate) body_at: usize,
    /// Where the next request or response would begin.
    pub(crate) end: usize,
}

/// The first request or response in `bytes`, if all of it is there.
pub(crate) fn frame(bytes: &[u8]) -> Option<Frame> {
    let mut at = 0;
    let mut body_bytes = 0;
    loop {
        let line = &bytes[at..];
        let line = &line[..line.iter().position(|byte| *byte == b'\n')?];
        at += line.len() + 1;
        match line {
            [] | [b'\r'] => break,
            _ => body_bytes = content_length(line).unwrap_or(body_bytes),
        }
    }
    let end = at + body_bytes;
    (end <= bytes.len()).then_some(Frame { body_at: at, end })
}

fn content_length(line: &[u8]) -> Option<usize> {
    const NAME: &[u8] = b"content-length:";
    let (name, value) = line.split_at_checked(NAME.len())?;
    if !name.eq_ignore_ascii_case(NAME) {
        return None;
    }
    std::str::from_utf8(value).ok()?.trim().parse().ok()
}

/// The status of a response; zero if it has none.
pub(crate) fn status(response: &[u8]) -> u16 {
    let digits = response.get(9..12).and_then(|digits| std::str::from_utf8(digits).ok());
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<(usize, usize)>) {
        let expected = expected.map(|(body_at, end)| Frame { body_at, end });
        assert_eq!(frame(text.as_bytes()), expected, "{text:?}");
    }

    #[test]
    fn a_frame_ends_where_its_length_says() {
        check("", None);
        check("HTTP/1.1 200 OK\r\n", None);
        check("HTTP/1.1 200 OK\r\n\r\n", Some((19, 19)));
        check("POST / HTTP/1.1\r\nContent-Length: 2\r\na: b\r\n\r\n{", None);
        check("POST / HTTP/1.1\r\nContent-Length: 2\r\na: b\r\n\r\n{}", Some((44, 46)));
        check("POST / HTTP/1.1\r\ncontent-length:2\r\n\r\n{}POST", Some((37, 39)));
    }

    #[test]
    fn a_status_is_read_or_zero() {
        assert_eq!(status(b"HTTP/1.1 503 Service Unavailable\r\n"), 503);
        assert_eq!(status(b"what"), 0);
    }
}
