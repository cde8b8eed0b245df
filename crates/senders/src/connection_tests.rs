use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::body::Framing;
use crate::chunks::Misframed;

/// What a response says, and what was left after it.
type Understood = (u16, Vec<u8>, Vec<u8>);

/// Reads a response that comes in these parts, as an attempt does; the error is a fault, or that it broke off.
fn read<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Result<Understood, ()> {
    let (mut incoming, mut body) = (Incoming::default(), Vec::new());
    let mut begun: Option<Head> = None;
    for part in parts {
        incoming.bytes.extend_from_slice(part);
        while begun.is_none()
            && let Some(head) = incoming.head().map_err(drop)?
        {
            begun = Some(head).filter(|head| !head.is_interim());
        }
        if let Some(head) = &mut begun {
            let taken = head.framing.take(incoming.rest(), |data| body.extend_from_slice(data));
            incoming.take(taken.map_err(|Misframed| ())?);
        }
    }
    match begun {
        Some(head) if head.framing.is_done() || head.framing == Framing::ToTheEnd => {
            Ok((head.status, body, incoming.rest().to_vec()))
        }
        _ => Err(()),
    }
}

const RESPONSES: [&str; 6] = [
    "HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: keep-alive\r\n\r\nhello",
    "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\n",
    "HTTP/1.1 503 x\nretry-after: 1\n\nto the end",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 x\r\nlink: y\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nx: y\r\n\r\nrest",
    "HTTP/1.0 200 OK\r\ncontent-length: 2, 2\r\ncontent-length: 2\r\n\r\n\r\n\r\n",
];

#[test]
fn responses_are_understood() {
    let expected: [(u16, &str, &str); 6] = [
        (200, "hello", ""),
        (204, "", "HTTP/1.1 200 OK\r\n"),
        (503, "to the end", ""),
        (200, "x", ""),
        (200, "hello", "rest"),
        (200, "\r\n", "\r\n"),
    ];
    for (response, (status, body, rest)) in RESPONSES.into_iter().zip(expected) {
        let expected = (status, body.as_bytes().to_vec(), rest.as_bytes().to_vec());
        assert_eq!(read([response.as_bytes()]), Ok(expected), "{response}");
    }
    assert_eq!(read([&b"\r\n\nHTTP/1.1 204 x\r\n\r\n"[..]]), Ok((204, Vec::new(), Vec::new())));
}

#[test]
fn what_can_be_no_head_is_refused_with_its_first_line() {
    for parts in [&["SSH-2.0\r\n"][..], &["H", "ELLO\r\n"], &["H", "TTP/2 200", "\n"]] {
        let mut incoming = Incoming::default();
        let faults = parts.iter().map(|part| {
            incoming.bytes.extend_from_slice(part.as_bytes());
            incoming.head().is_err()
        });
        assert_eq!(faults.last(), Some(true), "{parts:?}");
    }
}

#[test]
fn what_is_left_to_write_goes_on_where_it_stopped() {
    let (head, body) = (b"head".to_vec(), Bytes::from_static(b"body!"));
    let whole = [&head[..], &body].concat();
    let mut outgoing = Outgoing { message: Message { head, body }, written: 0 };
    for written in 0..=whole.len() {
        outgoing.written = written;
        assert_eq!(outgoing.left().concat(), whole[written..]);
    }
}

/// Bytes that mean something.
const BYTES: &[u8] = b"\r\n :;,0159afHT/.\0\xff";

proptest! {
    /// Whatever comes is understood or refused, and what is understood is so in whatever parts it comes.
    #[test]
    fn it_does_not_matter_in_which_parts_a_response_comes(
        response in 0..RESPONSES.len(),
        changes in prop::collection::vec((0..3, 0..200_usize, 0..BYTES.len()), 0..4),
        cuts in prop::collection::vec(0..200_usize, 0..8),
    ) {
        let mut bytes = RESPONSES[response].as_bytes().to_vec();
        for (change, at, byte) in changes {
            let at = at % bytes.len();
            match change {
                0 => bytes[at] = BYTES[byte],
                1 => bytes.insert(at, BYTES[byte]),
                _ => drop(bytes.remove(at)),
            }
        }
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut % bytes.len()).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let in_parts = read(cuts.windows(2).map(|cut| &bytes[cut[0]..cut[1]]));
        let by_byte = read(bytes.chunks(1));
        if let Ok(understood) = read([bytes.as_slice()]) {
            prop_assert_eq!(in_parts, Ok(understood.clone()));
            prop_assert_eq!(by_byte, Ok(understood));
        } else {
            prop_assert_eq!((in_parts, by_byte), (Err(()), Err(())));
        }
    }
}
