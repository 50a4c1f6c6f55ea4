package dev.chronovisor.conformance;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.chronovisor.client.Chronovisor;
import dev.chronovisor.client.ChronovisorException;
import dev.chronovisor.client.ConnectOptions;
import dev.chronovisor.client.FieldViolation;
import dev.chronovisor.client.NotProvenException;
import dev.chronovisor.client.Operations;
import dev.chronovisor.client.Proofs;
import dev.chronovisor.client.RetryPolicy;
import dev.chronovisor.client.Watch;
import dev.chronovisor.v1.HistoryServiceGrpc;
import dev.chronovisor.v1.Host;
import dev.chronovisor.v1.Image;
import dev.chronovisor.v1.ProveEventRequest;
import dev.chronovisor.v1.ProveEventResponse;
import dev.chronovisor.v1.Rebalance;
import dev.chronovisor.v1.Vm;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Calls of the API by the names of methods, through the client. Requests and responses are JSON.
 */
final class Calls implements AutoCloseable {
  private final Methods methods = new Methods();
  private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1);
  private final Chronovisor chronovisor;

  Calls(String server, JsonObject options) {
    ConnectOptions chosen = Chronovisor.builder();
    chosen.servers(
        (options.has("server") ? options.get("server").getAsString() : server).split(","));
    if (options.has("actor")) {
      chosen.actor(options.get("actor").getAsString());
    }
    if (options.has("timeout_s")) {
      chosen.timeout(seconds(options.get("timeout_s")));
    }
    if (options.has("attempts")) {
      RetryPolicy usual = RetryPolicy.DEFAULT;
      chosen.retry(
          new RetryPolicy(
              options.get("attempts").getAsInt(), usual.firstPause(), usual.longestPause()));
    }
    if (options.has("token")) {
      chosen.token(options.get("token").getAsString());
    }
    if (options.has("token_file")) {
      chosen.tokenFile(Path.of(options.get("token_file").getAsString()));
    }
    if (options.has("ca_file")) {
      chosen.authorities(Path.of(options.get("ca_file").getAsString()));
    }
    if (options.has("cert_file")) {
      chosen.certificate(
          Path.of(options.get("cert_file").getAsString()),
          Path.of(options.get("key_file").getAsString()));
    }
    chronovisor = chosen.connect();
  }

  static Duration seconds(JsonElement given) {
    return Duration.ofNanos(Math.round(given.getAsDouble() * 1e9));
  }

  JsonObject unary(JsonObject step) {
    var method = methods.method(step.get("call").getAsString());
    Message request = request(method, step);
    if (!step.has("cancel_after_s")) {
      return Methods.json(answer(method, request, step));
    }
    Context.CancellableContext context = Context.current().withCancellation();
    after(step, () -> context.cancel(null));
    Context before = context.attach();
    try {
      return Methods.json(answer(method, request, step));
    } finally {
      context.detach(before);
    }
  }

  private Message answer(
      MethodDescriptor<Message, Message> method, Message request, JsonObject step) {
    return step.has("timeout_s")
        ? chronovisor.call(method, request, seconds(step.get("timeout_s")))
        : chronovisor.call(method, request);
  }

  private void after(JsonObject step, Runnable cancel) {
    if (step.has("cancel_after_s")) {
      timer.schedule(cancel, seconds(step.get("cancel_after_s")).toNanos(), TimeUnit.NANOSECONDS);
    }
  }

  private static Message request(MethodDescriptor<Message, Message> method, JsonObject step) {
    return Methods.request(method, step.has("request") ? step.get("request") : new JsonObject());
  }

  /** What the operation came to, such as its VM. */
  JsonObject await(JsonObject step) {
    String name = step.get("wait").getAsString();
    var operations = chronovisor.operations();
    var ended =
        step.has("timeout_s")
            ? operations.await(name, seconds(step.get("timeout_s")))
            : operations.await(name);
    return Methods.json(Operations.result(ended, resultType(name)));
  }

  private static Class<? extends Message> resultType(String operation) {
    if (operation.startsWith("operations/rebalances.")) {
      return Rebalance.class;
    }
    if (operation.startsWith("operations/images.")) {
      return Image.class;
    }
    return operation.startsWith("operations/hosts.") ? Host.class : Vm.class;
  }

  /** All items of a list, of all pages. */
  JsonArray list(JsonObject step) {
    var method = methods.method(step.get("list").getAsString());
    JsonArray items = new JsonArray();
    for (Message page : chronovisor.list(method, request(method, step), List::of).pages()) {
      items.addAll(Methods.json(page).getAsJsonArray(step.get("items").getAsString()));
    }
    return items;
  }

  Watch<Message> watch(JsonObject step) {
    var method = methods.method(step.get("watch").getAsString());
    return chronovisor.watch(method, request(method, step), Message.class);
  }

  /** The responses of a streaming call, up to its end or the first so many of them. */
  JsonArray stream(JsonObject step) {
    var method = methods.method(step.get("stream").getAsString());
    CallOptions options = CallOptions.DEFAULT;
    if (step.has("timeout_s")) {
      options =
          options.withDeadlineAfter(seconds(step.get("timeout_s")).toNanos(), TimeUnit.NANOSECONDS);
    }
    ClientCall<Message, Message> call = chronovisor.channel().newCall(method, options);
    Responses responses = new Responses();
    call.start(responses, new Metadata());
    call.request(Integer.MAX_VALUE);
    JsonArray requests = new JsonArray();
    requests.add(new JsonObject());
    for (JsonElement each : step.has("requests") ? step.getAsJsonArray("requests") : requests) {
      call.sendMessage(Methods.request(method, each));
    }
    boolean counted = step.has("count");
    if (!counted || method.getType().clientSendsOneMessage()) {
      call.halfClose();
    }
    after(step, () -> call.cancel("it is left", null));
    try {
      return responses.take(counted ? step.get("count").getAsInt() : Integer.MAX_VALUE);
    } finally {
      call.cancel("that is enough", null);
    }
  }

  /** Whether the ledger proves the event at a position. */
  JsonObject prove(JsonObject step) {
    ProveEventRequest request =
        ProveEventRequest.newBuilder().setPosition(step.get("prove").getAsLong()).build();
    ProveEventResponse proof = chronovisor.call(HistoryServiceGrpc.getProveEventMethod(), request);
    if (step.has("tamper") && step.get("tamper").getAsBoolean()) {
      byte[] leaf = proof.getLeaf().toByteArray();
      leaf[leaf.length - 1] ^= 1;
      proof = proof.toBuilder().setLeaf(ByteString.copyFrom(leaf)).build();
    }
    JsonObject result = new JsonObject();
    try {
      Proofs.checkInclusion(proof);
      result.addProperty("verified", true);
    } catch (NotProvenException not) {
      result.addProperty("verified", false);
    }
    return result;
  }

  /** What a scenario can expect of an error. */
  static JsonObject refusal(ChronovisorException error) {
    JsonObject refusal = new JsonObject();
    refusal.addProperty("code", error.code().name());
    refusal.addProperty("reason", error.reason());
    refusal.addProperty("message", error.description());
    JsonArray fields = new JsonArray();
    error.fieldViolations().stream().map(FieldViolation::field).sorted().forEach(fields::add);
    refusal.add("fields", fields);
    JsonObject metadata = new JsonObject();
    for (Map.Entry<String, String> each : error.metadata().entrySet()) {
      metadata.addProperty(each.getKey(), each.getValue());
    }
    refusal.add("metadata", metadata);
    refusal.addProperty(
        "retry_delay_s", error.retryDelay().orElse(Duration.ZERO).toMillis() / 1000.0);
    return refusal;
  }

  @Override
  public void close() {
    timer.shutdownNow();
    chronovisor.close();
  }

  /** What a stream answers, and at last how it ended. */
  private static final class Responses extends ClientCall.Listener<Message> {
    private final BlockingQueue<Object> received = new LinkedBlockingQueue<>();

    @Override
    public void onMessage(Message message) {
      received.add(message);
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      received.add(status.isOk() ? status : status.asRuntimeException(trailers));
    }

    JsonArray take(int count) {
      JsonArray taken = new JsonArray();
      try {
        while (taken.size() < count) {
          Object next = received.take();
          if (next instanceof io.grpc.StatusRuntimeException error) {
            throw ChronovisorException.of(error);
          } else if (!(next instanceof Message message)) {
            break;
          } else {
            taken.add(Methods.json(message));
          }
        }
      } catch (InterruptedException end) {
        Thread.currentThread().interrupt();
      }
      return taken;
    }
  }
}
