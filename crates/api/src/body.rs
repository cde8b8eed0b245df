//! Reads the body of a request: bounded in bytes and in time, and without a copy when it comes in one piece.

use axum::body::{Body, HttpBody as _};
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, EXPECT};
use bytes::{Bytes, BytesMut};
use domain::limits::{
    REQUEST_BODY_BYTES_MAX, REQUEST_DISCARD_BYTES_MAX, REQUEST_DISCARD_TIME_MAX, REQUEST_READ_TIME_MAX,
};
use http_body_util::BodyExt as _;

use crate::error::Refusal;

/// The whole body of a request.
pub(crate) async fn read(request: Request) -> Result<Bytes, Refusal> {
    read_up_to(REQUEST_BODY_BYTES_MAX, request).await
}

/// The whole body of a request that may have more bytes than usual, or fewer.
pub(crate) async fn read_up_to(bytes_max: usize, request: Request) -> Result<Bytes, Refusal> {
    let (parts, body) = request.into_parts();
    whole(bytes_max, &parts.headers, body).await
}

/// The request with its whole body in memory.
pub(crate) async fn buffered(request: Request) -> Result<Request, Refusal> {
    buffered_up_to(REQUEST_BODY_BYTES_MAX, request).await
}

/// The same for one whose body may have more bytes than usual.
pub(crate) async fn buffered_up_to(bytes_max: usize, request: Request) -> Result<Request, Refusal> {
    let (parts, body) = request.into_parts();
    let bytes = whole(bytes_max, &parts.headers, body).await?;
    Ok(Request::from_parts(parts, Body::from(bytes)))
}

async fn whole(bytes_max: usize, headers: &HeaderMap, mut body: Body) -> Result<Bytes, Refusal> {
    let encodings = headers.get_all(CONTENT_ENCODING);
    if encodings.iter().any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        discard_body(headers, body).await;
        return Err(Refusal::encoded());
    }
    if body.size_hint().lower() > bytes_max as u64 {
        discard_body(headers, body).await;
        return Err(Refusal::too_large(bytes_max));
    }
    let bytes = tokio::time::timeout(REQUEST_READ_TIME_MAX, to_bytes(bytes_max, &mut body));
    match bytes.await.unwrap_or_else(|_| Err(Refusal::timeout()))? {
        Some(bytes) => Ok(bytes),
        None => {
            read_over(body).await;
            Err(Refusal::too_large(bytes_max))
        }
    }
}

/// Reads over the body of a request that is refused, so that its client gets to read the answer. A client that
/// waits for our word before it sends is not asked to.
pub(crate) async fn discard(request: Request) {
    let (parts, body) = request.into_parts();
    discard_body(&parts.headers, body).await;
}

async fn discard_body(headers: &HeaderMap, body: Body) {
    if !headers.contains_key(EXPECT) {
        read_over(body).await;
    }
}

async fn read_over(mut body: Body) {
    let mut left = REQUEST_DISCARD_BYTES_MAX;
    let whole = async {
        while let Ok(Some(piece)) = next(&mut body).await {
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
