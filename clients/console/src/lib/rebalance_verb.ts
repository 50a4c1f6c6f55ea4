/** Migrations that free hosts, bring VMs where their rules want them, or level what is used: planned by the check, then run. */

import { type Operation, resultOf } from "@chronovisor/client";
import { RebalanceSchema } from "@chronovisor/gen/chronovisor/v1/rebalance_pb.js";
import { words } from "../words.js";
import { client } from "./client.js";
import { id } from "./format.js";
import { amount, root, text, type Verb } from "./verbs.js";

const w = words.rebalance;
/** As the command line has them. */
const GOALS = ["", "free-hosts", "violations", "used"];

export const REBALANCE: Verb = {
  id: "rebalance",
  title: w.title,
  permission: "rebalances.run",
  on: root,
  fields: [
    { id: "goal", label: w.goal, kind: "choice", initial: "1", choices: w.goals },
    { id: "zone", label: w.zone, help: w.zoneHelp, kind: "text" },
    { id: "most", label: w.most, help: w.mostHelp, kind: "number" },
    { id: "parallel", label: words.verbs.maxParallel, kind: "number", initial: "2", required: true },
  ],
  run: ({ name: _, ...change }, values) =>
    client.stubs.hosts.runRebalance({
      ...change,
      goal: Number(text(values, "goal")),
      zone: text(values, "zone"),
      maxMigrations: Number(amount(values, "most")),
      maxParallel: Number(amount(values, "parallel")),
    }),
  foreseen: plan,
  command: (_, values) => [
    ["rebalance"],
    {
      goal: GOALS[Number(text(values, "goal"))] ?? "",
      zone: text(values, "zone"),
      "max-migrations": text(values, "most"),
      "max-parallel": text(values, "parallel"),
    },
  ],
};

function plan(answer: Operation): readonly string[] {
  if (answer.result.case !== "response") return [];
  const { moves } = resultOf(answer, RebalanceSchema);
  if (!moves.length) return [w.nothing];
  return moves.map((each) => w.move(id(each.vm), id(each.fromHost), id(each.toHost), each.why));
}
