//! The body of a response, taken out of the bytes that carry it.

use crate::chunks::{Chunks, Misframed};

/// Where a body ends.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// After so many more bytes.
    Length(u64),
    /// After its last chunk.
    Chunked(Chunks),
    /// With the connection.
    ToTheEnd,
}

impl Framing {
    /// Chunks, of which none has come yet.
    pub(crate) fn chunked() -> Self {
        Self::Chunked(Chunks::default())
    }

    /// Whether the body has ended, as far as that can be seen without the end of the connection.
    pub(crate) fn is_done(&self) -> bool {
        match self {
            Self::Length(left) => *left == 0,
            Self::Chunked(chunks) => chunks.is_done(),
            Self::ToTheEnd => false,
        }
    }

    /// Hands what `bytes` have of the body to `keep`, and says how many of them belong to the response: all, unless
    /// it has ended.
    pub(crate) fn take(&mut self, bytes: &[u8], mut keep: impl FnMut(&[u8])) -> Result<usize, Misframed> {
        match self {
            Self::Length(left) => {
                let taken = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                *left -= taken as u64;
                keep(&bytes[..taken]);
                Ok(taken)
            }
            Self::Chunked(chunks) => chunks.take(bytes, keep),
            Self::ToTheEnd => {
                keep(bytes);
                Ok(bytes.len())
            }
        }
    }
}
