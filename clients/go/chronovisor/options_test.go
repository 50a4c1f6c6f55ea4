package chronovisor

import (
	"reflect"
	"strings"
	"testing"
)

func environment(values map[string]string) func(string) string {
	return func(name string) string { return values[name] }
}

func TestServersComeFromOptionsThenTheEnvironment(t *testing.T) {
	for _, each := range []struct {
		options  []Option
		variable string
		expected []string
	}{
		{nil, "", []string{"127.0.0.1:7460"}},
		{nil, "a:1, b:2,", []string{"a:1", "b:2"}},
		{[]Option{WithServer("c:3", "d:4")}, "a:1", []string{"c:3", "d:4"}},
	} {
		found, err := settingsOf(each.options, environment(map[string]string{EnvServer: each.variable}))
		if err != nil || !reflect.DeepEqual(found.servers, each.expected) {
			t.Errorf("%v, %v", found, err)
		}
	}
}

func TestTheActorIsTheUserOrIsRefused(t *testing.T) {
	found, err := settingsOf(nil, environment(map[string]string{"LOGNAME": "ada"}))
	if err != nil || found.actor != "user:ada" {
		t.Errorf("%v, %v", found, err)
	}
	if _, err := settingsOf([]Option{WithActor("user:zoë")}, environment(nil)); err == nil {
		t.Error("metadata cannot carry it")
	}
}

func TestATokenIsNotSentInPlainTextToAnotherMachine(t *testing.T) {
	for address, allowed := range map[string]bool{
		"127.0.0.1:1": true, "localhost:1": true, "[::1]:1": true, "unix:/run/socket": true,
		"10.0.0.1:1": false, "example.com:1": false, "localhost.example.com:1": false,
	} {
		_, err := settingsOf([]Option{WithServer("127.0.0.1:1", address)}, environment(map[string]string{EnvToken: "t"}))
		if (err == nil) != allowed {
			t.Errorf("%s: %v", address, err)
		}
	}
	if _, err := settingsOf([]Option{WithServer("example.com:1"), WithToken("t"), WithServerName("x")}, environment(nil)); err != nil {
		t.Error(err)
	}
}

func TestTLSWithoutAConfigurationIsTLS(t *testing.T) {
	variables := environment(map[string]string{EnvCAFile: "/not/read/with/an/option"})
	found, err := settingsOf([]Option{WithTLS(nil)}, variables)
	if err != nil || found.tls == nil {
		t.Errorf("%v, %v", found, err)
	}
}

func TestFilesThatAreNotThereAreNamed(t *testing.T) {
	for variable, file := range map[string]string{EnvCAFile: "/no/authorities", EnvCert: "/no/certificate"} {
		_, err := settingsOf(nil, environment(map[string]string{variable: file}))
		if err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("%v", err)
		}
	}
}

func TestNamesAreMadeWhole(t *testing.T) {
	for given, expected := range map[string]string{
		"web-1": "projects/default/vms/web-1", "shop/web-1": "projects/shop/vms/web-1",
		"projects/shop/vms/web-1": "projects/shop/vms/web-1", "": "", "a/b/c": "a/b/c",
	} {
		if found := VMName(given, "default"); found != expected {
			t.Errorf("%q became %q", given, found)
		}
	}
	for given, expected := range map[string]string{
		"": "", "shop": "projects/shop", "shop/web-1": "projects/shop/vms/web-1", "hosts/a": "hosts/a",
		"projects/shop": "projects/shop",
	} {
		if found := ScopeName(given); found != expected {
			t.Errorf("%q became %q", given, found)
		}
	}
	if found := HostName("a") + ProjectName("projects/b") + OperationName("c"); found != "hosts/aprojects/boperations/c" {
		t.Error(found)
	}
}

func TestPausesGrowAreShortenedAndNeverBelowTheServersOwn(t *testing.T) {
	for attempt := 1; attempt < 40; attempt++ {
		longest := min(DefaultRetry.FirstPause<<min(attempt-1, 20), DefaultRetry.LongestPause)
		found := DefaultRetry.pause(attempt, &Error{})
		if found < longest/2 || found > longest {
			t.Errorf("after attempt %d: %s", attempt, found)
		}
	}
	if found := DefaultRetry.pause(1, &Error{RetryAfter: 5e9}); found != 5e9 {
		t.Error(found)
	}
}
