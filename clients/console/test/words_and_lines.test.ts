import { expect, test } from "vitest";
import { labelText, labelWords, pairs } from "../src/lib/label_text.js";
import { typed } from "../src/lib/moment_text.js";
import { commandLine, quoted } from "../src/lib/shell_words.js";
import { commandOf, EMPTY, flaws } from "../src/lib/what_if.js";
import { counted } from "../src/words.js";

test("a line is taken by a shell as it is", () => {
  expect(quoted("projects/shop/vms/web-1")).toBe("projects/shop/vms/web-1");
  expect(quoted("it's late")).toBe(`'it'\\''s late'`);
  const line = commandLine(["vm", "stop", "web-1"], {
    grace: "60s",
    force: false,
    reason: "night shift",
    yes: true,
  });
  expect(line).toBe("chronovisor vm stop web-1 --grace 60s --reason 'night shift' --yes");
});

test("a moment is a position, a time, or so long ago", () => {
  const now = new Date(2026, 10, 29, 12, 0, 0);
  expect(typed("42")).toEqual({ position: 42n });
  expect(typed("")).toEqual({});
  expect(typed("yesterday")).toBeUndefined();
  expect(typed("2h", now)?.time?.seconds).toBe(BigInt(now.getTime() / 1000 - 7200));
  expect(typed("2026-11-29 11:00", now)?.time?.seconds).toBe(BigInt(now.getTime() / 1000 - 3600));
});

test("a what-if has the fields that are wrong, and its line", () => {
  expect(flaws({ ...EMPTY, vcpus: "-1", add: "many" })).toEqual(["vcpus", "add"]);
  const form = { ...EMPTY, policy: "spread", vcpus: "4", without: "node-1, node-2", add: "3 x node-1" };
  expect(flaws(form)).toEqual([]);
  expect(commandOf(form)).toBe(
    "chronovisor what-if --ratio vcpus=4 --without-host node-1 --without-host node-2 --policy spread --add-hosts 3xnode-1",
  );
});

test("labels are typed and read in one form", () => {
  expect(pairs("tier=web, team = shop,")).toEqual({ tier: "web", team: "shop" });
  expect(labelText({ tier: "web", team: "shop" })).toBe("team=shop, tier=web");
  expect(labelWords("a=1,b=2")).toEqual(["--label", "a=1", "--label", "b=2"]);
});

test("one is not many", () => {
  expect(counted("1", "host")).toBe("1 host");
  expect(counted(0n, "batch", "batches")).toBe("0 batches");
  expect(counted("1,001", "row")).toBe("1,001 rows");
});
