import { expect, test } from "vitest";
import { bytes, id, moment, percent, quantity, span } from "../src/lib/format.js";

test("amounts have the unit of their class, and three digits that count", () => {
  expect(bytes(0)).toBe("0 B");
  expect(quantity("memory_mib", 512n)).toBe("512 MiB");
  expect(quantity("memory_mib", 24_064)).toBe("23.5 GiB");
  expect(quantity("disk_gib", 2048n)).toBe("2 TiB");
  expect(quantity("vcpus", 12_000n)).toBe("12,000");
  expect(quantity("vcpus", 0.1666)).toBe("0.17");
  expect(quantity("gpu.a100", 3n)).toBe("3");
});

test("times leave out what is as it is today", () => {
  const now = new Date(2026, 10, 29, 15, 0, 0);
  expect(moment(new Date(2026, 10, 29, 4, 5, 6), now)).toBe("04:05:06");
  expect(moment(new Date(2026, 9, 2, 4, 5, 6), now)).toBe("10-02 04:05:06");
  expect(moment(new Date(2025, 9, 2, 4, 5, 6), now)).toBe("2025-10-02 04:05:06");
  expect(moment(undefined)).toBe("");
});

test("spans, shares and names are short", () => {
  expect([span(400), span(89_000), span(240_000), span(10_800_000)]).toEqual(["0 s", "89 s", "4 min", "3 h"]);
  expect(percent(0.0625)).toBe("6.3%");
  expect(id("projects/shop/vms/web-1")).toBe("web-1");
});
