/** The filter of a list, in the API's own language, with the states to choose from beside it. It is a part of the address. */

import { useEffect, useState } from "preact/hooks";
import { place, setParams } from "../lib/router.js";
import { words } from "../words.js";
import { Button } from "./basics.js";

/** What the address has. */
export function filterOf(): { state: string; filter: string; order: string } {
  const { params } = place.value;
  return {
    state: params.get("state") ?? "",
    filter: params.get("filter") ?? "",
    order: params.get("order") ?? "",
  };
}

/** Terms, joined as the API takes them. */
export function joined(...terms: readonly string[]): string {
  return terms.filter(Boolean).join(" AND ");
}

/** One term: in quotes, as text may need. */
export function term(field: string, value: string): string {
  return value ? `${field} = "${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"` : "";
}

export interface FilterBarProps {
  readonly states: readonly string[];
  readonly help: string;
  readonly orders?: Readonly<Record<string, string>>;
}

export function FilterBar({ states, help, orders }: FilterBarProps) {
  const { state, filter, order } = filterOf();
  const [text, setText] = useState(filter);
  useEffect(() => setText(filter), [filter]);
  return (
    <form
      class="toolbar"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        setParams({ filter: text.trim() });
      }}
    >
      <span class="chips">
        {["", ...states].map((each) => (
          <button
            type="button"
            key={each}
            aria-pressed={each === state}
            onClick={() => setParams({ state: each })}
          >
            {each ? words.states[each] : words.vms.any}
          </button>
        ))}
      </span>
      <input
        class="grow"
        type="text"
        aria-label={words.table.filter}
        placeholder={help}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      {text !== filter && (
        <Button type="submit" kind="primary" onClick={() => {}}>
          {words.table.apply}
        </Button>
      )}
      {filter && text === filter && (
        <Button onClick={() => setParams({ filter: undefined })}>{words.table.clear}</Button>
      )}
      {orders && (
        <select
          class="input"
          aria-label={words.table.order}
          value={order || Object.keys(orders)[0]}
          onChange={(event) => setParams({ order: event.currentTarget.value })}
        >
          {Object.entries(orders).map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      )}
    </form>
  );
}
