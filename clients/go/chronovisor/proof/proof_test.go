package proof_test

import (
	_ "embed"
	"encoding/json"
	"errors"
	"testing"

	"google.golang.org/protobuf/proto"

	"chronovisor.dev/go/chronovisor/proof"
	chronovisorv1 "chronovisor.dev/go/chronovisor/v1"
)

// Made by vectors.py, with what the Python client makes of each.
//
//go:embed testdata/vectors.json
var vectors []byte

func TestItProvesWhatThePythonClientProvesAndNothingElse(t *testing.T) {
	var cases []struct {
		Name    string
		Proof   []byte
		Proven  bool
		Stream  string
		Version int64
		VM      string
	}
	if err := json.Unmarshal(vectors, &cases); err != nil {
		t.Fatal(err)
	}
	proven, refused := 0, 0
	for _, each := range cases {
		t.Run(each.Name, func(t *testing.T) {
			given := new(chronovisorv1.ProveEventResponse)
			if err := proto.Unmarshal(each.Proof, given); err != nil {
				t.Fatal(err)
			}
			row, err := proof.CheckInclusion(given)
			if !each.Proven {
				refused++
				if !errors.Is(err, proof.ErrNotProven) {
					t.Fatalf("it is proven: %v, %v", row, err)
				}
				return
			}
			proven++
			if err != nil {
				t.Fatal(err)
			}
			if row.Stream != each.Stream || row.Version != each.Version || row.Event.GetVmCreated().GetName() != each.VM {
				t.Errorf("it is of another event: %v", row)
			}
		})
	}
	if proven < 20 || refused < 15 {
		t.Errorf("only %d proofs and %d that are none", proven, refused)
	}
}

func TestALeafThatIsCutOffIsNoEvent(t *testing.T) {
	leaf := []byte("\x00\x00\x00\x01t\x00\x00\x00\x06ledger\x00\x00\x00\x00\x00\x00\x00\x07")
	row, err := proof.RowOf(leaf)
	if err != nil || row.Topic != "t" || row.Stream != "ledger" || row.Version != 7 {
		t.Fatalf("%v, %v", row, err)
	}
	for length := range leaf {
		if row, err := proof.RowOf(leaf[:length]); !errors.Is(err, proof.ErrNotProven) {
			t.Errorf("%d bytes of it are %v", length, row)
		}
	}
}

// What a server sends ends in an error or a row, never in a panic.
func FuzzRowOf(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x01t\x00\x00\x00\x06ledger\x00\x00\x00\x00\x00\x00\x00\x07"))
	f.Add([]byte("\xff\xff\xff\xfft"))
	f.Fuzz(func(t *testing.T, leaf []byte) {
		row, err := proof.RowOf(leaf)
		if (row == nil) != errors.Is(err, proof.ErrNotProven) {
			t.Errorf("%v, %v", row, err)
		}
	})
}
