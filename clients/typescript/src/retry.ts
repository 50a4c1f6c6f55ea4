/** When to try again: growing pauses, shortened at random by up to a half so that clients do not come back together. */

import { Code } from "@connectrpc/connect";
import type { ChronovisorError } from "./errors.js";

/** Of calls, where the server is UNAVAILABLE. Pauses double, and are never shorter than the server's RetryInfo. */
export interface RetryPolicy {
  /** At most so many attempts in all; 1: never again. */
  readonly attempts: number;
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
}

export const DEFAULT_RETRY: RetryPolicy = { attempts: 4, firstPauseMs: 100, longestPauseMs: 2000 };

/** Milliseconds to wait after attempt number `attempt` (from 1) failed. Undefined: do not try again. */
export function pauseAfter(
  policy: RetryPolicy,
  attempt: number,
  failure: ChronovisorError,
): number | undefined {
  if (failure.code !== Code.Unavailable || attempt >= policy.attempts) return undefined;
  return pause(policy, attempt, failure);
}

/** Milliseconds to wait after attempt number `attempt` (from 1), for whoever tries again in any case. */
export function pause(policy: RetryPolicy, attempt: number, failure: ChronovisorError): number {
  const doubled = Math.min(policy.firstPauseMs * 2 ** Math.min(attempt - 1, 30), policy.longestPauseMs);
  return Math.max(doubled * (0.5 + Math.random() / 2), failure.retryAfterMs ?? 0);
}
