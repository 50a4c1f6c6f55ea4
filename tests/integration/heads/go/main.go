// Verifies signed heads and proofs with the libraries that transparency logs use. JSON on stdin; a line for what fails.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/transparency-dev/formats/log"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"
)

type evidence struct {
	Key         string   `json:"key"`
	Origin      string   `json:"origin"`
	Before      string   `json:"before"`
	After       string   `json:"after"`
	Consistency [][]byte `json:"consistency"`
	Leaf        []byte   `json:"leaf"`
	LeafIndex   uint64   `json:"leaf_index"`
	Inclusion   [][]byte `json:"inclusion"`
}

func verify(e evidence) error {
	verifier, err := note.NewVerifier(e.Key)
	if err != nil {
		return fmt.Errorf("key: %w", err)
	}
	before, _, _, err := log.ParseCheckpoint([]byte(e.Before), e.Origin, verifier)
	if err != nil {
		return fmt.Errorf("earlier head: %w", err)
	}
	after, _, _, err := log.ParseCheckpoint([]byte(e.After), e.Origin, verifier)
	if err != nil {
		return fmt.Errorf("later head: %w", err)
	}
	hasher := rfc6962.DefaultHasher
	if err := proof.VerifyConsistency(hasher, before.Size, after.Size, e.Consistency, before.Hash, after.Hash); err != nil {
		return fmt.Errorf("consistency: %w", err)
	}
	leaf := hasher.HashLeaf(e.Leaf)
	if err := proof.VerifyInclusion(hasher, e.LeafIndex, after.Size, leaf, e.Inclusion, after.Hash); err != nil {
		return fmt.Errorf("inclusion: %w", err)
	}
	return nil
}

func main() {
	var e evidence
	if err := json.NewDecoder(os.Stdin).Decode(&e); err != nil {
		fmt.Println("evidence:", err)
		os.Exit(2)
	}
	if err := verify(e); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("verified")
}
