/** Why no host has room: which rule turned how many down, and what would make it fit. */

import type { Exhausted } from "@chronovisor/client";
import { className, count, id, quantity } from "../lib/format.js";
import { link } from "../lib/router.js";
import { words } from "../words.js";

const w = words.placement;

export function ruleName(rule: string): string {
  return (w.rules as Readonly<Record<string, string>>)[rule] ?? rule.replaceAll("_", " ");
}

/** Each rule with a bar as long as its part of the hosts. */
export function TurnedDown({ of, hosts }: { of: ReadonlyMap<string, number>; hosts: number }) {
  const sorted = [...of].sort(([, one], [, other]) => other - one);
  const most = Math.max(1, hosts, ...of.values());
  if (!sorted.length) return <p class="dim">{w.turnedDownNone}</p>;
  return (
    <ul class="turned-down">
      {sorted.map(([rule, down]) => (
        <li key={rule}>
          <span>{ruleName(rule)}</span>
          <svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
            <rect class="track" width="100" height="6" />
            <rect class="part" width={(down / most) * 100} height="6" />
          </svg>
          <span class="right">{w.of(count(down), count(hosts))}</span>
        </li>
      ))}
    </ul>
  );
}

interface Miss {
  readonly host: string;
  readonly rule: string;
  readonly missing: number | bigint;
}

export function Nearest({ of }: { of: readonly Miss[] }) {
  return (
    <ul class="nearest">
      {of.map((each) => (
        <li key={`${each.host} ${each.rule}`}>
          <a href={link(["hosts", each.host])}>{id(each.host)}</a>{" "}
          {Number(each.missing)
            ? w.lacks("", quantity(each.rule, each.missing), className(each.rule)).trim()
            : w.breaks("", each.rule).trim()}
        </li>
      ))}
    </ul>
  );
}

export function Refused({ error }: { error: Exhausted }) {
  const hosts = Number(error.metadata["hosts_considered"] ?? 0);
  const total = hosts || [...error.turnedDown.values()].reduce((sum, each) => sum + each, 0);
  return (
    <div class="problem refused" role="alert">
      <div>
        <p>
          <strong>{w.noHost}</strong>
        </p>
        <h3>{w.turnedDown}</h3>
        <TurnedDown of={error.turnedDown} hosts={total} />
        {error.nearest.length > 0 && (
          <>
            <h3>{w.nearest}</h3>
            <Nearest of={error.nearest} />
          </>
        )}
      </div>
    </div>
  );
}
