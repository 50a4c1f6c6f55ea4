package chronovisor

import (
	"math/rand/v2"
	"time"

	"google.golang.org/grpc/codes"
)

// RetryPolicy says when a call is tried again: only where the server is UNAVAILABLE, and never after the call's deadline.
// Pauses double from FirstPause up to LongestPause, are shortened at random so that clients do not come back together,
// and are never shorter than the RetryInfo of the server.
type RetryPolicy struct {
	// How often a call is tried in all. 1: never again.
	Attempts     int
	FirstPause   time.Duration
	LongestPause time.Duration
}

// DefaultRetry is the policy without WithRetry.
var DefaultRetry = RetryPolicy{Attempts: 4, FirstPause: 100 * time.Millisecond, LongestPause: 2 * time.Second}

// pauseAfter is how long to wait after an attempt (from 1) that failed; false where there is not to be another.
func (p RetryPolicy) pauseAfter(attempt int, failure *Error) (time.Duration, bool) {
	if failure.Code != codes.Unavailable || attempt >= p.Attempts {
		return 0, false
	}
	return p.pause(attempt, failure), true
}

func (p RetryPolicy) pause(attempt int, failure *Error) time.Duration {
	doubled := min(p.FirstPause<<min(attempt-1, 20), p.LongestPause)
	return max(time.Duration(float64(doubled)*(0.5+rand.Float64()/2)), failure.RetryAfter)
}
