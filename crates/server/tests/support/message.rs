//! Reads HTTP/1.1 messages off a stream, as plainly as can be: a first line, headers, and a body with a length, in
//! chunks, or up to the end.

use std::io::{self, BufRead, Read};

/// A request or a response.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    /// `POST / HTTP/1.1` or `HTTP/1.1 200 OK`.
    pub(crate) first_line: String,
    /// Names in lower case, values as they came.
    pub(crate) headers: Vec<(String, String)>,
    /// The body.
    pub(crate) body: Vec<u8>,
}

/// What ends a body that says nothing of its length.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unsized {
    /// There is none (a request).
    Empty,
    /// It goes up to the end of the stream (a response).
    ToTheEnd,
}

impl Message {
    /// Reads one message; `None` at the end of the stream.
    pub(crate) fn read(stream: &mut impl BufRead, unsized_body: Unsized) -> io::Result<Option<Self>> {
        let first_line = line(stream)?;
        if first_line.is_empty() {
            return Ok(None);
        }
        let mut headers = Vec::new();
        loop {
            let line = line(stream)?;
            let Some((name, value)) = line.split_once(':') else { break };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut message = Self { first_line, headers, body: Vec::new() };
        message.read_body(stream, unsized_body)?;
        Ok(Some(message))
    }

    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {:?}", self.text()))
    }

    fn read_body(&mut self, stream: &mut impl BufRead, unsized_body: Unsized) -> io::Result<()> {
        if self.header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
            return self.read_chunks(stream);
        }
        match self.header("content-length").map(|length| length.parse::<usize>().map_err(io::Error::other)) {
            Some(length) => {
                self.body = vec![0; length?];
                stream.read_exact(&mut self.body)
            }
            None if unsized_body == Unsized::ToTheEnd => stream.read_to_end(&mut self.body).map(|_| ()),
            None => Ok(()),
        }
    }

    fn read_chunks(&mut self, stream: &mut impl BufRead) -> io::Result<()> {
        loop {
            let size = usize::from_str_radix(line(stream)?.trim(), 16).map_err(io::Error::other)?;
            stream.take(size as u64).read_to_end(&mut self.body)?;
            line(stream)?;
            if size == 0 {
                return Ok(());
            }
        }
    }
}

fn line(stream: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
