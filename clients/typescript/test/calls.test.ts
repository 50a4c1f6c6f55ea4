import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, createRouterTransport } from "@connectrpc/connect";
import * as errors from "../src/errors.js";
import { HostService } from "../src/gen/chronovisor/v1/host_service_pb.js";
import { VmState } from "../src/gen/chronovisor/v1/vm_pb.js";
import { StartVmRequestSchema, VmService } from "../src/gen/chronovisor/v1/vm_service_pb.js";
import { Operations } from "../src/gen/google/longrunning/operations_pb.js";
import { connect as connectOnNode } from "../src/node.js";
import { connect } from "../src/web.js";
import {
  clientOf,
  doneWith,
  failing,
  killed,
  nobodyListens,
  operation,
  Plane,
  QUICK,
  type Routes,
  refusal,
} from "./fakes.js";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test("every call says who calls, with which token, and of which history", async () => {
  const sent: Headers[] = [];
  let tokens = 0;
  const client = clientOf(
    ({ service }) =>
      service(VmService, {
        getVm(_, context) {
          sent.push(context.requestHeader);
          context.responseHeader.set("chronovisor-history", `history-${sent.length}`);
          return {};
        },
      }),
    { actor: "user:ada", token: async () => `token-${++tokens}` },
  );
  await client.vms.get("a/b");
  await client.vms.get("a/b");
  const [first, second] = sent;
  assert.equal(first?.get("chronovisor-actor"), "user:ada");
  assert.equal(first?.get("chronovisor-history"), null);
  assert.equal(first?.get("authorization"), "Bearer token-1");
  assert.equal(second?.get("chronovisor-history"), "history-1");
  assert.equal(second?.get("authorization"), "Bearer token-2");
});

test("a token that is no longer taken is followed by a fresh one, once", async () => {
  const cases = [
    { refusals: 1, token: (number: number) => `token-${number}`, calls: 2, works: true },
    { refusals: 3, token: (number: number) => `token-${number}`, calls: 2, works: false },
    { refusals: 1, token: () => "same", calls: 1, works: false },
  ];
  for (const { refusals, token, calls, works } of cases) {
    let called = 0;
    let given = 0;
    const client = clientOf(
      ({ service }) =>
        service(VmService, {
          getVm() {
            if (++called <= refusals) throw refusal(Code.Unauthenticated, "TOKEN_EXPIRED");
            return {};
          },
        }),
      { token: () => token(++given) },
    );
    if (works) await client.vms.get("a/b");
    else await assert.rejects(client.vms.get("a/b"), errors.NotPermitted);
    assert.equal(called, calls);
  }
});

test("the history that an error has in header and trailer is one", async () => {
  const sent: (string | null)[] = [];
  const plane = await Plane.open(({ service }) =>
    service(VmService, {
      getVm(_, context) {
        sent.push(context.requestHeader.get("chronovisor-history"));
        context.responseHeader.set("chronovisor-history", "history-1");
        context.responseTrailer.set("chronovisor-history", "history-1");
        throw new ConnectError("no", Code.NotFound, { "chronovisor-history": "history-1" });
      },
    }),
  );
  const client = connectOnNode({ server: plane.address });
  await assert.rejects(client.vms.get("a/b"), errors.NotFound);
  await assert.rejects(client.vms.get("a/b"), errors.NotFound);
  assert.deepEqual(sent, [null, "history-1"]);
  client.close();
  await plane.kill();
});

test("what the source of tokens throws is thrown as it is, and not taken for a server that is lost", async () => {
  let tokens = 0;
  const token = async () => {
    tokens++;
    throw new TypeError("fetch failed");
  };
  const client = clientOf(() => {}, { token });
  await assert.rejects(client.vms.get("a/b"), TypeError);
  assert.equal(tokens, 1);
});

test("an actor that cannot be sent is refused at once", () => {
  assert.throws(() => clientOf(() => {}, { actor: "user:zoë" }), TypeError);
});

test("a command has the same request id in all attempts, and the caller's request stays as it was", async () => {
  const ids: string[] = [];
  const routes: Routes = ({ service }) =>
    service(VmService, {
      startVm({ requestId }) {
        ids.push(requestId);
        if (ids.length < 3) throw refusal(Code.Unavailable, "OVERLOADED");
        return doneWith({ name: "projects/a/vms/b" });
      },
    });
  const request = create(StartVmRequestSchema, { name: "projects/a/vms/b" });
  await clientOf(routes).stubs.vms.startVm(request);
  assert.equal(ids.length, 3);
  assert.match(ids[0] ?? "", UUID);
  assert.deepEqual(new Set(ids).size, 1);
  assert.equal(request.requestId, "");
  await clientOf(routes).stubs.vms.startVm(request);
  assert.notEqual(ids[3], ids[0]);
});

test("a request id that is given is kept", async () => {
  let id = "";
  const client = clientOf(({ service }) =>
    service(VmService, {
      stopVm(request) {
        id = request.requestId;
        return doneWith({});
      },
    }),
  );
  await client.vms.stop("a/b", { requestId: "5f0c3d0e-6f4b-4a57-9a3c-0d9f7a5d8f11" });
  assert.equal(id, "5f0c3d0e-6f4b-4a57-9a3c-0d9f7a5d8f11");
});

test("only UNAVAILABLE is tried again, and only so often", async () => {
  let calls = 0;
  const client = clientOf(({ service }) =>
    service(VmService, {
      getVm({ name }) {
        calls++;
        throw refusal(name.endsWith("busy") ? Code.Unavailable : Code.Aborted, "SOME_REASON");
      },
    }),
  );
  await assert.rejects(client.vms.get("a/lost-race"), errors.Conflict);
  assert.equal(calls, 1);
  await assert.rejects(client.vms.get("a/busy"), errors.Unavailable);
  assert.equal(calls, 5);
});

test("a pause is as long as the server says, and none is begun that passes the deadline", async () => {
  const began = performance.now();
  let calls = 0;
  const client = clientOf(({ service }) =>
    service(VmService, {
      getVm() {
        calls++;
        throw refusal(Code.Unavailable, "SHUTTING_DOWN", { retryAfterS: 2 });
      },
    }),
  );
  await assert.rejects(client.vms.get("a/b", { timeoutMs: 1000 }), (error: errors.Unavailable) => {
    assert.equal(error.retryAfterMs, 2000);
    return true;
  });
  assert.equal(calls, 1);
  assert.ok(performance.now() - began < 900);
});

test("a server that is lost is tried again with what is safe to repeat, and with nothing else", async () => {
  const routes: Routes = ({ service }) => {
    service(VmService, { getVm: () => ({ name: "found" }), startVm: () => doneWith({}) });
    service(Operations, { cancelOperation: () => ({}), getOperation: () => operation("operations/1", true) });
  };
  const lossy = (lost = killed()) =>
    connect({ transport: failing(createRouterTransport(routes), [lost]), retry: QUICK });
  assert.equal((await lossy().vms.get("a/b")).name, "found");
  await lossy().vms.start("a/b");
  await lossy().stubs.operations.getOperation({ name: "operations/1" });
  await assert.rejects(
    lossy().stubs.operations.cancelOperation({ name: "operations/1" }),
    errors.Unavailable,
  );
  // It certainly did not arrive.
  await lossy(nobodyListens()).stubs.operations.cancelOperation({ name: "operations/1" });
});

test("the next server has its turn at once where there is no connection, and keeps it", async () => {
  const routes: Routes = ({ service }) =>
    service(HostService, { getHost: () => ({ name: "of the second" }) });
  const down = createRouterTransport(() => {});
  let tried = 0;
  const first = {
    unary: async () => {
      tried++;
      throw nobodyListens();
    },
    stream: down.stream,
  };
  const client = connect({
    transport: [first, createRouterTransport(routes)],
    retry: { attempts: 1 },
  });
  assert.equal((await client.hosts.get("a")).name, "of the second");
  assert.equal((await client.hosts.get("a")).name, "of the second");
  assert.equal(tried, 1);
});

test("with no server at all, every server is tried in every attempt", async () => {
  let tried = 0;
  const nobody = {
    unary: async () => {
      tried++;
      throw nobodyListens();
    },
    stream: createRouterTransport(() => {}).stream,
  };
  const client = connect({ transport: [nobody, nobody, nobody], retry: { ...QUICK, attempts: 2 } });
  await assert.rejects(client.hosts.get("a"), errors.Unavailable);
  assert.equal(tried, 6);
});

test("a call has the client's deadline, or its own", async () => {
  const client = clientOf(
    ({ service }) => service(VmService, { getVm: () => new Promise<never>(() => {}) }),
    { timeoutMs: 50 },
  );
  await assert.rejects(client.vms.get("a/b"), errors.DeadlineExceeded);
  await assert.rejects(client.vms.get("a/b", { timeoutMs: 20 }), errors.DeadlineExceeded);
});

test("a caller that ends its call gets Cancelled, also between two attempts", async () => {
  const controller = new AbortController();
  const client = clientOf(
    ({ service }) =>
      service(VmService, {
        getVm() {
          setTimeout(() => controller.abort(new Error("enough")), 5);
          throw refusal(Code.Unavailable, "OVERLOADED");
        },
      }),
    { retry: { firstPauseMs: 60_000, longestPauseMs: 60_000 }, timeoutMs: 0 },
  );
  const error = await client.vms.get("a/b", { signal: controller.signal }).catch((thrown: unknown) => thrown);
  assert.ok(error instanceof errors.Cancelled);
  assert.equal((error.cause as Error).message, "enough");
});

test("a VM is created from few words", async () => {
  const client = clientOf(({ service }) =>
    service(VmService, {
      createVm(request) {
        assert.equal(request.parent, "projects/shop");
        assert.equal(request.vmId, "web-1");
        assert.equal(request.start, true);
        assert.equal(request.reason, "a test");
        const { spec, labels, expectedLifetime } = request.vm ?? {};
        assert.deepEqual(labels, { tier: "web" });
        assert.equal(expectedLifetime?.seconds, 90n);
        assert.equal(spec?.resources?.memoryMib, 2048n);
        assert.equal(spec?.resources?.extended["gpu.a100"], 1n);
        assert.deepEqual(spec?.boot?.source.case, "image");
        return doneWith({ name: "projects/shop/vms/web-1", state: VmState.RUNNING });
      },
    }),
  );
  const vm = await client.vms
    .create(
      "shop/web-1",
      { vcpus: 2, memoryMib: 2048, diskGib: 20, image: "debian-12.qcow2", extended: { "gpu.a100": 1 } },
      { start: true, labels: { tier: "web" }, expectedLifetimeMs: 90_000, reason: "a test" },
    )
    .wait();
  assert.equal(vm.state, VmState.RUNNING);
});

test("a command waits over the server's absence, and says how it failed", async () => {
  const answers = [
    () => {
      throw refusal(Code.Unavailable, "SHUTTING_DOWN");
    },
    () => operation("operations/7", false),
    () =>
      operation("operations/7", true, {
        case: "error",
        value: { code: Code.DeadlineExceeded, message: "its agent did not report" },
      }),
  ];
  const client = clientOf(
    ({ service }) => {
      service(VmService, { startVm: () => operation("operations/7", false) });
      service(Operations, { waitOperation: () => (answers.shift() as () => ReturnType<typeof operation>)() });
    },
    { retry: { ...QUICK, attempts: 1 } },
  );
  const steps: boolean[] = [];
  const error = await client.vms
    .start("a/b")
    .wait({ onStep: ({ done }) => steps.push(done) })
    .catch((thrown: unknown) => thrown);
  assert.ok(error instanceof errors.OperationFailed);
  assert.equal(error.operation.name, "operations/7");
  assert.equal(error.status, "DEADLINE_EXCEEDED");
  assert.deepEqual(steps, [false, false, true]);
});

test("a wait ends after its timeout, and the operation goes on", async () => {
  const client = clientOf(({ service }) =>
    service(Operations, { waitOperation: ({ name }) => operation(name, false) }),
  );
  await assert.rejects(client.wait("7", { timeoutMs: 150 }), (error: errors.WaitTimeout) => {
    assert.equal(error.operation.name, "operations/7");
    return true;
  });
});

test("a list is of all pages, which are requested as the loop gets there", async () => {
  const tokens: string[] = [];
  const client = clientOf(({ service }) =>
    service(VmService, {
      listVms({ pageToken, parent, filter }) {
        assert.equal(parent, "projects/shop");
        assert.equal(filter, 'state = "RUNNING"');
        tokens.push(pageToken);
        const page = Number(pageToken || "0");
        // An empty page is not the last one.
        const vms = page === 1 ? [] : [{ name: `${page}-0` }, { name: `${page}-1` }];
        return { vms, nextPageToken: page < 2 ? `${page + 1}` : "", position: 9n };
      },
    }),
  );
  const listing = client.vms.list("shop", { filter: 'state = "RUNNING"' });
  for await (const vm of listing) if (vm.name === "0-1") break;
  assert.deepEqual(tokens, [""]);
  assert.deepEqual(
    (await listing.toArray()).map(({ name }) => name),
    ["0-0", "0-1", "2-0", "2-1"],
  );
  assert.deepEqual(tokens, ["", "", "1", "2"]);
  for await (const page of listing.pages()) assert.equal(page.position, 9n);
});

test("the past is read by position or time", async () => {
  const reads: unknown[] = [];
  const client = clientOf(({ service }) =>
    service(VmService, {
      getVm({ atPosition, readTime, minPosition }) {
        reads.push([atPosition, readTime?.seconds, minPosition]);
        return {};
      },
    }),
  );
  await client.vms.get("a/b", { at: 7 });
  await client.vms.get("a/b", { at: new Date(5000) });
  await client.vms.get("a/b", { minPosition: 8n });
  assert.deepEqual(reads, [
    [7n, undefined, 0n],
    [0n, 5n, 0n],
    [0n, undefined, 8n],
  ]);
});
