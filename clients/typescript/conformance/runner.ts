/** Scenarios from standard input, one JSON object a line; results on standard output. See clients/conformance/README.md. */

import { createInterface } from "node:readline";
import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import { connect } from "@chronovisor/client";
import { Scenario, type Step } from "./steps.js";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

async function read(): Promise<JsonObject> {
  const { done, value } = await lines.next();
  // The conductor is gone.
  return done ? { bye: {} } : JSON.parse(value);
}

function write(message: JsonObject): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

async function act(action: JsonValue): Promise<JsonObject> {
  write({ do: action });
  const answer = await read();
  if (answer["failed"] !== undefined) throw new Error(String(answer["failed"]));
  return answer["done"] as JsonObject;
}

const { hello } = (await read()) as { hello: { server: string } };
const client = connect({ server: hello.server });
for (;;) {
  const line = (await read()) as { scenario?: { name: string; steps: Step[] } };
  if (!line.scenario) break;
  const { name, steps } = line.scenario;
  const why = await new Scenario(hello.server, client, act).run(steps);
  write({ result: { scenario: name, ok: why === "", ...(why ? { why } : {}) } });
}
client.close();
process.exit(0);
