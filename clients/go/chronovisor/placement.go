package chronovisor

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// NearMiss is a host that would fit but for one rule.
type NearMiss struct {
	// hosts/{host}
	Host string
	// The rule that it breaks: a resource class, or such as pinned.
	Rule string
	// How much more of the resource class must be free. 0 for other rules.
	Missing int64
}

// hosts/node-1 lacks 2 vcpus, or hosts/node-1 breaks pinned.
var miss = regexp.MustCompile(`^(\S+) (?:lacks (\d+)|breaks) (.+)$`)

// HostsConsidered is how many hosts placement looked at; false unless the reason is NO_CAPACITY.
func (e *Error) HostsConsidered() (int64, bool) {
	count, err := strconv.ParseInt(e.Metadata["hosts_considered"], 10, 64)
	return count, err == nil
}

// TurnedDown is how many hosts each rule turned down; empty unless the reason is NO_CAPACITY.
func (e *Error) TurnedDown() map[string]int64 {
	found := map[string]int64{}
	for key, value := range e.Metadata {
		rule, ok := strings.CutPrefix(key, "turned_down.")
		if count, err := strconv.ParseInt(value, 10, 64); ok && err == nil {
			found[rule] = count
		}
	}
	return found
}

// Nearest are the hosts that came nearest, the nearest first; empty unless the reason is NO_CAPACITY.
func (e *Error) Nearest() []NearMiss {
	var found []NearMiss
	for _, key := range slices.Sorted(maps.Keys(e.Metadata)) {
		if !strings.HasPrefix(key, "nearest.") {
			continue
		}
		if parts := miss.FindStringSubmatch(e.Metadata[key]); parts != nil {
			missing, _ := strconv.ParseInt(parts[2], 10, 64)
			found = append(found, NearMiss{parts[1], parts[3], missing})
		}
	}
	return found
}
