// Package proof checks what a control plane says of its ledger: seals, and proofs that an event is under one.
//
// It takes no server's word: it needs SHA-256, and what the schema of BatchSealed says of leaves and hashes.
package proof

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"

	eventsv1 "chronovisor.dev/go/chronovisor/events/v1"
	chronovisorv1 "chronovisor.dev/go/chronovisor/v1"
)

// ErrNotProven is why what was given does not prove what it claims.
var ErrNotProven = errors.New("not proven")

// Row is a stored event, as its leaf spells it out.
type Row struct {
	Topic   string
	Stream  string
	Version int64
	// Without stream, version and position, which are not stored in it.
	Event *eventsv1.Event
}

// CheckInclusion returns the event that a proof is of, once its audit path leads to the root of its seal. See RFC 9162,
// section 2.1.3.2.
func CheckInclusion(proof *chronovisorv1.ProveEventResponse) (*Row, error) {
	sealed, err := CheckSeal(proof.GetSeal())
	if err != nil {
		return nil, err
	}
	index, size := proof.GetLeafIndex(), proof.GetTreeSize()
	if size != sealed.GetEvents() || index < 0 || index >= size {
		return nil, notProven("the place that the proof claims is not in the batch")
	}
	node, last := index, size-1
	found := leafHash(proof.GetLeaf())
	for _, sibling := range proof.GetAuditPath() {
		if last == 0 {
			return nil, notProven("the audit path is too long")
		}
		if node&1 == 1 || node == last {
			found = innerHash(sibling, found)
			for node != 0 && node&1 == 0 {
				node, last = node>>1, last>>1
			}
		} else {
			found = innerHash(found, sibling)
		}
		node, last = node>>1, last>>1
	}
	if last != 0 || !bytes.Equal(found, sealed.GetMerkleRoot()) {
		return nil, notProven("the audit path does not lead to the seal's root")
	}
	return RowOf(proof.GetLeaf())
}

// CheckSeal returns the content of a seal, once its hash is that of its own row.
func CheckSeal(seal *chronovisorv1.Seal) (*eventsv1.BatchSealed, error) {
	if !bytes.Equal(leafHash(seal.GetLeaf()), seal.GetHash()) {
		return nil, notProven("the hash of seal %d is not that of its row", seal.GetBatch())
	}
	row, err := RowOf(seal.GetLeaf())
	if err != nil {
		return nil, err
	}
	sealed := row.Event.GetBatchSealed()
	if row.Stream != "ledger" || sealed == nil || row.Version != sealed.GetBatch() {
		return nil, notProven("the row of seal %d is not a seal", seal.GetBatch())
	}
	if seal.GetBatch() != sealed.GetBatch() || seal.GetEpoch() != sealed.GetEpoch() ||
		seal.GetEvents() != sealed.GetEvents() ||
		!bytes.Equal(seal.GetMerkleRoot(), sealed.GetMerkleRoot()) ||
		!bytes.Equal(seal.GetPreviousHash(), sealed.GetPreviousHash()) {
		return nil, notProven("what is claimed of seal %d is not what its row says", seal.GetBatch())
	}
	return sealed, nil
}

// RowOf takes a leaf apart: uint32 length of the topic and the topic, uint32 length of the stream and the stream, uint64
// version, the stored event; all integers big-endian.
func RowOf(leaf []byte) (*Row, error) {
	topic, rest, ok := cutText(leaf)
	if !ok {
		return nil, notProven("the leaf is not a stored event: it has no topic")
	}
	stream, rest, ok := cutText(rest)
	if !ok || len(rest) < 8 {
		return nil, notProven("the leaf is not a stored event: it has no stream and version")
	}
	event := new(eventsv1.Event)
	if err := proto.Unmarshal(rest[8:], event); err != nil {
		return nil, notProven("the leaf is not a stored event: %v", err)
	}
	return &Row{Topic: topic, Stream: stream, Version: int64(binary.BigEndian.Uint64(rest)), Event: event}, nil
}

func cutText(from []byte) (text string, rest []byte, ok bool) {
	if len(from) < 4 {
		return "", nil, false
	}
	length := uint64(binary.BigEndian.Uint32(from))
	from = from[4:]
	if uint64(len(from)) < length || !utf8.Valid(from[:length]) {
		return "", nil, false
	}
	return string(from[:length]), from[length:], true
}

// A leaf and an inner node begin with another byte each, so that none can pass for the other. See RFC 6962.
func leafHash(leaf []byte) []byte {
	hash := sha256.New()
	hash.Write([]byte{0})
	hash.Write(leaf)
	return hash.Sum(nil)
}

func innerHash(left, right []byte) []byte {
	hash := sha256.New()
	hash.Write([]byte{1})
	hash.Write(left)
	hash.Write(right)
	return hash.Sum(nil)
}

func notProven(format string, values ...any) error {
	return fmt.Errorf("%w: %s", ErrNotProven, fmt.Sprintf(format, values...))
}
