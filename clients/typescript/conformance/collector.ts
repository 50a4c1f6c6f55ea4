/** What a watch has given, collected until somebody looks. */

import type { JsonObject } from "@bufbuild/protobuf";
import type { Client } from "@chronovisor/client";
import { itemsOf, refusalOf, watched } from "./calls.js";

/** The items of one watch. `take` gives those that came since the last time. */
export class Collector {
  /** What the watch ended with. */
  error: JsonObject | undefined;
  readonly #items: JsonObject[] = [];
  #taken = 0;
  #changed = () => {};
  readonly #watch: ReturnType<typeof watched>;
  readonly #ended: Promise<void>;

  constructor(client: Client, method: string, request: JsonObject) {
    this.#watch = watched(client, method, request);
    this.#ended = this.#run(method);
  }

  /** The new items, as many of them as `enough` says; undefined when they have not come within the time. */
  async take(
    enough: (waiting: readonly JsonObject[]) => number | undefined,
    timeoutS: number,
  ): Promise<JsonObject[] | undefined> {
    const deadline = performance.now() + timeoutS * 1000;
    for (;;) {
      const count = enough(this.waiting());
      if (count !== undefined) {
        this.#taken += count;
        return this.#items.slice(this.#taken - count, this.#taken);
      }
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) return undefined;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#changed = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** What came and was not taken yet. */
  waiting(): readonly JsonObject[] {
    return this.#items.slice(this.#taken);
  }

  /** Positions that are not above the one before them, of all items so far. */
  repeats(): bigint[] {
    const positions = this.#items.map((item) => BigInt(String(item["position"] ?? "0"))).filter(Boolean);
    return positions.filter((position, n) => n > 0 && position <= (positions[n - 1] ?? 0n));
  }

  /** As a user leaves a watch. */
  async stop(): Promise<void> {
    this.#watch.close();
    await this.#ended;
  }

  async #run(method: string): Promise<void> {
    try {
      for await (const message of this.#watch) {
        this.#items.push(...itemsOf(method, message));
        this.#changed();
      }
    } catch (error) {
      this.error = refusalOf(error) ?? { code: "UNKNOWN", message: String(error), fields: [] };
      this.#changed();
    }
  }
}
