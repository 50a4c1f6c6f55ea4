package chronovisor

import (
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
)

func TestWhateverComesFirstOfAnEndedConnectionIsExplained(t *testing.T) {
	for _, text := range []string{
		"write tcp 127.0.0.1:53826->127.0.0.1:41395: write: broken pipe",
		"write tcp 127.0.0.1:53826->127.0.0.1:41395: write: connection reset by peer",
		"write unix @->/run/api.sock: write: broken pipe",
		`connection error: desc = "transport: failed to write client preface: write tcp: broken pipe"`,
		`connection error: desc = "transport: failed to write initial settings frame: EOF"`,
		`connection error: desc = "error reading server preface: read tcp: connection reset by peer"`,
		`connection error: desc = "error reading server preface: EOF"`,
	} {
		for says, secure := range map[string]bool{"takes client certificates alone": true, "took no plain text": false} {
			s := sender{secure: secure}
			e := s.explained(&Error{Code: codes.Unavailable, Reason: ReasonUnreachable, Message: text})
			if !strings.Contains(e.Message, says) {
				t.Errorf("%s: %s, not %s", text, e.Message, says)
			}
		}
	}
}

func TestAConnectionThatWasMadeIsNotTakenForARefusedOne(t *testing.T) {
	const text = "error reading from server: read tcp 127.0.0.1:1->127.0.0.1:2: read: connection reset by peer"
	for _, secure := range []bool{true, false} {
		s := sender{secure: secure}
		e := s.explained(&Error{Code: codes.Unavailable, Reason: ReasonUnreachable, Message: text})
		if e.Message != text {
			t.Errorf("secure %v: %s", secure, e.Message)
		}
	}
}
