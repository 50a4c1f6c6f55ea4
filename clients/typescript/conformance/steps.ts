/** The steps of a scenario, carried out one after the other. What each means is in clients/conformance/README.md. */

import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import { type Client, connect } from "@chronovisor/client";
import { listed, proven, refusalOf, streamed, unary, waited } from "./calls.js";
import { Collector } from "./collector.js";
import { at, mismatch, substituted } from "./patterns.js";

const COLLECT_S = 10;

/** One object of JSON, as a scenario has it. */
export type Step = JsonObject;

/** One scenario on its way: its variables, its watches, and the client that its steps use. */
export class Scenario {
  readonly #server: string;
  #client: Client;
  readonly #act: (action: JsonValue) => Promise<JsonObject>;
  readonly #variables = new Map<string, JsonValue>();
  readonly #watches = new Map<string, Collector>();
  readonly #own: Client[] = [];

  constructor(server: string, client: Client, act: (action: JsonValue) => Promise<JsonObject>) {
    this.#server = server;
    this.#client = client;
    this.#act = act;
  }

  /** Why it failed; empty when it did not. */
  async run(steps: readonly Step[]): Promise<string> {
    let number = 0;
    try {
      for (const step of steps) {
        number++;
        for (let turn = 0; turn < Number(step["times"] ?? 1); turn++) {
          const variables = new Map([...this.#variables, ["i", String(turn)]]);
          await this.#step(substituted(step, variables) as Step);
        }
      }
      return "";
    } catch (error) {
      const refusal = refusalOf(error);
      return `step ${number}: ${refusal ? `failed unexpectedly: ${JSON.stringify(refusal)}` : (error as Error).message}`;
    } finally {
      await Promise.all([...this.#watches.values()].map((watch) => watch.stop()));
      for (const client of this.#own) client.close();
    }
  }

  async #step(step: Step): Promise<void> {
    const request = step["request"] ?? {};
    const timeoutS = numberIn(step, "timeout_s");
    const limits = { timeoutS, cancelAfterS: numberIn(step, "cancel_after_s") };
    const count = numberIn(step, "count");
    const text = (key: string) => String(step[key]);
    if ("call" in step) {
      await this.#checked(step, () => unary(this.#client, text("call"), request, limits));
    } else if ("wait" in step) {
      await this.#checked(step, () => waited(this.#client, text("wait"), timeoutS));
    } else if ("list" in step) {
      await this.#checkedItems(step, () => listed(this.#client, text("list"), request, text("items")));
    } else if ("stream" in step) {
      const requests = (step["requests"] ?? [{}]) as JsonValue[];
      await this.#checkedItems(step, () => streamed(this.#client, text("stream"), requests, count, limits));
    } else if ("prove" in step) {
      const position = BigInt(text("prove"));
      await this.#checked(step, async () => ({
        verified: await proven(this.#client, position, step["tamper"] === true),
      }));
    } else if ("watch" in step) {
      this.#watches.set(text("as"), new Collector(this.#client, text("watch"), request as JsonObject));
    } else if ("collect" in step) {
      await this.#collect(step, this.#watch(text("collect")));
    } else if ("stop" in step) {
      await this.#watch(text("stop")).stop();
    } else if ("connect" in step) {
      this.#connect(step["connect"] as JsonObject);
    } else if ("sleep_s" in step) {
      await new Promise((resolve) => setTimeout(resolve, Number(step["sleep_s"]) * 1000));
    } else if (step["do"] !== undefined) {
      this.#save(step, await this.#act(step["do"]));
    } else {
      throw new Error(`this runner does not know the step ${JSON.stringify(step)}`);
    }
  }

  #watch(name: string): Collector {
    const found = this.#watches.get(name);
    if (!found) throw new Error(`there is no watch ${name}`);
    return found;
  }

  #connect(options: JsonObject): void {
    const { server, actor, timeout_s: timeoutS, attempts, token } = options;
    const file = (name: string) => (options[name] === undefined ? undefined : String(options[name]));
    const files = { caFile: file("ca_file"), certFile: file("cert_file"), keyFile: file("key_file") };
    this.#client = connect({
      server: server === undefined ? this.#server : String(server),
      actor: actor === undefined ? undefined : String(actor),
      timeoutMs: timeoutS === undefined ? undefined : Number(timeoutS) * 1000,
      token: token === undefined ? undefined : String(token),
      tokenFile: file("token_file"),
      tls: Object.values(files).some(Boolean) ? files : undefined,
      retry: attempts === undefined ? {} : { attempts: Number(attempts) },
    });
    this.#own.push(this.#client);
  }

  async #collect(step: Step, watch: Collector): Promise<void> {
    const { until, count, error: expected } = step;
    const items = await watch.take((waiting) => {
      if (until !== undefined) {
        const found = waiting.findIndex((item) => mismatch(until, item, this.#variables) === "");
        return found < 0 ? undefined : found + 1;
      }
      if (count !== undefined) return waiting.length >= Number(count) ? Number(count) : undefined;
      return expected !== undefined && !watch.error ? undefined : waiting.length;
    }, numberIn(step, "timeout_s") ?? COLLECT_S);
    if (!items) {
      const ended = watch.error ? `; it ended with ${JSON.stringify(watch.error)}` : "";
      const waiting = JSON.stringify(watch.waiting()).slice(0, 800);
      throw new Error(`what it waits for did not come${ended}; it has ${waiting}`);
    }
    if (expected !== undefined) this.#checkError(expected as JsonObject, watch.error as JsonObject);
    const repeats = step["no_repeats"] === true ? watch.repeats() : [];
    if (repeats.length > 0) throw new Error(`positions that came again, or late: ${repeats}`);
    this.#check(step, items);
    this.#save(step, { items });
  }

  async #checkedItems(step: Step, work: () => Promise<JsonValue[]>): Promise<void> {
    const { response, count, ...rest } = step;
    await this.#checked(rest, async () => {
      const items = await work();
      if (count !== undefined && items.length !== Number(count)) {
        throw new Error(`there are ${items.length} items, not ${count}`);
      }
      this.#check(step, items);
      return { items };
    });
  }

  /** What `work` gives, checked and saved, or its refusal. */
  async #checked(step: Step, work: () => Promise<JsonValue>): Promise<void> {
    const { error: expected } = step;
    let result: JsonValue;
    try {
      result = await work();
    } catch (error) {
      const refusal = refusalOf(error);
      if (expected === undefined || !refusal) throw error;
      this.#checkError(expected as JsonObject, refusal);
      return;
    }
    if (expected !== undefined) {
      const found = JSON.stringify(result).slice(0, 300);
      throw new Error(`was to be refused with ${JSON.stringify(expected)}, and was not: ${found}`);
    }
    this.#check(step, result);
    this.#save(step, result);
  }

  #check({ response }: Step, value: JsonValue): void {
    const why = response === undefined ? "" : mismatch(response, value, this.#variables);
    if (why) throw new Error(why);
  }

  #checkError(expected: JsonObject, error: JsonObject): void {
    const { fields, message, ...rest } = expected;
    const sorted = (of: JsonValue | undefined) => JSON.stringify([...((of ?? []) as string[])].sort());
    let why = mismatch(rest, error, this.#variables, "error");
    if (fields !== undefined && sorted(fields) !== sorted(error["fields"])) {
      why ||= `error.fields are ${sorted(error["fields"])}, not ${sorted(fields)}`;
    }
    if (message !== undefined && !new RegExp(String(message), "u").test(String(error["message"]))) {
      why ||= `there is no ${message} in the message`;
    }
    if (why) throw new Error(`${why}; error: ${JSON.stringify(error).slice(0, 600)}`);
  }

  #save(step: Step, result: JsonValue): void {
    for (const [name, path] of Object.entries((step["save"] ?? {}) as Record<string, string>)) {
      this.#variables.set(name, at(result, path));
    }
  }
}

function numberIn(step: Step, key: string): number | undefined {
  return step[key] === undefined ? undefined : Number(step[key]);
}
