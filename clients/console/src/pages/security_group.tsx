/** One security group: what it allows, and its history. */

import type { SecurityGroup } from "@chronovisor/gen/chronovisor/v1/network_pb.js";
import { Card, Empty, Facts, Labels } from "../components/basics.js";
import { HistoryCard } from "../components/history.js";
import { OwnedPage } from "../components/owned_page.js";
import { VerbButtons } from "../components/verb_buttons.js";
import { WhyOf } from "../components/why.js";
import { client } from "../lib/client.js";
import { date, fullMoment, id, projectOf } from "../lib/format.js";
import { GROUP_VERBS, groupValues } from "../lib/network_verbs.js";
import { readAt, useQuery } from "../lib/query.js";
import { ruleText } from "../lib/security_rules.js";
import { words } from "../words.js";

const w = words.network;
const g = words.groupsOf;

export function SecurityGroupPage({ name }: { name: string }) {
  const query = useQuery(
    `security group ${name}`,
    (at, signal) => client.stubs.networks.getSecurityGroup({ name, ...readAt(at) }, { signal }),
    { on: ["securityGroups/"] },
  );
  return (
    <OwnedPage<SecurityGroup>
      name={name}
      query={query}
      actions={(group) => <VerbButtons verbs={GROUP_VERBS} name={group.name} initial={groupValues(group)} />}
      tabs={(group) => {
        const of = `${projectOf(group.name)}/securityGroups/${group.uid}`;
        return [
          { id: "overview", label: w.tabs.overview, content: () => <Overview group={group} /> },
          { id: "why", label: words.vm.tabs.why, content: () => <WhyOf parent={of} /> },
          { id: "history", label: w.tabs.history, content: () => <HistoryCard parent={of} hideSubject /> },
        ];
      }}
    />
  );
}

function Overview({ group }: { group: SecurityGroup }) {
  return (
    <div class="two">
      <Card title={g.rules}>
        {group.rules.length ? (
          <ul class="plain">
            {group.rules.map((each) => (
              <li key={ruleText(each)}>
                <code>{ruleText(each)}</code>
              </li>
            ))}
          </ul>
        ) : (
          <Empty>{g.noRules}</Empty>
        )}
      </Card>
      <Card title={id(group.name)}>
        <Facts
          of={[
            [w.facts.description, group.description],
            [words.vm.facts.labels, Object.keys(group.labels).length ? <Labels of={group.labels} /> : ""],
            [words.vm.facts.created, fullMoment(date(group.createTime))],
            [words.vm.facts.updated, fullMoment(date(group.updateTime))],
            [words.project.facts.deleted, fullMoment(date(group.deleteTime))],
            [w.facts.uid, <code key="uid">{group.uid}</code>],
          ]}
        />
      </Card>
    </div>
  );
}
