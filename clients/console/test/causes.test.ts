import { create } from "@bufbuild/protobuf";
import { EventSchema } from "@chronovisor/gen/chronovisor/events/v1/event_pb.js";
import { expect, test } from "vitest";
import { ledTo, pictureOf } from "../src/lib/causes.js";

let position = 0n;
const event = (stream: string, version: number, requestId: string, causation = "") =>
  create(EventSchema, { stream, version: BigInt(version), requestId, causation, position: ++position });

test("an event is below its cause, in a column of what it is of", () => {
  const lost = event("hosts/h", 7, "lease");
  const first = event("vms/a", 4, "lease");
  const second = event("vms/b", 4, "lease");
  const restarted = event("vms/a", 5, "restart", "vms/a@4");
  const { columns, edges } = pictureOf([restarted, second, lost, first]);
  expect(columns).toEqual(["hosts/h", "vms/a", "vms/b"]);
  const drawn = edges.map(({ from, to }) => [from.event, to.event]);
  expect(drawn).toEqual([
    [lost, first],
    [lost, second],
    [first, restarted],
  ]);
});

test("VMs of one batch are not each other's cause", () => {
  const created = event("vms/a", 1, "batch");
  const started = event("vms/a", 2, "batch");
  const other = event("vms/b", 1, "batch");
  const { edges } = pictureOf([created, started, other]);
  expect(edges.map(({ to }) => to.event)).toEqual([started]);
  expect(ledTo([created, started, other], "vms/a")).toEqual([created, started]);
});

test("what led to a VM's events stays, and what else followed from it does not", () => {
  const lost = event("hosts/h", 8, "lease-2");
  const mine = event("vms/a", 9, "lease-2");
  const beside = event("vms/b", 9, "lease-2");
  expect(ledTo([beside, mine, lost], "vms/a")).toEqual([lost, mine]);
});
