package dev.chronovisor.client;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * Items of a stream, each once and in order, over every interruption. It blocks its reader, of
 * which there is one; {@link #close()} is for any thread.
 *
 * <pre>{@code
 * try (Watch<Event> events = chronovisor.history().watch("shop")) {
 *   for (Event event : events) { ... }
 * }
 * }</pre>
 *
 * <p>Throws {@link ChronovisorException} when the server refuses, and when it cannot be reached to
 * begin with; {@code OutOfRange} with the reason HISTORY_FORKED when the ledger was restored to
 * before {@link #position()}.
 */
public final class Watch<T> implements Iterable<T>, AutoCloseable {
  private static final Duration LONG = Duration.ofDays(1);

  /** Where responses come from. */
  interface Source<R> {
    R poll(Duration within) throws InterruptedException;

    boolean isClosed();

    void close();
  }

  private final Source<?> source;
  private final Function<Object, List<T>> items;
  private final ToLongFunction<T> positions;
  private final Queue<T> ready = new ArrayDeque<>();
  private long position;

  @SuppressWarnings("unchecked") // The source's own responses are what the function is given.
  <R> Watch(Source<R> source, Function<R, List<T>> items, ToLongFunction<T> positions) {
    this.source = source;
    this.items = (Function<Object, List<T>>) (Function<?, ?>) items;
    this.positions = positions;
  }

  /**
   * The next item; empty when there is none within this time, or once the watch is closed. An
   * interrupt of the thread ends the watch, and stays set.
   */
  public Optional<T> poll(Duration within) {
    long deadline = System.nanoTime() + within.toNanos();
    while (ready.isEmpty()) {
      long left = deadline - System.nanoTime();
      if (left <= 0 || source.isClosed()) {
        return Optional.empty();
      }
      try {
        Object response = source.poll(Duration.ofNanos(left));
        if (response != null) {
          ready.addAll(items.apply(response));
        }
      } catch (InterruptedException interrupt) {
        Thread.currentThread().interrupt();
        close();
        return Optional.empty();
      }
    }
    T item = ready.remove();
    position = Math.max(position, positions.applyAsLong(item));
    return Optional.of(item);
  }

  /** Blocks until there is an item. Ends when the watch is closed. There is one iterator. */
  @Override
  public Iterator<T> iterator() {
    return new Iterator<>() {
      private T next;

      @Override
      public boolean hasNext() {
        while (next == null && !source.isClosed()) {
          next = poll(LONG).orElse(null);
        }
        return next != null;
      }

      @Override
      public T next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        T item = next;
        next = null;
        return item;
      }
    };
  }

  /** The same, as a stream: close it, or the watch. */
  public Stream<T> stream() {
    return StreamSupport.stream(spliterator(), false).onClose(this::close);
  }

  /**
   * The same, for those who are called: an executor's thread reads while the subscriber requests.
   * There is one subscriber; its cancelling closes the watch.
   */
  public Flow.Publisher<T> publisher(Executor executor) {
    return subscriber -> {
      WatchSubscription<T> subscription = new WatchSubscription<>(this, subscriber);
      subscriber.onSubscribe(subscription);
      executor.execute(subscription);
    };
  }

  boolean isClosed() {
    return source.isClosed() && ready.isEmpty();
  }

  /**
   * Where to begin another watch that goes on after the item that was given last; 0 before the
   * first that has a position.
   */
  public long position() {
    return position;
  }

  /** Ends the call on the server. Whoever waits for an item hears that there is none. */
  @Override
  public void close() {
    source.close();
  }
}
