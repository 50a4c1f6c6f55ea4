package dev.chronovisor.conformance;

import dev.chronovisor.client.Chronovisor;
import dev.chronovisor.v1.GetProjectRequest;
import dev.chronovisor.v1.ProjectServiceGrpc;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** What the client costs: of its first call, and of a call over its bare stub. Prints JSON. */
final class Bench {
  private static final int CALLS = 2_000;
  private static final int ROUNDS = 5;
  private static final GetProjectRequest REQUEST =
      GetProjectRequest.newBuilder().setName("projects/default").build();

  private Bench() {}

  public static void main(String[] arguments) {
    double cold = firstCall();
    List<Double> warm = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      warm.add(firstCall());
    }
    String server = System.getenv().getOrDefault("CHRONOVISOR_SERVER", "127.0.0.1:7460");
    ManagedChannel bare =
        Grpc.newChannelBuilder(server.split(",")[0], InsecureChannelCredentials.create()).build();
    try (Chronovisor chronovisor = Chronovisor.connect()) {
      var stub = ProjectServiceGrpc.newBlockingStub(bare);
      Runnable layered = () -> chronovisor.projects().get("default");
      Runnable plain = () -> stub.getProject(REQUEST);
      perCall(layered);
      perCall(plain);
      List<Double> layers = new ArrayList<>();
      List<Double> stubs = new ArrayList<>();
      // In turns: what else the machine does meets both.
      for (int round = 0; round < ROUNDS; round++) {
        layers.add(perCall(layered));
        stubs.add(perCall(plain));
      }
      System.out.printf(
          "{\"first_call_ms\": %.1f, \"first_call_of_the_process_ms\": %.1f,"
              + " \"layer_us_per_call\": %.1f, \"stub_us_per_call\": %.1f}%n",
          median(warm), cold, Collections.min(layers), Collections.min(stubs));
    } finally {
      bare.shutdownNow();
    }
  }

  private static double firstCall() {
    long began = System.nanoTime();
    try (Chronovisor chronovisor = Chronovisor.connect()) {
      chronovisor.projects().get("default");
      return (System.nanoTime() - began) / 1e6;
    }
  }

  private static double perCall(Runnable call) {
    long began = System.nanoTime();
    for (int i = 0; i < CALLS; i++) {
      call.run();
    }
    return (System.nanoTime() - began) / 1e3 / CALLS;
  }

  private static double median(List<Double> of) {
    Collections.sort(of);
    return of.get(of.size() / 2);
  }
}
