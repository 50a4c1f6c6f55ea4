/** Work under way, and all that was. */

import { Page } from "../components/basics.js";
import { OperationTable } from "../components/operations.js";
import { place, setParams } from "../lib/router.js";
import { words } from "../words.js";

const w = words.operations;
const CHOICES: readonly (readonly [string, string, string])[] = [
  ["", w.any, ""],
  ["running", w.running, "done = false"],
  ["failed", w.failed, 'error != ""'],
];

export function OperationsPage() {
  const chosen = place.value.params.get("only") ?? "";
  const filter = CHOICES.find(([name]) => name === chosen)?.[2] ?? "";
  return (
    <Page title={w.title}>
      <div class="toolbar">
        <span class="chips">
          {CHOICES.map(([name, label]) => (
            <button
              type="button"
              key={name}
              aria-pressed={name === chosen}
              onClick={() => setParams({ only: name })}
            >
              {label}
            </button>
          ))}
        </span>
      </div>
      <OperationTable filter={filter} />
    </Page>
  );
}
