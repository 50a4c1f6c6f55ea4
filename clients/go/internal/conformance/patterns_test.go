package main

import (
	"encoding/json"
	"strings"
	"testing"
)

func value(t *testing.T, text string) any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var found any
	if err := decoder.Decode(&found); err != nil {
		t.Fatal(err)
	}
	return found
}

func TestPatternsMatchWhatTheySay(t *testing.T) {
	variables := object{"known": "x"}
	for _, each := range []struct {
		pattern, value string
		matches        bool
	}{
		{`{"a": 1}`, `{"a": "1", "b": 2}`, true},
		{`{"a": 1}`, `{"a": 2}`, false},
		{`{"a": 1}`, `{}`, false},
		{`{"a": 0.5}`, `{"a": 0.5000000000001}`, true},
		{`{"a": true}`, `{"a": 1}`, false},
		{`"9007199254740993"`, `"9007199254740993"`, true},
		{`[1, 2]`, `[1, 2]`, true},
		{`[1, 2]`, `[2, 1]`, false},
		{`[1]`, `[1, 2]`, false},
		{`"$any"`, `"x"`, true},
		{`"$any"`, `"0"`, false},
		{`"$any"`, `"VM_STATE_UNSPECIFIED"`, false},
		{`"$any"`, `{}`, false},
		{`{"a": "$absent"}`, `{}`, true},
		{`{"a": "$absent"}`, `{"a": false}`, true},
		{`{"a": "$absent"}`, `{"a": "x"}`, false},
		{`"$re:a.c"`, `"abc"`, true},
		{`"$re:a.c"`, `"xabc"`, false},
		{`"$re:a|bc"`, `"ac"`, false},
		{`"$gt:5"`, `"6"`, true},
		{`"$gt:5"`, `5`, false},
		{`"$ge:5"`, `5`, true},
		{`"$ge:5"`, `"x"`, false},
		{`"$same:known"`, `"x"`, true},
		{`"$same:known"`, `"y"`, false},
		{`{"$contains": [{"a": 2}, {"a": 1}]}`, `[{"a": 1}, {"a": 2}]`, true},
		{`{"$contains": [{"a": 3}]}`, `[{"a": 1}]`, false},
		{`{"$len": 2}`, `[1, 2]`, true},
		{`{"$len": 0}`, `5`, false},
		{`{"$not": {"a": 1}}`, `{"a": 2}`, true},
		{`{"$not": {"a": 1}}`, `{"a": 1}`, false},
	} {
		err := mismatch(value(t, each.pattern), value(t, each.value), variables, "response")
		if (err == nil) != each.matches {
			t.Errorf("%s and %s: %v", each.pattern, each.value, err)
		}
	}
}

func TestVariablesAreFilledInAndThoseThatThereAreNotAreNamed(t *testing.T) {
	variables := object{"op": "operations/1", "n": json.Number("7")}
	found, err := substituted(value(t, `{"${n}": ["${op}/${n}", 5]}`), variables)
	if err != nil || shown(found) != `{"7":["operations/1/7",5]}` {
		t.Errorf("%s, %v", shown(found), err)
	}
	if _, err := substituted("${other}", variables); err == nil || !strings.Contains(err.Error(), "other") {
		t.Errorf("%v", err)
	}
}

func TestPathsLeadIntoLists(t *testing.T) {
	if found, err := at(value(t, `{"vms": [{"name": "a"}, {"name": "b"}]}`), "vms[1].name"); err != nil || found != "b" {
		t.Errorf("%v, %v", found, err)
	}
	if _, err := at(value(t, `{"vms": []}`), "vms[0].name"); err == nil {
		t.Error("there is nothing there")
	}
}
