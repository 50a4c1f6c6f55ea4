package dev.chronovisor.client;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Flow;

/** Reads a watch for a subscriber, no more than it has requested. */
final class WatchSubscription<T> implements Flow.Subscription, Runnable {
  private static final Duration LONG = Duration.ofDays(1);

  private final Watch<T> watch;
  private final Flow.Subscriber<? super T> subscriber;
  private long requested;
  private boolean cancelled;
  private IllegalArgumentException refused;

  WatchSubscription(Watch<T> watch, Flow.Subscriber<? super T> subscriber) {
    this.watch = watch;
    this.subscriber = subscriber;
  }

  @Override
  public synchronized void request(long items) {
    if (items <= 0) {
      refused = new IllegalArgumentException("a subscriber requests 1 item or more, not " + items);
      watch.close();
    } else {
      requested = requested + items < 0 ? Long.MAX_VALUE : requested + items;
    }
    notifyAll();
  }

  @Override
  public synchronized void cancel() {
    cancelled = true;
    watch.close();
    notifyAll();
  }

  @Override
  public void run() {
    try {
      while (isRequested()) {
        Optional<T> item = watch.poll(LONG);
        if (item.isPresent()) {
          taken();
          subscriber.onNext(item.get());
        } else if (watch.isClosed()) {
          break;
        }
      }
      end(refused);
    } catch (RuntimeException error) {
      watch.close();
      end(error);
    }
  }

  /** Waits for a request; false where there will be none. */
  private synchronized boolean isRequested() {
    try {
      while (requested == 0 && !cancelled && refused == null && !watch.isClosed()) {
        wait();
      }
    } catch (InterruptedException interrupt) {
      Thread.currentThread().interrupt();
      watch.close();
    }
    return requested > 0 && !cancelled && refused == null;
  }

  private synchronized void taken() {
    if (requested != Long.MAX_VALUE) {
      requested--;
    }
  }

  private void end(RuntimeException error) {
    synchronized (this) {
      if (cancelled) {
        return;
      }
    }
    if (error == null) {
      subscriber.onComplete();
    } else {
      subscriber.onError(error);
    }
  }
}
