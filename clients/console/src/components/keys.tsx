/** Keys of every page, and the list of them. */

import { go, link } from "../lib/router.js";
import { switchTheme } from "../lib/theme.js";
import { stepBack, stepOn, toNow } from "../slider/state.js";
import { words } from "../words.js";
import { Button } from "./basics.js";
import { openPalette } from "./palette.js";

let dialog: HTMLDialogElement | null = null;

export function showKeys(): void {
  if (!dialog?.open) dialog?.showModal();
}

const AFTER_G: Readonly<Record<string, string>> = {
  f: "",
  v: "vms",
  h: "hosts",
  p: "projects",
  n: "networks",
  i: "images",
  o: "operations",
  r: "access",
  d: "diff",
  w: "whatif",
  a: "audit",
};

const ACTS: Readonly<Record<string, () => void>> = {
  "/": openPalette,
  "?": showKeys,
  "[": () => void stepBack(),
  "]": () => void stepOn(),
  "{": () => void stepBack(10),
  "}": () => void stepOn(10),
  n: toNow,
  t: switchTheme,
  c: () => void navigator.clipboard.writeText(location.href),
};

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}

export function listen(): void {
  let afterG = false;
  addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      openPalette();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    const page = afterG ? AFTER_G[event.key] : undefined;
    afterG = event.key === "g";
    if (page !== undefined) go(link(page ? [page] : []));
    else if (ACTS[event.key]) {
      event.preventDefault();
      ACTS[event.key]?.();
    }
  });
}

export function Keys() {
  return (
    <dialog
      ref={(element) => {
        dialog = element;
      }}
      class="keys"
      aria-labelledby="keys-title"
    >
      <h2 id="keys-title">{words.keys.title}</h2>
      <dl>
        {words.keys.rows.map(([key, what]) => (
          <div key={key}>
            <dt>
              {key
                .split(" ")
                .filter(Boolean)
                .map((each) => (
                  <kbd key={each}>{each}</kbd>
                ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <Button kind="primary" onClick={() => dialog?.close()}>
        {words.keys.close}
      </Button>
    </dialog>
  );
}
