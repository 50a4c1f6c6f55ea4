/** A table of any length: only the rows in sight are in the page, and further pages are read as they come into sight. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { count } from "../lib/format.js";
import type { Total } from "../lib/pages.js";
import { words } from "../words.js";

export interface Column<T> {
  readonly id: string;
  readonly title: string;
  /** As in grid-template-columns. */
  readonly width: string;
  readonly right?: boolean;
  readonly cell: (item: T) => ComponentChildren;
}

export interface TableProps<T> {
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly items: readonly T[];
  readonly keyOf: (item: T) => string;
  /** What a row is called where it is ticked. */
  readonly nameOf?: (item: T) => string;
  /** Where a row leads, by Enter or a click beside its links. */
  readonly open?: (item: T) => void;
  /** Keys of the rows that are ticked; without, none can be. */
  readonly chosen?: ReadonlySet<string> | undefined;
  readonly onChoose?: (keys: ReadonlySet<string>) => void;
  readonly hasMore?: boolean;
  readonly more?: () => void;
  /** How many rows there are in all, where that is known. */
  readonly total?: Total | undefined;
  readonly empty?: string;
  readonly foot?: ComponentChildren;
}

const ROW = 36;
const HEAD = 34;
/** Rows beyond those in sight. */
const SPARE = 12;

function tickColumn<T>({ keyOf, onChoose, nameOf }: TableProps<T>, ticked: ReadonlySet<string>): Column<T> {
  const tick = (key: string) => {
    const next = new Set(ticked);
    if (!next.delete(key)) next.add(key);
    onChoose?.(next);
  };
  return {
    id: "tick",
    title: words.table.choose,
    width: "40px",
    cell: (item) => (
      <input
        type="checkbox"
        aria-label={words.table.chooseRow(nameOf?.(item) ?? keyOf(item))}
        checked={ticked.has(keyOf(item))}
        onChange={() => tick(keyOf(item))}
      />
    ),
  };
}

export function Table<T>(props: TableProps<T>) {
  const { items, keyOf, open, hasMore = false, more } = props;
  const columns = props.chosen ? [tickColumn(props, props.chosen), ...props.columns] : props.columns;
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(600);
  const [chosen, setChosen] = useState(-1);
  // Keys can come quicker than what they do is drawn.
  const latest = useRef({ items, chosen });
  latest.current.items = items;

  useEffect(() => {
    if (!box.current) return;
    const watch = new ResizeObserver(([entry]) => entry && setHeight(entry.contentRect.height));
    watch.observe(box.current);
    return () => watch.disconnect();
  }, []);

  const first = Math.max(0, Math.floor(top / ROW) - SPARE);
  const last = Math.min(items.length, Math.ceil((top + height) / ROW) + SPARE);
  useEffect(() => {
    if (hasMore && last >= items.length - SPARE) more?.();
  }, [last, items.length, hasMore]);

  const choose = (place: number) => {
    latest.current.chosen = place;
    setChosen(place);
  };
  const step = (by: number) => {
    const next = Math.min(latest.current.items.length - 1, Math.max(0, latest.current.chosen + by));
    choose(next);
    const scroll = box.current;
    if (!scroll) return;
    if (next * ROW < scroll.scrollTop) scroll.scrollTop = next * ROW;
    const bottom = (next + 1) * ROW + HEAD;
    if (bottom > scroll.scrollTop + height) scroll.scrollTop = bottom - height;
  };
  const key = (event: KeyboardEvent) => {
    // A row's own fields are in the table, too.
    if ((event.target as HTMLElement).closest("input")) return;
    const by = { j: 1, k: -1, ArrowDown: 1, ArrowUp: -1, PageDown: 15, PageUp: -15 }[event.key];
    const item = latest.current.items[latest.current.chosen];
    if (by !== undefined) {
      event.preventDefault();
      step(by);
    } else if (event.key === "Enter" && event.target === box.current && item) open?.(item);
  };
  const style = { gridTemplateColumns: columns.map((each) => each.width).join(" ") };
  return (
    <div class="rows">
      <div
        class="scroll"
        ref={box}
        role="table"
        aria-label={props.label}
        aria-rowcount={rowCount(props)}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and its rows are chosen by keys.
        tabIndex={0}
        onScroll={(event) => setTop(event.currentTarget.scrollTop)}
        onKeyDown={key}
      >
        <div role="rowgroup">
          <div class="head" role="row" aria-rowindex={1} style={style}>
            {columns.map((each) => (
              <div key={each.id} role="columnheader" class={`cell ${each.right ? "right" : ""}`}>
                {each.id === "tick" ? <span class="hidden">{each.title}</span> : each.title}
              </div>
            ))}
          </div>
        </div>
        <div role="rowgroup" style={{ height: `${items.length * ROW}px` }}>
          {items.slice(first, last).map((item, offset) => {
            const place = first + offset;
            return (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the table itself takes Enter.
              <div
                key={keyOf(item)}
                class={`row ${place === chosen ? "chosen" : ""}`}
                role="row"
                aria-rowindex={place + 2}
                style={{ ...style, top: `${HEAD + place * ROW}px` }}
                onClick={(event) => {
                  choose(place);
                  if (open && !(event.target as HTMLElement).closest("a, button, input")) open(item);
                }}
              >
                {columns.map((each) => (
                  <div key={each.id} role="cell" class={`cell ${each.right ? "right" : ""}`}>
                    {each.cell(item)}
                  </div>
                ))}
              </div>
            );
          })}
        </div>
      </div>
      {!items.length && !hasMore && <p class="empty foot">{props.empty ?? words.empty}</p>}
      <div class="foot">
        <Rows items={items} hasMore={hasMore} total={props.total} />
        {props.foot}
      </div>
    </div>
  );
}

/** With the head; -1 where it is not known. */
function rowCount({
  items,
  hasMore,
  total,
}: Pick<TableProps<unknown>, "items" | "hasMore" | "total">): number {
  if (!hasMore) return items.length + 1;
  return total && !total.isMinimum ? total.rows + 1 : -1;
}

/** How many there are, which readers of screens hear; and of these, how many have been read. */
function Rows({ items, hasMore, total }: Pick<TableProps<unknown>, "items" | "hasMore" | "total">) {
  const read = count(items.length);
  if (!hasMore || !total) {
    return (
      <span role="status" data-number="rows">
        {words.table.loaded(read, hasMore ?? false)}
      </span>
    );
  }
  return (
    <>
      <span role="status" data-number="rows">
        {words.table.total(count(total.rows), total.isMinimum)}
      </span>
      <span data-number="rows-read">{words.table.read(read)}</span>
    </>
  );
}
