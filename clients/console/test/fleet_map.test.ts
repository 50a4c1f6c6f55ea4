import { expect, test } from "vitest";
import { grouped, layout } from "../src/lib/fleet_map.js";

const host = (number: number, zones: number, racks: number) => ({
  name: `hosts/node-${number}`,
  zone: `eu-${number % zones}`,
  rack: `r${Math.floor(number / zones) % racks}`,
});
const fleet = (hosts: number, zones: number, racks: number) =>
  Array.from({ length: hosts }, (_, number) => host(number, zones, racks));

test("hosts are by zone and rack, in the order of their numbers", () => {
  const zones = grouped(fleet(24, 2, 3));
  expect([...zones.keys()]).toEqual(["eu-0", "eu-1"]);
  expect([...(zones.get("eu-0")?.keys() ?? [])]).toEqual(["r0", "r1", "r2"]);
  expect(
    zones
      .get("eu-0")
      ?.get("r0")
      ?.map((each) => each.name),
  ).toEqual(["hosts/node-0", "hosts/node-6", "hosts/node-12", "hosts/node-18"]);
});

test("ten thousand hosts are all there, apart, and within the width", () => {
  const { hosts, size } = layout(fleet(10_000, 4, 40), 900, 320);
  expect(hosts).toHaveLength(10_000);
  expect(size).toBeGreaterThanOrEqual(5);
  expect(Math.max(...hosts.map((each) => each.x + size))).toBeLessThanOrEqual(900);
  expect(new Set(hosts.map((each) => `${each.x} ${each.y}`)).size).toBe(10_000);
});

test("few hosts are large squares; none is no height", () => {
  expect(layout(fleet(3, 1, 1), 900, 320).size).toBe(26);
  expect(layout([], 900, 320).height).toBe(0);
});
