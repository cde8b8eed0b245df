//! Reads the body of a request: bounded in bytes and in time, and without a copy when it comes in one piece.

use axum::body::{Body, HttpBody as _};
use axum::extract::Request;
use axum::http::header::{CONTENT_ENCODING, EXPECT};
use bytes::{Bytes, BytesMut};
use domain::limits::{
    REQUEST_BODY_BYTES_MAX, REQUEST_DISCARD_BYTES_MAX, REQUEST_DISCARD_TIME_MAX, REQUEST_READ_TIME_MAX,
};
use http_body_util::BodyExt as _;

use crate::error::Refusal;

/// The whole body of a request.
pub(crate) async fn read(mut request: Request) -> Result<Bytes, Refusal> {
    read_up_to(REQUEST_BODY_BYTES_MAX, &mut request).await
}

/// The body of a request whose gate has read it into memory, with as many bytes as that allows.
pub(crate) async fn in_memory(mut body: Body) -> Result<Bytes, Refusal> {
    Ok(to_bytes(usize::MAX, &mut body).await?.unwrap_or_default())
}

/// Reads the whole body of a request into memory.
pub(crate) async fn buffer(request: &mut Request) -> Result<(), Refusal> {
    buffer_up_to(REQUEST_BODY_BYTES_MAX, request).await
}

/// The same for one whose body may have more bytes than usual.
pub(crate) async fn buffer_up_to(bytes_max: usize, request: &mut Request) -> Result<(), Refusal> {
    let bytes = read_up_to(bytes_max, request).await?;
    *request.body_mut() = Body::from(bytes);
    Ok(())
}

/// The whole body of a request that may have more bytes than usual, or fewer.
pub(crate) async fn read_up_to(bytes_max: usize, request: &mut Request) -> Result<Bytes, Refusal> {
    let mut encodings = request.headers().get_all(CONTENT_ENCODING).iter();
    if encodings.any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        discard(request).await;
        return Err(Refusal::encoded());
    }
    if request.body().size_hint().lower() > bytes_max as u64 {
        discard(request).await;
        return Err(Refusal::too_large(bytes_max));
    }
    let bytes = tokio::time::timeout(REQUEST_READ_TIME_MAX, to_bytes(bytes_max, request.body_mut()));
    match bytes.await.unwrap_or_else(|_| Err(Refusal::timeout()))? {
        Some(bytes) => Ok(bytes),
        None => {
            read_over(request.body_mut()).await;
            Err(Refusal::too_large(bytes_max))
        }
    }
}

/// Reads over the body of a request that is refused, so that its client gets to read the answer. A client that
/// waits for our word before it sends is not asked to.
pub(crate) async fn discard(request: &mut Request) {
    if !request.headers().contains_key(EXPECT) {
        read_over(request.body_mut()).await;
    }
}

async fn read_over(body: &mut Body) {
    let mut left = REQUEST_DISCARD_BYTES_MAX;
    let whole = async {
        while let Ok(Some(piece)) = next(body).await {
            left = left.saturating_sub(piece.len());
            if left == 0 {
                return;
            }
        }
    };
    // What takes too long is as good as what is too much: the connection breaks.
    let _ = tokio::time::timeout(REQUEST_DISCARD_TIME_MAX, whole).await;
}

/// `None` if there is more of it than is allowed.
async fn to_bytes(bytes_max: usize, body: &mut Body) -> Result<Option<Bytes>, Refusal> {
    let mut first = Bytes::new();
    let mut all = BytesMut::new();
    while let Some(piece) = next(body).await? {
        if first.len().max(all.len()) + piece.len() > bytes_max {
            return Ok(None);
        }
        if first.is_empty() && all.is_empty() {
            first = piece;
            continue;
        }
        all.extend_from_slice(&std::mem::take(&mut first));
        all.extend_from_slice(&piece);
    }
    Ok(Some(if all.is_empty() { first } else { all.freeze() }))
}

/// The next piece of data; trailers are passed over.
async fn next(body: &mut Body) -> Result<Option<Bytes>, Refusal> {
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame.map_err(|_| Refusal::incomplete())?.into_data() {
            return Ok(Some(data));
        }
    }
    Ok(None)
}
