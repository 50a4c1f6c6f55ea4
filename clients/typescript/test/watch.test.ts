import assert from "node:assert/strict";
import { test } from "node:test";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError, createRouterTransport, type HandlerContext } from "@connectrpc/connect";
import * as errors from "../src/errors.js";
import { EventSchema } from "../src/gen/chronovisor/events/v1/event_pb.js";
import {
  HistoryService,
  type WatchEventsRequest,
  type WatchEventsResponseSchema,
} from "../src/gen/chronovisor/v1/history_service_pb.js";
import { WatchStart } from "../src/gen/chronovisor/v1/streams_pb.js";
import {
  UtilizationService,
  type WatchUtilizationRequest,
} from "../src/gen/chronovisor/v1/utilization_service_pb.js";
import { VmService, type WatchVmsRequest } from "../src/gen/chronovisor/v1/vm_service_pb.js";
import { eventType } from "../src/history.js";
import type { WatchStatus } from "../src/watch.js";
import { connect } from "../src/web.js";
import { killed, QUICK, type Routes, refusal, until } from "./fakes.js";

type Response = MessageInitShape<typeof WatchEventsResponseSchema>;
type Step = Response | ConnectError | "hang" | "end";

const event = (position: number): Response => ({
  message: { case: "event", value: { position: BigInt(position) } },
});
const batch = (...positions: number[]): Response => ({
  message: { case: "events", value: { events: positions.map((each) => ({ position: BigInt(each) })) } },
});
const checkpoint = (position: number, history = ""): Response => ({
  message: { case: "checkpoint", value: { position: BigInt(position), history } },
});
const caughtUp: Response = { message: { case: "caughtUp", value: {} } };

/** A client whose connection is cut where a server throws `killed()`: no server sends that itself. */
function cuttable(routes: Routes) {
  const transport = createRouterTransport(routes);
  return connect({
    retry: QUICK,
    transport: {
      ...transport,
      stream: async (...call) => {
        const response = await transport.stream(...call);
        const message = (async function* () {
          try {
            yield* response.message;
          } catch (error) {
            throw ConnectError.from(error).rawMessage === killed().rawMessage ? killed() : error;
          }
        })();
        return { ...response, message };
      },
    },
  });
}

/** A ledger whose streams send what `streams` has, one after the other. */
function ledger(...streams: Step[][]) {
  const requests: WatchEventsRequest[] = [];
  const headers: Headers[] = [];
  let open = 0;
  const client = cuttable(({ service }) =>
    service(HistoryService, {
      async *watchEvents(request: WatchEventsRequest, context: HandlerContext) {
        requests.push(request);
        headers.push(context.requestHeader);
        context.responseHeader.set("chronovisor-history", "history-1");
        context.responseHeader.set("chronovisor-resource", request.parent && "projects/uid-1");
        open++;
        context.signal.addEventListener("abort", () => open--);
        for (const step of streams.shift() ?? ["hang"]) {
          if (step === "end") return;
          if (step === "hang")
            await new Promise((resolve) => context.signal.addEventListener("abort", resolve));
          else if (step instanceof ConnectError) throw step;
          else yield step as never;
        }
      },
    }),
  );
  return { client, requests, headers, open: () => open };
}

async function take<T>(watch: AsyncIterable<T>, count: number): Promise<T[]> {
  const taken: T[] = [];
  for await (const each of watch) {
    taken.push(each);
    if (taken.length === count) break;
  }
  return taken;
}

test("a watch is resumed after a cut, without gap or repeat", async () => {
  const { client, requests, headers } = ledger(
    [event(3), batch(4, 6), killed()],
    [refusal(Code.Unavailable, "OVERLOADED")],
    [event(6), event(7), "end"],
    [batch(7, 8)],
  );
  const statuses: WatchStatus[] = [];
  const watch = client.history.watch("", { after: 2n, onStatus: (status) => statuses.push(status) });
  const positions = (await take(watch, 5)).map(({ position }) => position);
  assert.deepEqual(positions, [3n, 4n, 6n, 7n, 8n]);
  assert.deepEqual(
    requests.map(({ afterPosition }) => afterPosition),
    [2n, 6n, 6n, 7n],
  );
  assert.equal(watch.position, 8n);
  assert.equal(headers[0]?.get("chronovisor-history"), null);
  assert.equal(headers[1]?.get("chronovisor-history"), "history-1");
  assert.deepEqual(statuses, ["interrupted", "interrupted"]);
});

test("a checkpoint is resumed after, and the stream stays with its resource", async () => {
  const { client, requests } = ledger([checkpoint(40, "history-2"), caughtUp, killed()], [event(41)]);
  const statuses: WatchStatus[] = [];
  const watch = client.history.watch("projects/shop", { onStatus: (status) => statuses.push(status) });
  await take(watch, 1);
  assert.equal(requests[0]?.fromNow, true);
  assert.equal(requests[1]?.fromNow, false);
  assert.equal(requests[1]?.afterPosition, 40n);
  assert.equal(requests[1]?.parent, "projects/uid-1");
  assert.equal(watch.history, "history-2");
  assert.deepEqual(statuses, ["caughtUp", "interrupted"]);
});

test("a position that was kept is of the history that was kept with it", async () => {
  const { client, headers } = ledger([event(8)]);
  await take(client.history.watch("", { after: 7n, history: "history-0" }), 1);
  assert.equal(headers[0]?.get("chronovisor-history"), "history-0");
});

test("whole messages are watched by the method's descriptor, checkpoints too", async () => {
  const { client, requests } = ledger([event(3), checkpoint(5), caughtUp, killed()], [event(5), event(6)]);
  const method = HistoryService.method.watchEvents;
  const messages = await take(client.watch(method, { start: WatchStart.BEGINNING }), 4);
  assert.deepEqual(
    messages.map(({ message }) => message.case),
    ["event", "checkpoint", "caughtUp", "event"],
  );
  assert.equal(requests[1]?.start, WatchStart.UNSPECIFIED);
  assert.equal(requests[1]?.afterPosition, 5n);
});

test("VMs without a position are given once all of them are there", async () => {
  const requests: WatchVmsRequest[] = [];
  const change = (position: number, name: string) =>
    ({ message: { case: "change", value: { position: BigInt(position), vm: { name } } } }) as const;
  const client = cuttable(({ service }) =>
    service(VmService, {
      async *watchVms(request) {
        requests.push(request);
        yield change(0, requests.length === 1 ? "of a stream that was cut" : "a");
        if (requests.length === 1) throw killed();
        yield change(0, "b");
        yield { message: { case: "checkpoint", value: { position: 9n } } };
        yield change(10, "c");
      },
    }),
  );
  const names = (await take(client.vms.watch("shop"), 3)).map(({ vm }) => vm?.name);
  assert.deepEqual(names, ["a", "b", "c"]);
  assert.equal(requests[1]?.afterPosition, 0n);
});

test("totals from a past time are resumed after a position", async () => {
  const requests: WatchUtilizationRequest[] = [];
  const client = cuttable(({ service }) =>
    service(UtilizationService, {
      async *watchUtilization(request) {
        requests.push(request);
        yield { message: { case: "utilization", value: { position: BigInt(requests.length) } } };
        if (requests.length === 1) throw killed();
      },
    }),
  );
  const watch = client.utilization.watch("zones/a", { from: new Date(5000), minimumIntervalMs: 250 });
  assert.deepEqual(
    (await take(watch, 2)).map(({ position }) => position),
    [1n, 2n],
  );
  assert.equal(requests[0]?.fromTime?.seconds, 5n);
  assert.equal(requests[1]?.fromTime, undefined);
  assert.equal(requests[1]?.afterPosition, 1n);
  assert.equal(requests[1]?.minimumInterval?.nanos, 250_000_000);
});

const fatal = [
  Code.InvalidArgument,
  Code.NotFound,
  Code.OutOfRange,
  Code.PermissionDenied,
  Code.FailedPrecondition,
  Code.Unimplemented,
];
for (const code of fatal) {
  test(`a watch ends with ${Code[code]}`, async () => {
    const { client, requests } = ledger([event(1), refusal(code, "HISTORY_FORKED")]);
    const watch = client.history.watch();
    await assert.rejects(
      take(watch, 2),
      (error: errors.ChronovisorError) => error.reason === "HISTORY_FORKED",
    );
    assert.equal(requests.length, 1);
    assert.equal((await watch.next()).done, true);
  });
}

test("a watch goes on once where its token is no longer taken", async () => {
  const ended = () => refusal(Code.Unauthenticated, "TOKEN_EXPIRED");
  const { client, requests } = ledger([event(1), ended()], [event(2), ended()], [ended()], [event(3)]);
  await assert.rejects(take(client.history.watch(), 3), errors.NotPermitted);
  assert.equal(requests.length, 3);
});

test("a watch that cannot begin throws after some attempts", async () => {
  const { client, requests } = ledger(...Array.from({ length: 9 }, () => [killed()]));
  await assert.rejects(take(client.history.watch(), 1), errors.Unavailable);
  assert.equal(requests.length, 4);
});

test("leaving the loop ends the call, of a watch and of a stub's stream", async () => {
  const { client, open } = ledger([event(1), "hang"], [event(1), "hang"]);
  await take(client.history.watch(), 1);
  await until(() => open() === 0, "the watch is ended");
  await take(client.stubs.history.watchEvents({}), 1);
  await until(() => open() === 0, "the stream is ended");
});

test("closing a watch ends its loop; aborting its signal throws Cancelled", async () => {
  const { client, open } = ledger([event(1), "hang"], [event(1), "hang"]);
  const closed = client.history.watch();
  setTimeout(() => closed.close(), 20);
  assert.equal((await take(closed, 9)).length, 1);
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 20);
  await assert.rejects(take(client.history.watch("", { signal: controller.signal }), 9), errors.Cancelled);
  await until(() => open() === 0, "both are ended");
});

test("a stub's stream throws our errors", async () => {
  const { client } = ledger([event(1), refusal(Code.NotFound, "VM_NOT_FOUND")]);
  await assert.rejects(take(client.stubs.history.watchEvents({}), 9), errors.NotFound);
});

test("an event has the type that filters take", () => {
  assert.equal(eventType(create(EventSchema, { payload: { case: "vmStarted", value: {} } })), "VmStarted");
  assert.equal(eventType(create(EventSchema)), "");
});
