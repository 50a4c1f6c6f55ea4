/**
 * The Chronovisor client: {@link dev.chronovisor.client.Chronovisor#connect()} is where to begin.
 *
 * <p>It adds to the generated stubs of {@code dev.chronovisor.v1} what every program needs around
 * them: connections, deadlines, retries that are safe, errors as typed exceptions, waiting for
 * operations, pages as iterables, watches that go on after a cut, and checks of proofs.
 */
package dev.chronovisor.client;
