import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import * as errors from "../src/errors.js";
import { VmService } from "../src/gen/chronovisor/v1/vm_service_pb.js";
import { ErrorInfoSchema } from "../src/gen/google/rpc/error_details_pb.js";
import { StatusSchema } from "../src/gen/google/rpc/status_pb.js";
import { clientOf, killed, nobodyListens, refusal } from "./fakes.js";

const kinds: [Code, new (...of: never[]) => Error, string][] = [
  [Code.InvalidArgument, errors.InvalidArgument, "INVALID_ARGUMENT"],
  [Code.NotFound, errors.NotFound, "NOT_FOUND"],
  [Code.AlreadyExists, errors.AlreadyExists, "ALREADY_EXISTS"],
  [Code.Aborted, errors.Conflict, "ABORTED"],
  [Code.FailedPrecondition, errors.WrongState, "FAILED_PRECONDITION"],
  [Code.ResourceExhausted, errors.Exhausted, "RESOURCE_EXHAUSTED"],
  [Code.OutOfRange, errors.OutOfRange, "OUT_OF_RANGE"],
  [Code.Unauthenticated, errors.NotPermitted, "UNAUTHENTICATED"],
  [Code.PermissionDenied, errors.NotPermitted, "PERMISSION_DENIED"],
  [Code.DeadlineExceeded, errors.DeadlineExceeded, "DEADLINE_EXCEEDED"],
  [Code.Unimplemented, errors.ChronovisorError, "UNIMPLEMENTED"],
  [Code.Internal, errors.ChronovisorError, "INTERNAL"],
];

for (const [code, kind, status] of kinds) {
  test(`${status} is ${kind.name}, with what the server sent`, async () => {
    const client = clientOf(({ service }) =>
      service(VmService, {
        getVm() {
          throw refusal(code, "SOME_REASON", {
            field: "vm.spec",
            resource: "projects/a/vms/b",
            metadata: { name: "c" },
          });
        },
      }),
    );
    const error = await client.vms.get("a/b").catch((thrown: unknown) => thrown);
    assert.ok(error instanceof kind);
    assert.ok(error instanceof errors.ChronovisorError);
    assert.equal(error.name, kind.name);
    assert.equal(error.code, code);
    assert.equal(error.status, status);
    assert.equal(error.reason, "SOME_REASON");
    assert.equal(error.message, "refused: SOME_REASON");
    assert.deepEqual(error.fields, [{ field: "vm.spec", description: "must be else" }]);
    assert.equal(error.resource, "projects/a/vms/b");
    assert.deepEqual(error.metadata, { name: "c" });
    assert.equal(error.retryAfterMs, undefined);
  });
}

test("an error without details has its code as its reason", () => {
  const error = errors.errorFromCall(new ConnectError("no", Code.Unimplemented));
  assert.equal(error.reason, "UNIMPLEMENTED");
  assert.equal(String(error), "ChronovisorError: no (UNIMPLEMENTED)");
});

test("a server that is lost or not there is Unavailable, whatever the transport makes of it", () => {
  const fetchFailed = ConnectError.from(new TypeError("fetch failed"));
  const reset = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET", syscall: "read" });
  for (const lost of [
    killed(),
    nobodyListens(),
    fetchFailed,
    new ConnectError("x", Code.Internal, {}, [], reset),
  ]) {
    const error = errors.errorFromCall(lost);
    assert.ok(error instanceof errors.Unavailable, String(lost));
    assert.equal(error.reason, errors.UNREACHABLE);
  }
  assert.ok(errors.isNotConnected(errors.errorFromCall(nobodyListens())));
  assert.ok(!errors.isNotConnected(errors.errorFromCall(killed())));
  assert.ok(!errors.isNotConnected(errors.errorFromCall(ConnectError.from(reset))));
});

test("what the server itself cancels or aborts is not a lost connection", () => {
  const aborted = errors.errorFromCall(new ConnectError("no", Code.Aborted, { "grpc-status": "10" }));
  assert.ok(aborted instanceof errors.Conflict);
});

test("the statuses of a batch's items are errors of the same kinds", () => {
  const info = anyPack(ErrorInfoSchema, create(ErrorInfoSchema, { reason: "NO_CAPACITY" }));
  const error = errors.errorFromStatus(
    create(StatusSchema, { code: Code.ResourceExhausted, message: "full", details: [info] }),
  );
  assert.ok(error instanceof errors.Exhausted);
  assert.equal(error.reason, "NO_CAPACITY");
});

test("what no host had room for says what was in the way", () => {
  const error = new errors.Exhausted({
    code: Code.ResourceExhausted,
    reason: "NO_CAPACITY",
    message: "full",
    metadata: {
      "turned_down.vcpus": "3",
      "turned_down.pinned": "1",
      "nearest.1": "hosts/b breaks pinned",
      "nearest.0": "hosts/a lacks 2 vcpus",
      "nearest.2": "of a newer server",
    },
  });
  assert.deepEqual(Object.fromEntries(error.turnedDown), { vcpus: 3, pinned: 1 });
  assert.deepEqual(error.nearest, [
    { host: "hosts/a", rule: "vcpus", missing: 2 },
    { host: "hosts/b", rule: "pinned", missing: 0 },
  ]);
});
