//! Checks what the control plane says of its ledger: seals, their chain, and proofs that an event is under one.
//!
//! Independent of the server: it needs only SHA-256, and what the schema of BatchSealed says of leaves and hashes.

use bytes::Buf as _;
use prost::Message as _;
use ring::digest::{Context, SHA256};

use crate::events::v1::{BatchSealed, Event, event::Payload};
use crate::v1::{ProveEventResponse, Seal};

/// What was given does not prove what it claims.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotProven(pub String);

/// One stored event, as its leaf spells it out.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The type of what is stored.
    pub topic: String,
    /// Such as `vms/{uid}`.
    pub stream: String,
    /// Its place in the stream, from 1.
    pub version: u64,
    /// As it is stored: without stream, version and position, which are columns of their own.
    pub event: Event,
}

/// Takes a leaf apart.
pub fn row_of(mut leaf: &[u8]) -> Result<Row, NotProven> {
    let broken = |why: String| NotProven(format!("the leaf is not a stored event: {why}"));
    let mut text = || {
        let length = leaf.try_get_u32().map_err(|error| broken(error.to_string()))? as usize;
        let bytes = leaf.get(..length).ok_or_else(|| broken("it is too short".to_owned()))?;
        leaf.advance(length);
        String::from_utf8(bytes.to_vec()).map_err(|error| broken(error.to_string()))
    };
    let (topic, stream) = (text()?, text()?);
    let version = leaf.try_get_u64().map_err(|error| broken(error.to_string()))?;
    let event = Event::decode(leaf).map_err(|error| broken(error.to_string()))?;
    Ok(Row { topic, stream, version, event })
}

/// The seal's content, once its hash is that of its own row.
pub fn check_seal(seal: &Seal) -> Result<BatchSealed, NotProven> {
    let batch = seal.batch;
    if hash(&[&[0], &seal.leaf])[..] != seal.hash[..] {
        return Err(NotProven(format!("the hash of seal {batch} is not that of its row")));
    }
    let row = row_of(&seal.leaf)?;
    let Some(Payload::BatchSealed(sealed)) = row.event.payload else {
        return Err(NotProven(format!("the row of seal {batch} is not a seal")));
    };
    if row.stream != "ledger" || i64::try_from(row.version) != Ok(sealed.batch) {
        return Err(NotProven(format!("the row of seal {batch} is not a seal")));
    }
    let claimed = (seal.batch, &seal.merkle_root, &seal.previous_hash, seal.epoch, seal.events);
    if claimed != (sealed.batch, &sealed.merkle_root, &sealed.previous_hash, sealed.epoch, sealed.events) {
        return Err(NotProven(format!("what is claimed of seal {batch} is not what its row says")));
    }
    Ok(sealed)
}

/// The event, once its audit path leads to its seal's root. See RFC 9162, 2.1.3.2.
pub fn check_inclusion(proof: &ProveEventResponse) -> Result<Row, NotProven> {
    let seal = proof.seal.as_ref().ok_or_else(|| NotProven("the proof has no seal".to_owned()))?;
    let sealed = check_seal(seal)?;
    if proof.tree_size != sealed.events || !(0..proof.tree_size).contains(&proof.leaf_index) {
        return Err(NotProven("the place that the proof claims is not in the batch".to_owned()));
    }
    let (mut node, mut last) = (proof.leaf_index, proof.tree_size - 1);
    let mut found = hash(&[&[0], &proof.leaf]);
    for sibling in &proof.audit_path {
        if last == 0 {
            return Err(NotProven("the audit path is too long".to_owned()));
        }
        if node & 1 == 1 || node == last {
            found = hash(&[&[1], sibling, &found]);
            while node != 0 && node & 1 == 0 {
                (node, last) = (node >> 1, last >> 1);
            }
        } else {
            found = hash(&[&[1], &found, sibling]);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    if last != 0 || found[..] != sealed.merkle_root[..] {
        return Err(NotProven("the audit path does not lead to the seal's root".to_owned()));
    }
    row_of(&proof.leaf)
}

/// The chain of seals: each names the hash of the one before it, and begins where that one ends.
#[derive(Debug, Clone, Default)]
pub struct Chain {
    last: Option<Seal>,
}

impl Chain {
    /// Checks the next seal, the first one as the ledger's first.
    pub fn add(&mut self, seal: &Seal) -> Result<BatchSealed, NotProven> {
        let sealed = check_seal(seal)?;
        let batch = seal.batch;
        let (number, hash, position) =
            self.last.as_ref().map_or((0, &[][..], 0), |last| (last.batch, &last.hash, last.position));
        if batch != number + 1 {
            return Err(NotProven(format!("seal {batch} follows seal {number}")));
        }
        if seal.previous_hash != hash {
            return Err(NotProven(format!("seal {batch} does not name the hash of seal {number}")));
        }
        if seal.first_position <= position || seal.position <= seal.last_position {
            return Err(NotProven(format!("seal {batch} is not after seal {number}")));
        }
        self.last = Some(seal.clone());
        Ok(sealed)
    }

    /// The seal that was added last.
    pub fn head(&self) -> Option<&Seal> {
        self.last.as_ref()
    }
}

fn hash(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(part);
    }
    context.finish().as_ref().try_into().expect("SHA-256 has 32 bytes")
}

#[cfg(test)]
mod tests {
    use bytes::BufMut as _;

    use super::*;

    fn leaf(stream: &str, version: u64, event: &Event) -> Vec<u8> {
        let mut out = Vec::new();
        for text in ["chronovisor.events.v1.Event", stream] {
            out.put_u32(text.len() as u32);
            out.put_slice(text.as_bytes());
        }
        out.put_u64(version);
        event.encode(&mut out).unwrap();
        out
    }

    /// RFC 6962, 2.1, word for word.
    fn root(leaves: &[Vec<u8>]) -> Vec<u8> {
        match leaves {
            [only] => hash(&[&[0], only]).to_vec(),
            _ => {
                let (left, right) = leaves.split_at(split(leaves.len()));
                hash(&[&[1], &root(left), &root(right)]).to_vec()
            }
        }
    }

    /// RFC 6962, 2.1.1.
    fn path(index: usize, leaves: &[Vec<u8>]) -> Vec<Vec<u8>> {
        if leaves.len() == 1 {
            return Vec::new();
        }
        let at = split(leaves.len());
        let (left, right) = leaves.split_at(at);
        let (mut found, sibling) =
            if index < at { (path(index, left), right) } else { (path(index - at, right), left) };
        found.push(root(sibling));
        found
    }

    /// The largest power of two below.
    fn split(count: usize) -> usize {
        count.next_power_of_two() / 2
    }

    fn leaves(count: usize) -> Vec<Vec<u8>> {
        let event = |index: usize| Event { reason: format!("event {index}"), ..Default::default() };
        (0..count).map(|index| leaf("vms/u", index as u64 + 1, &event(index))).collect()
    }

    fn seal(batch: i64, leaves: &[Vec<u8>], previous_hash: &[u8]) -> Seal {
        let sealed = BatchSealed {
            batch,
            events: leaves.len() as i64,
            merkle_root: root(leaves),
            previous_hash: previous_hash.to_vec(),
            epoch: 1,
            ..Default::default()
        };
        let row = leaf(
            "ledger",
            batch as u64,
            &Event { payload: Some(Payload::BatchSealed(sealed.clone())), ..Default::default() },
        );
        Seal {
            batch,
            first_position: batch * 100 + 1,
            last_position: batch * 100 + sealed.events,
            position: batch * 100 + sealed.events + 1,
            merkle_root: sealed.merkle_root,
            previous_hash: sealed.previous_hash,
            hash: hash(&[&[0], &row]).to_vec(),
            epoch: 1,
            leaf: row,
            events: sealed.events,
            ..Default::default()
        }
    }

    fn proof(index: usize, leaves: &[Vec<u8>]) -> ProveEventResponse {
        ProveEventResponse {
            leaf: leaves[index].clone(),
            leaf_index: index as i64,
            tree_size: leaves.len() as i64,
            audit_path: path(index, leaves),
            seal: Some(seal(1, leaves, &[])),
        }
    }

    #[test]
    fn every_event_of_every_batch_is_proven() {
        for count in 1..=17 {
            let leaves = leaves(count);
            for index in 0..count {
                let row = check_inclusion(&proof(index, &leaves)).unwrap();
                assert_eq!((row.stream.as_str(), row.version), ("vms/u", index as u64 + 1));
                assert_eq!(row.event.reason, format!("event {index}"));
            }
        }
    }

    #[test]
    fn nothing_that_was_altered_is_proven() {
        for count in [1, 2, 5, 8] {
            let leaves = leaves(count);
            for index in 0..count {
                let good = proof(index, &leaves);
                let mut altered = good.clone();
                *altered.leaf.last_mut().unwrap() ^= 1;
                assert!(check_inclusion(&altered).is_err());
                let moved = ProveEventResponse { leaf_index: good.leaf_index + 1, ..good.clone() };
                assert!(check_inclusion(&moved).is_err(), "{index} of {count}");
                let grown = ProveEventResponse { tree_size: good.tree_size + 1, ..good.clone() };
                assert!(check_inclusion(&grown).is_err());
                let mut longer = good.clone();
                longer.audit_path.push(vec![0; 32]);
                assert!(check_inclusion(&longer).is_err());
                if count > 1 {
                    let mut shorter = good.clone();
                    shorter.audit_path.pop();
                    assert!(check_inclusion(&shorter).is_err());
                }
                assert!(check_inclusion(&ProveEventResponse { seal: None, ..good }).is_err());
            }
        }
    }

    #[test]
    fn a_seal_is_what_its_row_says() {
        let good = seal(1, &leaves(3), &[]);
        assert_eq!(check_seal(&good).unwrap().events, 3);
        for altered in [
            Seal { batch: 2, ..good.clone() },
            Seal { events: 2, ..good.clone() },
            Seal { epoch: 2, ..good.clone() },
            Seal { merkle_root: vec![0; 32], ..good.clone() },
            Seal { previous_hash: vec![0; 32], ..good.clone() },
            Seal { hash: vec![0; 32], ..good.clone() },
            Seal { leaf: leaves(1).remove(0), hash: root(&leaves(1)), ..good.clone() },
        ] {
            assert!(check_seal(&altered).is_err(), "{altered:?}");
        }
    }

    #[test]
    fn seals_are_a_chain_only_in_their_order() {
        let first = seal(1, &leaves(1), &[]);
        let second = seal(2, &leaves(2), &first.hash);
        let mut chain = Chain::default();
        assert!(chain.clone().add(&second).is_err());
        chain.add(&first).unwrap();
        assert!(chain.clone().add(&first).is_err());
        assert!(chain.clone().add(&seal(2, &leaves(2), &second.hash)).is_err());
        assert!(chain.clone().add(&Seal { first_position: 1, ..second.clone() }).is_err());
        chain.add(&second).unwrap();
        assert_eq!(chain.head().unwrap().batch, 2);
    }

    #[test]
    fn what_is_no_leaf_is_refused() {
        for broken in [&b""[..], b"\0\0\0\xff", b"\0\0\0\x01\xff", b"\0\0\0\0\0\0\0\0\0"] {
            assert!(row_of(broken).is_err(), "{broken:?}");
        }
    }
}
