//! When to try again: growing waits, shortened at random so that clients do not come back together.

use std::time::Duration;

/// Of a call: only where the server is UNAVAILABLE, at most `attempts` times in all.
///
/// Pauses double from `first_pause` up to `longest_pause`, and are never shorter than the server's RetryInfo. A pause
/// that would pass the call's deadline is not begun.
#[derive(Debug, Clone, PartialEq)]
pub struct RetryPolicy {
    /// How often a call is made at most, the first time counted.
    pub attempts: u32,
    /// After the first attempt.
    pub first_pause: Duration,
    /// Pauses do not grow beyond it.
    pub longest_pause: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { attempts: 4, first_pause: Duration::from_millis(100), longest_pause: Duration::from_secs(2) }
    }
}

impl RetryPolicy {
    /// One attempt, whatever happens.
    pub fn none() -> Self {
        Self { attempts: 1, ..Self::default() }
    }

    /// How long to wait after attempt number `attempt`, from 1, failed. `requested` is the server's RetryInfo.
    pub fn pause(&self, attempt: u32, requested: Option<Duration>) -> Duration {
        let doubled = self.first_pause.saturating_mul(2u32.saturating_pow(attempt.saturating_sub(1)));
        let shortened = doubled.min(self.longest_pause).mul_f64(0.5 + fastrand::f64() / 2.0);
        shortened.max(requested.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_are_at_most_halved() {
        let policy = RetryPolicy::default();
        for (attempt, most_ms) in [(1, 100), (2, 200), (3, 400), (6, 2000), (400, 2000)] {
            for _ in 0..100 {
                let pause = policy.pause(attempt, None);
                assert!(pause <= Duration::from_millis(most_ms), "{attempt}: {pause:?}");
                assert!(pause >= Duration::from_millis(most_ms / 2), "{attempt}: {pause:?}");
            }
        }
    }

    #[test]
    fn a_pause_is_never_shorter_than_the_server_requests() {
        assert_eq!(RetryPolicy::default().pause(1, Some(Duration::from_secs(7))), Duration::from_secs(7));
    }
}
