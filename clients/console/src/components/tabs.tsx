/** Parts of one page, of which one is shown; which, the address says. */

import type { ComponentChildren } from "preact";
import { place, setParams } from "../lib/router.js";

export interface Tab {
  readonly id: string;
  readonly label: string;
  readonly content: () => ComponentChildren;
}

export function Tabs({ tabs, label }: { tabs: readonly Tab[]; label: string }) {
  const requested = place.value.params.get("tab");
  const shown = tabs.find((each) => each.id === requested) ?? tabs[0];
  if (!shown) return null;
  const choose = (tab: Tab) => setParams({ tab: tab === tabs[0] ? undefined : tab.id });
  const move = (event: KeyboardEvent) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (!step) return;
    const next = tabs[(tabs.indexOf(shown) + step + tabs.length) % tabs.length];
    if (!next) return;
    event.preventDefault();
    choose(next);
    document.getElementById(`tab-${next.id}`)?.focus();
  };
  return (
    <>
      <div class="tabs" role="tablist" aria-label={label} onKeyDown={move}>
        {tabs.map((each) => (
          <button
            type="button"
            key={each.id}
            id={`tab-${each.id}`}
            role="tab"
            aria-selected={each === shown}
            aria-controls="tabpanel"
            tabIndex={each === shown ? 0 : -1}
            onClick={() => choose(each)}
          >
            {each.label}
          </button>
        ))}
      </div>
      <div class="tabpanel" id="tabpanel" role="tabpanel" aria-labelledby={`tab-${shown.id}`}>
        {shown.content()}
      </div>
    </>
  );
}
