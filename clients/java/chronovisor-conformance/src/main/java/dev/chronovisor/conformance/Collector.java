package dev.chronovisor.conformance;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.protobuf.Message;
import dev.chronovisor.client.ChronovisorException;
import dev.chronovisor.client.Watch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Function;

/** The items of one watch, collected by a thread of its own until somebody takes them. */
final class Collector {
  private static final Duration END = Duration.ofSeconds(30);

  private final Watch<Message> watch;
  private final List<JsonObject> items = new ArrayList<>();
  private final Thread thread;
  private int taken;
  private ChronovisorException error;

  Collector(Watch<Message> watch) {
    this.watch = watch;
    thread = new Thread(this::run, "collector");
    thread.setDaemon(true);
    thread.start();
  }

  /** The new items, as many of them as {@code enough} says; null when they did not come in time. */
  synchronized JsonArray take(Function<List<JsonObject>, OptionalInt> enough, Duration within)
      throws InterruptedException {
    long deadline = System.nanoTime() + within.toNanos();
    OptionalInt count = enough.apply(items.subList(taken, items.size()));
    while (count.isEmpty()) {
      long left = (deadline - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        return null;
      }
      wait(left);
      count = enough.apply(items.subList(taken, items.size()));
    }
    JsonArray result = new JsonArray();
    items.subList(taken, taken + count.getAsInt()).forEach(result::add);
    taken += count.getAsInt();
    return result;
  }

  /** What came and was not taken yet. */
  synchronized String waiting() {
    return items.subList(taken, items.size()).toString();
  }

  synchronized ChronovisorException error() {
    return error;
  }

  /** Positions that are not above the one before them, of all items so far. */
  synchronized List<Long> repeats() {
    List<Long> repeats = new ArrayList<>();
    long last = 0;
    for (JsonObject item : items) {
      long position = item.has("position") ? item.get("position").getAsLong() : 0;
      if (position != 0 && position <= last) {
        repeats.add(position);
      }
      last = position == 0 ? last : position;
    }
    return repeats;
  }

  /** As a user leaves a watch. */
  void stop() throws InterruptedException {
    watch.close();
    thread.join(END.toMillis());
  }

  private void run() {
    try {
      for (Message item : watch) {
        add(Methods.json(item));
      }
    } catch (ChronovisorException ended) {
      end(ended);
    }
  }

  private synchronized void add(JsonObject item) {
    items.add(item);
    notifyAll();
  }

  private synchronized void end(ChronovisorException with) {
    error = with;
    notifyAll();
  }
}
