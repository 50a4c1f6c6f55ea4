package dev.chronovisor.conformance;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.chronovisor.client.ChronovisorException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/** One scenario on its way: its variables, its watches, and the client that its steps use. */
final class Scenario {
  private static final Duration COLLECT = Duration.ofSeconds(10);

  /** The conductor's hands on the server. */
  interface Conductor {
    JsonObject carryOut(JsonElement action) throws IOException;
  }

  /** A step did not do what the scenario expects; the message says how. */
  private static final class StepFailed extends Exception {
    private static final long serialVersionUID = 1L;

    StepFailed(String why) {
      super(why);
    }
  }

  private interface Work {
    JsonElement run();
  }

  private interface Step {
    void run(Scenario scenario, JsonObject step)
        throws StepFailed, IOException, InterruptedException;
  }

  private static final Map<String, Step> KINDS =
      Map.ofEntries(
          Map.entry("call", Scenario::call),
          Map.entry("wait", Scenario::await),
          Map.entry("list", Scenario::list),
          Map.entry("watch", Scenario::watch),
          Map.entry("collect", Scenario::collect),
          Map.entry("stop", Scenario::stop),
          Map.entry("stream", Scenario::stream),
          Map.entry("prove", Scenario::prove),
          Map.entry("connect", Scenario::connect),
          Map.entry("do", Scenario::act),
          Map.entry("sleep_s", Scenario::sleep));

  private final String server;
  private final Conductor conductor;
  private final Map<String, JsonElement> variables = new HashMap<>();
  private final Map<String, Collector> watches = new HashMap<>();
  private final List<Calls> own = new ArrayList<>();
  private Calls calls;

  Scenario(String server, Calls first, Conductor conductor) {
    this.server = server;
    this.calls = first;
    this.conductor = conductor;
  }

  /** Why it failed; empty when it did not. */
  String run(JsonArray steps) throws IOException {
    int number = 0;
    try {
      for (JsonElement step : steps) {
        number++;
        run(step.getAsJsonObject());
      }
      return "";
    } catch (StepFailed | IllegalArgumentException error) {
      return "step " + number + ": " + error.getMessage();
    } catch (ChronovisorException error) {
      return "step " + number + ": failed unexpectedly: " + Calls.refusal(error);
    } catch (InterruptedException error) {
      return "step " + number + ": interrupted";
    } finally {
      end();
    }
  }

  private void end() {
    try {
      for (Collector watch : watches.values()) {
        watch.stop();
      }
    } catch (InterruptedException interrupt) {
      Thread.currentThread().interrupt();
    }
    own.forEach(Calls::close);
  }

  private void run(JsonObject raw) throws StepFailed, IOException, InterruptedException {
    int times = raw.has("times") ? raw.get("times").getAsInt() : 1;
    for (int turn = 0; turn < times; turn++) {
      variables.put("i", new JsonPrimitive(turn));
      JsonObject step = Patterns.substituted(raw, variables).getAsJsonObject();
      String kind = KINDS.keySet().stream().filter(step::has).findFirst().orElseThrow();
      KINDS.get(kind).run(this, step);
    }
  }

  private void call(JsonObject step) throws StepFailed {
    checked(step, () -> calls.unary(step));
  }

  private void await(JsonObject step) throws StepFailed {
    checked(step, () -> calls.await(step));
  }

  private void prove(JsonObject step) throws StepFailed {
    checked(step, () -> calls.prove(step));
  }

  private void list(JsonObject step) throws StepFailed {
    checkedItems(step, () -> calls.list(step));
  }

  private void stream(JsonObject step) throws StepFailed {
    checkedItems(step, () -> calls.stream(step));
  }

  private void watch(JsonObject step) {
    watches.put(step.get("as").getAsString(), new Collector(calls.watch(step)));
  }

  private void stop(JsonObject step) throws InterruptedException {
    watches.get(step.get("stop").getAsString()).stop();
  }

  private void connect(JsonObject step) {
    calls = new Calls(server, step.getAsJsonObject("connect"));
    own.add(calls);
  }

  private void sleep(JsonObject step) throws InterruptedException {
    Thread.sleep(Calls.seconds(step.get("sleep_s")).toMillis());
  }

  private void act(JsonObject step) throws StepFailed, IOException {
    JsonObject answer = conductor.carryOut(step.get("do"));
    if (!answer.has("done")) {
      throw new StepFailed(answer.has("failed") ? answer.get("failed").getAsString() : "no answer");
    }
    save(step, answer.get("done"));
  }

  private void collect(JsonObject step) throws StepFailed, InterruptedException {
    Collector watch = watches.get(step.get("collect").getAsString());
    Duration within = step.has("timeout_s") ? Calls.seconds(step.get("timeout_s")) : COLLECT;
    JsonArray items = watch.take(fresh -> enough(step, watch, fresh), within);
    if (items == null) {
      String error = watch.error() == null ? "" : "; it ended with " + Calls.refusal(watch.error());
      throw new StepFailed(
          "what it waits for did not come" + error + "; it has " + watch.waiting());
    }
    if (step.has("error")) {
      checkError(step.getAsJsonObject("error"), watch.error());
    }
    if (step.has("no_repeats") && !watch.repeats().isEmpty()) {
      throw new StepFailed("positions that came again, or late: " + watch.repeats());
    }
    if (step.has("response")) {
      check(step.get("response"), items, "response");
    }
    save(step, itemsOf(items));
  }

  /** How many of the new items the step takes; empty while there are too few. */
  private OptionalInt enough(JsonObject step, Collector watch, List<JsonObject> fresh) {
    if (step.has("until")) {
      for (int i = 0; i < fresh.size(); i++) {
        if (Patterns.mismatch(step.get("until"), fresh.get(i), variables, "").isEmpty()) {
          return OptionalInt.of(i + 1);
        }
      }
      return OptionalInt.empty();
    }
    if (step.has("count")) {
      int count = step.get("count").getAsInt();
      return fresh.size() >= count ? OptionalInt.of(count) : OptionalInt.empty();
    }
    boolean waits = step.has("error") && watch.error() == null;
    return waits ? OptionalInt.empty() : OptionalInt.of(fresh.size());
  }

  private void checkedItems(JsonObject step, Work work) throws StepFailed {
    JsonElement items = refusedOr(step, work);
    if (items == null) {
      return;
    }
    int size = items.getAsJsonArray().size();
    if (step.has("count") && size != step.get("count").getAsInt()) {
      throw new StepFailed("there are " + size + " items, not " + step.get("count"));
    }
    if (step.has("response")) {
      check(step.get("response"), items, "response");
    }
    save(step, itemsOf(items));
  }

  private void checked(JsonObject step, Work work) throws StepFailed {
    JsonElement result = refusedOr(step, work);
    if (result == null) {
      return;
    }
    if (step.has("response")) {
      check(step.get("response"), result, "response");
    }
    save(step, result);
  }

  /** What the work gives; null where it was refused as expected. */
  private JsonElement refusedOr(JsonObject step, Work work) throws StepFailed {
    JsonElement result;
    try {
      result = work.run();
    } catch (ChronovisorException error) {
      if (!step.has("error")) {
        throw error;
      }
      checkError(step.getAsJsonObject("error"), error);
      return null;
    }
    if (step.has("error")) {
      throw new StepFailed(
          "was to be refused with "
              + step.get("error")
              + ", and was not: "
              + Patterns.shown(result));
    }
    return result;
  }

  private void checkError(JsonObject expected, ChronovisorException error) throws StepFailed {
    JsonObject actual = Calls.refusal(error);
    for (Map.Entry<String, JsonElement> each : expected.entrySet()) {
      JsonElement pattern = each.getValue();
      JsonElement value = actual.get(each.getKey());
      if (each.getKey().equals("message")) {
        if (!Pattern.compile(pattern.getAsString()).matcher(error.description()).find()) {
          throw new StepFailed(
              "the message is '" + error.description() + "', in which there is no " + pattern);
        }
      } else if (each.getKey().equals("fields")) {
        List<String> fields =
            pattern.getAsJsonArray().asList().stream()
                .map(JsonElement::getAsString)
                .sorted()
                .toList();
        JsonArray sorted = new JsonArray();
        fields.forEach(sorted::add);
        if (!sorted.equals(value)) {
          throw new StepFailed("error.fields are " + value + ", not " + sorted + ": " + actual);
        }
      } else {
        String why = Patterns.mismatch(pattern, value, variables, "error." + each.getKey());
        if (!why.isEmpty()) {
          throw new StepFailed(why + "; error: " + actual);
        }
      }
    }
  }

  private void check(JsonElement pattern, JsonElement value, String path) throws StepFailed {
    String why = Patterns.mismatch(pattern, value, variables, path);
    if (!why.isEmpty()) {
      throw new StepFailed(why);
    }
  }

  private static JsonObject itemsOf(JsonElement items) {
    JsonObject object = new JsonObject();
    object.add("items", items);
    return object;
  }

  private void save(JsonObject step, JsonElement result) {
    if (step.has("save")) {
      for (Map.Entry<String, JsonElement> each : step.getAsJsonObject("save").entrySet()) {
        variables.put(each.getKey(), Patterns.at(result, each.getValue().getAsString()));
      }
    }
  }
}
