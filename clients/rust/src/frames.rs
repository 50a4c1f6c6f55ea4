//! gRPC's frames and protobuf's fields as bytes: a request id for a message whose type is not known here.

use bytes::{BufMut as _, Bytes, BytesMut};
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, encode_key, encode_varint, skip_field};
use uuid::Uuid;

/// A flag of compression and four bytes of length.
const PREFIX: usize = 5;

/// The framed message itself, or with a new UUID in field `number`, where it has none. `number` 0 is no field. See AIP-155.
pub(crate) fn with_request_id(framed: Bytes, number: u32) -> Bytes {
    let is_plain = framed.len() >= PREFIX && framed[0] == 0;
    if number == 0 || !is_plain || has_text(&framed[PREFIX..], number) {
        return framed;
    }
    // Fields may come in any order.
    let mut field = BytesMut::new();
    let id = Uuid::new_v4().to_string();
    encode_key(number, WireType::LengthDelimited, &mut field);
    encode_varint(id.len() as u64, &mut field);
    field.put_slice(id.as_bytes());
    let length = framed.len() - PREFIX + field.len();
    let mut out = BytesMut::with_capacity(PREFIX + length);
    out.put_u8(0);
    // A message of 4 GiB is refused by tonic before.
    out.put_u32(length as u32);
    out.put_slice(&framed[PREFIX..]);
    out.put_slice(&field);
    out.freeze()
}

/// Whether a string field is set. What cannot be read has it: it is left as it is.
fn has_text(mut message: &[u8], number: u32) -> bool {
    while !message.is_empty() {
        let Ok((tag, wire_type)) = decode_key(&mut message) else { return true };
        if tag == number && wire_type == WireType::LengthDelimited {
            match decode_varint(&mut message) {
                Ok(0) => continue,
                _ => return true,
            }
        }
        if skip_field(wire_type, tag, &mut message, DecodeContext::default()).is_err() {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use prost::Message as _;

    use super::*;
    use crate::v1;

    fn framed(message: &impl prost::Message) -> Bytes {
        let mut out = BytesMut::new();
        out.put_u8(0);
        out.put_u32(message.encoded_len() as u32);
        message.encode(&mut out).unwrap();
        out.freeze()
    }

    #[test]
    fn a_request_without_an_id_gets_a_uuid_and_keeps_the_rest() {
        let request =
            v1::StartVmRequest { name: "projects/p/vms/v".to_owned(), validate_only: true, ..Default::default() };
        let sent = with_request_id(framed(&request), 3);
        assert_eq!(sent.len() - 5, u32::from_be_bytes(sent[1..5].try_into().unwrap()) as usize);
        let mut seen = v1::StartVmRequest::decode(&sent[5..]).unwrap();
        assert_eq!(Uuid::parse_str(&seen.request_id).unwrap().get_version_num(), 4);
        seen.request_id.clear();
        assert_eq!(seen, request);
        assert_ne!(with_request_id(framed(&request), 3), sent);
    }

    #[test]
    fn an_id_that_is_set_and_a_request_that_has_none_stay() {
        let request = v1::StartVmRequest { request_id: "x".to_owned(), ..Default::default() };
        assert_eq!(with_request_id(framed(&request), 3), framed(&request));
        let read = v1::GetVmRequest { name: "projects/p/vms/v".to_owned(), ..Default::default() };
        assert_eq!(with_request_id(framed(&read), 0), framed(&read));
    }

    #[test]
    fn what_cannot_be_read_stays() {
        let broken = Bytes::from_static(&[0, 0, 0, 0, 2, 0xff, 0xff]);
        assert_eq!(with_request_id(broken.clone(), 3), broken);
        let compressed = Bytes::from_static(&[1, 0, 0, 0, 0]);
        assert_eq!(with_request_id(compressed.clone(), 3), compressed);
    }
}
