import assert from "node:assert/strict";
import { test } from "node:test";
import { hostName, lastPart, operationName, projectName, vmName } from "../src/names.js";

test("names are made whole", () => {
  assert.equal(projectName("shop"), "projects/shop");
  assert.equal(projectName("projects/shop"), "projects/shop");
  assert.equal(hostName("node-1"), "hosts/node-1");
  assert.equal(operationName("operations/7"), "operations/7");
  assert.equal(vmName("shop/web-1"), "projects/shop/vms/web-1");
  assert.equal(vmName("projects/shop/vms/web-1"), "projects/shop/vms/web-1");
  assert.equal(vmName("web-1", "shop"), "projects/shop/vms/web-1");
  assert.equal(lastPart("projects/shop/vms/web-1"), "web-1");
});

for (const given of ["web-1", "", "shop/", "projects/shop", "a/b/c", "hosts/a/vms/b"]) {
  test(`${JSON.stringify(given)} is not the name of a VM`, () => {
    assert.throws(() => vmName(given), TypeError);
  });
}

test("a name of another collection is refused", () => {
  assert.throws(() => projectName("hosts/a"), TypeError);
  assert.throws(() => hostName("hosts/"), TypeError);
  assert.throws(() => hostName("hosts/a/b"), TypeError);
});
