/**
 * What the layer costs: JSON with `first_call_ms` from `connect` to the first answer, and microseconds for one call through the
 * layer and through Connect's own client. The server is $CHRONOVISOR_SERVER.
 */

import { connect } from "@chronovisor/client";
import { ProjectService } from "@chronovisor/client/v1";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";

const ROUNDS = 200;
const CALLS = 20;

const began = performance.now();
const client = connect();
const name = "projects/default";
await client.stubs.projects.getProject({ name });
const firstCallMs = performance.now() - began;

const server = process.env["CHRONOVISOR_SERVER"] ?? "127.0.0.1:7460";
const bare = createClient(ProjectService, createGrpcTransport({ baseUrl: `http://${server}` }));
const layer = () => client.stubs.projects.getProject({ name });
const stub = () => bare.getProject({ name });

/** Microseconds for one call, one after the other. */
async function measured(call: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  for (let n = 0; n < CALLS; n++) await call();
  return ((performance.now() - start) / CALLS) * 1000;
}

/** The lower quartile: what else the machine does only adds. */
function typical(values: readonly number[]): number {
  return Math.round(
    values.toSorted((one, other) => one - other)[Math.floor(values.length / 4)] ?? Number.NaN,
  );
}

await measured(layer);
await measured(stub);
const layers: number[] = [];
const stubs: number[] = [];
// In turns, so that what else the machine does hits both.
for (let round = 0; round < ROUNDS; round++) {
  layers.push(await measured(layer));
  stubs.push(await measured(stub));
}
const result = {
  first_call_ms: Math.round(firstCallMs * 10) / 10,
  layer_us_per_call: typical(layers),
  stub_us_per_call: typical(stubs),
};
process.stdout.write(`${JSON.stringify(result)}\n`);
client.close();
process.exit(0);
