package dev.chronovisor.conformance;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * Scenarios from standard input, one JSON object a line; results on standard output. What they mean
 * is in clients/conformance/README.md.
 */
final class Runner {
  private final BufferedReader in =
      new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
  private final PrintStream out =
      new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);

  public static void main(String[] arguments) throws IOException {
    new Runner().run();
  }

  private void run() throws IOException {
    JsonObject hello = read();
    String server = hello.getAsJsonObject("hello").get("server").getAsString();
    try (Calls calls = new Calls(server, new JsonObject())) {
      for (JsonObject line = read(); !line.has("bye"); line = read()) {
        JsonObject scenario = line.getAsJsonObject("scenario");
        String why =
            new Scenario(server, calls, this::carryOut).run(scenario.getAsJsonArray("steps"));
        JsonObject result = new JsonObject();
        result.add("scenario", scenario.get("name"));
        result.addProperty("ok", why.isEmpty());
        if (!why.isEmpty()) {
          result.addProperty("why", why);
        }
        write("result", result);
      }
    }
  }

  /** What the conductor answers to an action. */
  private JsonObject carryOut(JsonElement action) throws IOException {
    write("do", action);
    return read();
  }

  private JsonObject read() throws IOException {
    String line = in.readLine();
    // Without a line, the conductor is gone.
    return JsonParser.parseString(line == null ? "{\"bye\": {}}" : line).getAsJsonObject();
  }

  private void write(String kind, JsonElement content) {
    JsonObject line = new JsonObject();
    line.add(kind, content);
    out.println(line);
  }
}
