package chronovisor_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"

	"chronovisor.dev/go/chronovisor"
	chronovisorv1 "chronovisor.dev/go/chronovisor/v1"
)

func TestAFileOfATokenIsReadAgainWhenItHasChanged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	source := chronovisor.TokenFile(path)
	if _, err := source(context.Background()); err == nil {
		t.Error("there is no file")
	}
	for _, text := range []string{"first\n", "second one\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if found, err := source(context.Background()); err != nil || found != strings.TrimSpace(text) {
				t.Errorf("%q, %v", found, err)
			}
		}
	}
	if err := os.WriteFile(path, []byte("two\nlines"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := source(context.Background()); err == nil || !strings.Contains(err.Error(), "in one line") {
		t.Error(err)
	}
}

func TestTheEnvironmentNamesAFile(t *testing.T) {
	s := newServer(t)
	s.answer("GetVm", ok(&chronovisorv1.Vm{}))
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte("of-a-file"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv(chronovisor.EnvTokenFile, path)
	if _, err := s.client(t).VMs.Get(context.Background(), "shop/web-1"); err != nil {
		t.Fatal(err)
	}
	if found := s.calls()[0].header("authorization"); found != "Bearer of-a-file" {
		t.Error(found)
	}
}

func TestATokenThatIsNoLongerTakenIsFollowedByAFreshOneOnce(t *testing.T) {
	ended := failing(refused(codes.Unauthenticated, "the token ended"))
	for name, each := range map[string]struct {
		answers []answer
		source  func(number int) string
		calls   int
		works   bool
	}{
		"a fresh one":        {[]answer{ended, ok(&chronovisorv1.Vm{})}, func(number int) string { return fmt.Sprint(number) }, 2, true},
		"only once":          {[]answer{ended, ended, ended}, func(number int) string { return fmt.Sprint(number) }, 2, false},
		"not the same again": {[]answer{ended, ok(&chronovisorv1.Vm{})}, func(int) string { return "same" }, 1, false},
	} {
		s := newServer(t)
		s.answer("GetVm", each.answers...)
		number := 0
		client := s.client(t, chronovisor.WithTokenSource(func(context.Context) (string, error) {
			number++
			return each.source(number), nil
		}))
		_, err := client.VMs.Get(context.Background(), "shop/web-1")
		if len(s.calls()) != each.calls || (err == nil) != each.works {
			t.Errorf("%s: %d calls, and %v", name, len(s.calls()), err)
		}
		if err != nil && !errors.Is(err, chronovisor.ErrNotPermitted) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
