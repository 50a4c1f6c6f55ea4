package dev.chronovisor.client;

import java.time.Duration;

/** The responses of one streaming call, until it ends. */
final class SingleStream<R> implements Watch.Source<R> {
  private final StreamCall<?, R> call;
  private volatile boolean closed;

  SingleStream(StreamCall<?, R> call) {
    this.call = call;
  }

  @Override
  public R poll(Duration within) throws InterruptedException {
    StreamCall.Received<R> received = call.poll(within);
    if (received instanceof StreamCall.Item<R> item) {
      return item.message();
    }
    if (received instanceof StreamCall.End<R> end) {
      boolean left = closed;
      closed = true;
      if (!end.inOrder() && !left) {
        throw end.failure();
      }
    }
    return null;
  }

  @Override
  public boolean isClosed() {
    return closed;
  }

  @Override
  public void close() {
    closed = true;
    call.cancel();
  }
}
