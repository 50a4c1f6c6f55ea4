import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

/** All that a module imports, and what that imports. */
function imports(module: URL, found = new Set<string>()): Set<string> {
  found.add(module.href);
  for (const [, name = ""] of readFileSync(module, "utf8").matchAll(/(?:from|import) "([^"]+)"/g)) {
    const inner = name.startsWith(".") ? new URL(name, module) : undefined;
    if (!inner) found.add(name);
    else if (!found.has(inner.href)) imports(inner, found);
  }
  return found;
}

const source = (name: string) => new URL(`../src/${name}`, import.meta.url);

test("what browsers import needs no Node", () => {
  const found = [...imports(source("web.js"))];
  assert.ok(found.includes(source("watch.js").href));
  assert.ok(found.includes("@connectrpc/connect"));
  assert.deepEqual(
    found.filter((each) => each.startsWith("node:") || each.includes("connect-node")),
    [],
  );
});

test("only node.js does", () => {
  assert.ok(imports(source("node.js")).has("@connectrpc/connect-node"));
});
