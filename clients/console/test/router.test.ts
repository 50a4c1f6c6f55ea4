import { expect, test, vi } from "vitest";

vi.stubGlobal("location", { hash: "" });
vi.stubGlobal("addEventListener", () => undefined);
const { at, go, parse, setParams, wholeName } = await import("../src/lib/router.js");

test("a link that was cut in the middle of a letter is still a place", () => {
  expect(parse("#/vms/shop%2Fweb-1").path).toEqual(["vms", "shop/web-1"]);
  expect(parse("#/vms/%E0%A4%A").path).toEqual(["vms", "%E0%A4%A"]);
});

test("names as people type them are whole", () => {
  expect(wholeName("vms", "shop/web-1")).toBe("projects/shop/vms/web-1");
  expect(wholeName("vms", "projects/shop/vms/web-1")).toBe("projects/shop/vms/web-1");
  expect(wholeName("vms", "web-1")).toBe("web-1");
  expect(wholeName("hosts", "node-1")).toBe("hosts/node-1");
  expect(wholeName("hosts", "hosts/node-1")).toBe("hosts/node-1");
  expect(wholeName("projects", "shop")).toBe("projects/shop");
});

test("a parameter that changes before the browser says that it has moved is of the new place", () => {
  vi.stubGlobal("history", {
    replaceState: (_: unknown, __: string, href: string) => (location.hash = href),
  });
  go("#/vms/shop%2Fweb-1");
  setParams({ at: "7" });
  expect(location.hash).toBe("#/vms/shop%2Fweb-1?at=7");
  expect(at.value).toBe(7n);
});
