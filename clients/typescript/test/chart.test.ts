import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { UtilizationSchema } from "@chronovisor/client/v1";
import { bar, chart } from "../examples/chart.js";

const totals = create(UtilizationSchema, {
  scope: "zones/a",
  hosts: 3n,
  runningVms: 12n,
  position: 99n,
  classes: [
    { resourceClass: "vcpus", total: 64n, allocated: 32n, eta: 0.5 },
    { resourceClass: "memory_mib", total: 65536n, allocated: 62720n, eta: 0.957 },
    { resourceClass: "gpu.a100", total: 0n, allocated: 1n, eta: 1 },
  ],
});

for (const width of [30, 50, 80, 200]) {
  test(`a chart fits ${width} columns`, () => {
    const lines = chart(totals, { width, isColored: false });
    assert.equal(lines.length, 4);
    for (const line of lines) assert.ok(line.length <= width, `${line.length}: ${line}`);
    assert.ok(lines.every((line) => !line.includes("\x1b")));
  });
}

test("bars are in eighths, and full at 1 and above", () => {
  const plain = { width: 0, isColored: false };
  assert.equal(bar(0, 4, plain), "····");
  assert.equal(bar(0.5, 4, plain), "██··");
  assert.equal(bar(0.53125, 4, plain), "██▏·");
  assert.equal(bar(1.7, 4, plain), "████");
});

test("colours say how full it is", () => {
  const colored = { width: 0, isColored: true };
  assert.equal(bar(0.5, 2, colored), "\x1b[32m█\x1b[39m·");
  assert.equal(bar(0.75, 4, colored), "\x1b[33m███\x1b[39m·");
  assert.equal(bar(0.95, 1, colored), "\x1b[31m█\x1b[39m");
  assert.equal(bar(0, 1, colored), "·");
});

test("memory is in GiB, other classes in their own unit", () => {
  const text = chart(totals, { width: 80, isColored: false }).join("\n");
  assert.match(text, /zones\/a: 12 VMs on 3 hosts, position 99/);
  assert.match(text, /GiB memory .* 95\.7% {2}61\.3 of 64/);
  assert.match(text, /vCPUs .* 50\.0%/);
  assert.match(text, /gpu\.a100 .* 100\.0% .* 1 of 0/);
});
