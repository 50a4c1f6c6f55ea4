/** All VMs. */

import { Page } from "../components/basics.js";
import { FilterBar, filterOf, joined, term } from "../components/filter_bar.js";
import { VerbButtons } from "../components/verb_buttons.js";
import { showCreated, VmTable } from "../components/vm_table.js";
import { CREATE_VM } from "../lib/create_verbs.js";
import { id } from "../lib/format.js";
import { place } from "../lib/router.js";
import { words } from "../words.js";

const STATES = ["RUNNING", "STOPPED", "PAUSED", "MIGRATING", "UNKNOWN", "FAILED"];

export function VmsPage() {
  const { state, filter, order } = filterOf();
  const project = place.value.params.get("project") ?? "";
  return (
    <Page
      title={words.vms.title}
      subtitle={project ? id(project) : words.vms.allProjects}
      actions={
        <VerbButtons
          verbs={[CREATE_VM]}
          name={project || "/"}
          icon="plus"
          initial={project ? { project: id(project) } : {}}
          onDone={showCreated}
        />
      }
    >
      <FilterBar states={STATES} help={words.table.filterHelp} orders={words.vms.order} />
      <VmTable
        parent={project || "projects/-"}
        filter={joined(term("state", state), filter)}
        orderBy={order}
      />
    </Page>
  );
}
