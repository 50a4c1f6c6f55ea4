import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";
import { addressOf, Connection } from "../src/connections.js";
import { HistoryService } from "../src/gen/chronovisor/v1/history_service_pb.js";
import { VmSchema } from "../src/gen/chronovisor/v1/vm_pb.js";
import { VmService } from "../src/gen/chronovisor/v1/vm_service_pb.js";
import * as node from "../src/node.js";
import * as web from "../src/web.js";
import { Plane, QUICK, type Routes, until } from "./fakes.js";

const actors: string[] = [];
let open = 0;
let ticks = 0n;
const routes: Routes = ({ service }) => {
  service(VmService, {
    getVm(request, context) {
      actors.push(context.requestHeader.get("chronovisor-actor") ?? "");
      return create(VmSchema, {
        name: request.name,
        labels: { long: "x".repeat(Number(request.atPosition)) },
      });
    },
  });
  service(HistoryService, {
    async *watchEvents({ afterPosition }, context) {
      open++;
      try {
        // One at once, then one for each tick.
        for (let position = afterPosition + 1n; !context.signal.aborted; position++) {
          yield { message: { case: "event", value: { position } } };
          const tick = ticks;
          while (tick === ticks && !context.signal.aborted)
            await new Promise((resolve) => setTimeout(resolve, 5));
        }
      } finally {
        open--;
      }
    },
  });
};

test("a call that begins while the server says goodbye is made over another connection", async () => {
  const plane = await Plane.open(routes);
  const connection = new Connection(addressOf(plane.address), undefined, 1000, false);
  const ended = async () => {
    const stream = await connection.request("POST", "/", {}, {});
    const session = stream.session;
    stream.on("error", () => {});
    stream.close();
    await new Promise((resolve) => stream.once("close", resolve));
    return session;
  };
  const first = await ended();
  // The manager has given the connection up, and not yet heard of its end: by then nobody would listen.
  const second = new Promise((resolve) => first?.once("goaway", () => resolve(ended())));
  plane.leave();
  assert.notEqual(await second, first);
  connection.close();
  await plane.kill();
});

test("calls go over gRPC, as the user of this process", async () => {
  const plane = await Plane.open(routes);
  const client = node.connect({ server: plane.address });
  const vm = await client.vms.get("a/b", { at: 5_000_000 });
  assert.equal(vm.name, "projects/a/vms/b");
  assert.equal(vm.labels["long"]?.length, 5_000_000);
  assert.match(actors.at(-1) ?? "", /^user:.+/);
  client.close();
  await plane.kill();
});

test("a watch goes on when its server is killed and comes back, within a second", async () => {
  let plane = await Plane.open(routes);
  const client = node.connect({ server: plane.address });
  const positions: bigint[] = [];
  let cameBack = 0;
  for await (const { position } of client.history.watch("", { after: 0n })) {
    positions.push(position);
    if (positions.length === 1) ticks++;
    if (positions.length === 2) {
      const { port } = plane;
      await plane.kill();
      setTimeout(async () => {
        plane = await Plane.open(routes, port);
        cameBack = performance.now();
      }, 1500);
    }
    if (positions.length === 3) break;
  }
  assert.deepEqual(positions, [1n, 2n, 3n]);
  assert.ok(performance.now() - cameBack < 1000);
  await until(() => open === 0, "the streams are ended");
  client.close();
  await plane.kill();
});

test("leaving the loop over a stub's stream ends the call on the server", async () => {
  const plane = await Plane.open(routes);
  const client = node.connect({ server: plane.address });
  for await (const _ of client.stubs.history.watchEvents({})) break;
  await until(() => open === 0, "the stream is ended");
  client.close();
  await plane.kill();
});

test("servers are tried in their order: one that is not there, one that is silent, one that answers", async () => {
  const sockets: Socket[] = [];
  const silent = createServer((socket) => sockets.push(socket));
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const plane = await Plane.open(routes);
  const gone = await Plane.open(routes);
  await gone.kill();
  const silentAddress = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const servers = [gone.address, silentAddress, plane.address];
  const options = { connectTimeoutMs: 100, retry: { attempts: 1 } };
  const client = node.connect({ server: servers.join(", "), ...options });
  assert.equal((await client.vms.get("a/b")).name, "projects/a/vms/b");
  assert.equal(sockets.length, 1);
  const other = node.connect({ server: servers, ...options });
  for await (const _ of other.history.watch()) break;
  await until(() => open === 0, "the stream is ended");
  client.close();
  other.close();
  for (const socket of sockets) socket.destroy();
  silent.close();
  await plane.kill();
});

test("Connect's interceptors are around every attempt", async () => {
  const plane = await Plane.open(routes);
  let attempts = 0;
  const client = node.connect({
    server: plane.address,
    retry: QUICK,
    interceptors: [
      (next) => async (request) => {
        assert.equal(request.header.get("chronovisor-actor"), "user:ada");
        if (++attempts < 3) throw new ConnectError("lost", Code.Unavailable);
        return next(request);
      },
    ],
    actor: "user:ada",
  });
  assert.equal((await client.vms.get("a/b")).name, "projects/a/vms/b");
  assert.equal(attempts, 3);
  client.close();
  await plane.kill();
});

test("a Unix socket is an address", async () => {
  const folder = mkdtempSync(join(tmpdir(), "socket-"));
  const path = join(folder, "plane");
  const server = createHttp2Server(connectNodeAdapter({ routes }));
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const client = node.connect({ server: `unix:${path}`, token: "secret" });
  assert.equal((await client.vms.get("a/b")).name, "projects/a/vms/b");
  client.close();
  server.close();
  rmSync(folder, { recursive: true });
});

test("the same client calls through the transports of browsers", async () => {
  // fetch speaks HTTP/1.1.
  const server = createHttpServer(connectNodeAdapter({ routes }));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (const transport of [createConnectTransport({ baseUrl }), createGrpcWebTransport({ baseUrl })]) {
    const client = web.connect({ transport, actor: "user:ada" });
    assert.equal((await client.vms.get("a/b")).name, "projects/a/vms/b");
    assert.equal(actors.at(-1), "user:ada");
    for await (const { position } of client.history.watch("", { after: 4n })) {
      assert.equal(position, 5n);
      break;
    }
    await until(() => open === 0, "the stream is ended");
  }
  server.closeAllConnections();
  server.close();
});

const environment = { ...process.env };
after(() => {
  process.env = environment;
});

test("a file of a token is read again when it has changed", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "token-")), "token");
  const sent: (string | null)[] = [];
  const plane = await Plane.open(({ service }) =>
    service(VmService, {
      getVm(_, context) {
        sent.push(context.requestHeader.get("authorization"));
        return {};
      },
    }),
  );
  process.env["CHRONOVISOR_TOKEN_FILE"] = file;
  for (const tokenFile of [file, undefined]) {
    writeFileSync(file, "first\n");
    const client = node.connect({ server: plane.address, tokenFile });
    await client.vms.get("a/b");
    writeFileSync(file, "second one\n");
    await client.vms.get("a/b");
    assert.deepEqual(sent.splice(0), ["Bearer first", "Bearer second one"]);
    writeFileSync(file, "two\nlines");
    await assert.rejects(client.vms.get("a/b"), /in one line/);
    client.close();
  }
  delete process.env["CHRONOVISOR_TOKEN_FILE"];
  assert.throws(() => node.connect({ token: "t", tokenFile: file }), /give one of/);
  await plane.kill();
});

test("a token is not sent over plain text to another machine", () => {
  assert.throws(() => node.connect({ server: "10.0.0.1:7460", token: "secret" }), /plain text/);
  assert.throws(
    () => node.connect({ server: ["127.0.0.1", "plane.example:7460"], token: "secret" }),
    /plain text/,
  );
  node.connect({ server: "10.0.0.1:7460", token: "secret", tls: true });
  for (const server of ["127.0.0.1:1", "127.8.9.1", "localhost:1", "[::1]:7460"]) {
    node.connect({ server, token: "secret" });
  }
  process.env["CHRONOVISOR_TOKEN"] = "secret";
  process.env["CHRONOVISOR_SERVER"] = "127.0.0.1:1,10.0.0.1:1";
  assert.throws(() => node.connect(), /10.0.0.1:1/);
  process.env = { ...environment };
});

test("what is not an address is refused, and half a client certificate", () => {
  for (const server of ["", "http://a:1", "a:b", "a:99999", "a b", "::1", []]) {
    assert.throws(() => node.connect({ server }), TypeError, JSON.stringify(server));
  }
  assert.throws(() => node.connect({ tls: { cert: "PEM" } }), /go together/);
});

test("a closed client calls nothing, and its watches end", async () => {
  const plane = await Plane.open(routes);
  const client = node.connect({ server: plane.address, retry: QUICK });
  const watch = client.history.watch("", { after: 0 });
  await watch.next();
  const reading = watch.next();
  client.close();
  assert.equal((await reading).done, true);
  await until(() => open === 0, "the call ended on the server");
  const isClosed = (error: unknown) => error instanceof node.Cancelled && /closed/.test(error.message);
  await assert.rejects(client.vms.get("a/b"), isClosed);
  assert.throws(() => client.history.watch("", { after: 0 }), isClosed);
  await plane.kill();
});

test("a time without end is long and not over, and NaN is none", async () => {
  const plane = await Plane.open(routes);
  const client = node.connect({ server: plane.address, timeoutMs: Number.POSITIVE_INFINITY });
  assert.equal((await client.vms.get("a/b")).name, "projects/a/vms/b");
  assert.equal((await client.vms.get("a/b", { timeoutMs: 1e18 })).name, "projects/a/vms/b");
  await assert.rejects(client.vms.get("a/b", { timeoutMs: Number.NaN }), TypeError);
  client.close();
  await plane.kill();
});
