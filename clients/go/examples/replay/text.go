package main

import (
	"strings"

	chronovisorv1 "chronovisor.dev/go/chronovisor/v1"
)

// short is a state without what all of them begin with.
func short(state chronovisorv1.VmState) string {
	return strings.TrimPrefix(state.String(), "VM_STATE_")
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + reason
}

// interesting leaves out what changes with every event.
func interesting(field string) bool {
	for _, dull := range []string{"state", "etag", "update_time", "state_deadline", "observed"} {
		if field == dull || strings.HasPrefix(field, dull+".") {
			return false
		}
	}
	return field != ""
}

func or(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
