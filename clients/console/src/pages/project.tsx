/** One project: what it holds of its quota, its VMs, its history. */

import type { Project } from "@chronovisor/client";
import { Card, Facts, Labels, Loading, Page, Problem } from "../components/basics.js";
import { CreateOwned } from "../components/create_owned.js";
import { FilterBar, filterOf, joined, term } from "../components/filter_bar.js";
import { HistoryCard } from "../components/history.js";
import { Meter } from "../components/meter.js";
import { Tabs } from "../components/tabs.js";
import { VerbButtons } from "../components/verb_buttons.js";
import { showCreated, VmTable } from "../components/vm_table.js";
import { client } from "../lib/client.js";
import { CREATE_VM } from "../lib/create_verbs.js";
import { className, date, fullMoment, id, percent, quantity } from "../lib/format.js";
import { IMPORT_IMAGE } from "../lib/image_verbs.js";
import { CREATE_GROUP, CREATE_NETWORK } from "../lib/network_verbs.js";
import { PROJECT_VERBS, projectValues } from "../lib/project_verbs.js";
import { useQuery } from "../lib/query.js";
import { words } from "../words.js";
import { AccessOf } from "./project_access.js";

const w = words.project;
const STATES = ["RUNNING", "STOPPED", "PAUSED", "UNKNOWN", "FAILED"];

export function ProjectPage({ name }: { name: string }) {
  const {
    data: project,
    error,
    reload,
  } = useQuery(`project ${name}`, (at, signal) => client.projects.get(name, { at, signal }), {
    on: ["projects/"],
  });
  return (
    <Page
      title={id(name)}
      subtitle={project?.displayName}
      actions={
        project && (
          <>
            <VerbButtons verbs={PROJECT_VERBS} name={project.name} initial={projectValues(project)} />
            <VerbButtons
              verbs={[CREATE_VM]}
              name={project.name}
              icon="plus"
              initial={{ project: id(project.name) }}
              onDone={showCreated}
            />
            <CreateOwned verb={CREATE_NETWORK} collection="networks" project={project.name} />
            <CreateOwned verb={CREATE_GROUP} collection="securityGroups" project={project.name} />
            <CreateOwned verb={IMPORT_IMAGE} collection="images" project={project.name} />
          </>
        )
      }
    >
      {!project && !error && <Loading />}
      <Problem error={error} retry={reload} />
      {project && (
        <Tabs
          label={id(name)}
          tabs={[
            { id: "overview", label: w.tabs.overview, content: () => <Overview project={project} /> },
            { id: "vms", label: w.tabs.vms, content: () => <Vms name={name} /> },
            { id: "access", label: w.tabs.access, content: () => <AccessOf project={name} /> },
            { id: "history", label: w.tabs.history, content: () => <HistoryCard parent={name} /> },
          ]}
        />
      )}
    </Page>
  );
}

function Vms({ name }: { name: string }) {
  const { state, filter, order } = filterOf();
  return (
    <>
      <FilterBar states={STATES} help={words.table.filterHelp} orders={words.vms.order} />
      <VmTable
        parent={name}
        filter={joined(term("state", state), filter)}
        orderBy={order}
        without="project"
      />
    </>
  );
}

function quotaOf(project: Project, resourceClass: string): bigint {
  const { quota } = project;
  if (resourceClass === "vcpus") return quota?.vcpus ?? 0n;
  if (resourceClass === "memory_mib") return quota?.memoryMib ?? 0n;
  if (resourceClass === "disk_gib") return quota?.diskGib ?? 0n;
  return quota?.extended[resourceClass] ?? 0n;
}

function Overview({ project }: { project: Project }) {
  const f = w.facts;
  const { data, error } = useQuery(`held ${project.name}`, (at, signal) =>
    client.utilization.get(project.name, { at, signal }),
  );
  return (
    <div class="two">
      <Card title={w.holds}>
        <Problem error={error} />
        <ul class="capacity">
          {data?.classes.map((each) => {
            const quota = quotaOf(project, each.resourceClass);
            const share = quota ? Number(each.allocated) / Number(quota) : each.eta;
            const show = (amount: bigint) => quantity(each.resourceClass, amount);
            return (
              <li key={each.resourceClass}>
                <span>{className(each.resourceClass)}</span>
                <Meter label={`${className(each.resourceClass)}: ${percent(share)}`} allocated={share} />
                <span class="right">
                  <span data-number={`${each.resourceClass}.allocated`} data-value={String(each.allocated)}>
                    {show(each.allocated)}
                  </span>{" "}
                  / {quota ? show(quota) : words.projects.noQuota}
                </span>
                <small />
              </li>
            );
          })}
        </ul>
      </Card>
      <Card title={id(project.name)}>
        <Facts
          of={[
            [f.display, project.displayName],
            [f.policy, project.placementPolicy],
            [
              f.spare,
              project.spareCapacity.map((each) => w.survive(each.survive, each.within, each.zone)).join("; "),
            ],
            [f.labels, Object.keys(project.labels).length ? <Labels of={project.labels} /> : ""],
            [f.created, fullMoment(date(project.createTime))],
            [f.deleted, fullMoment(date(project.deleteTime))],
            [f.uid, <code key="uid">{project.uid}</code>],
          ]}
        />
      </Card>
    </div>
  );
}
