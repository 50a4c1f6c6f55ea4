/** Search and commands, by `/` or Ctrl K: pages, VMs, hosts and projects by name, positions. */

import { useEffect, useState } from "preact/hooks";
import { client } from "../lib/client.js";
import { id } from "../lib/format.js";
import { at, go, link, setAt } from "../lib/router.js";
import { switchTheme } from "../lib/theme.js";
import { stepBack, stepOn, toNow } from "../slider/state.js";
import { words } from "../words.js";
import { showKeys } from "./keys.js";

let dialog: HTMLDialogElement | null = null;

/** At once: what is typed next is in it. */
export function openPalette(): void {
  if (!dialog?.open) dialog?.showModal();
}

interface Choice {
  readonly kind: string;
  readonly name: string;
  readonly run: () => void;
}

const MOST_PROJECTS = 40;

const PAGES: readonly (readonly [string, string])[] = [
  ["", words.nav.fleet],
  ["vms", words.nav.vms],
  ["hosts", words.nav.hosts],
  ["projects", words.nav.projects],
  ["networks", words.nav.networks],
  ["images", words.nav.images],
  ["operations", words.nav.operations],
  ["diff", words.nav.diff],
  ["whatif", words.nav.whatif],
  ["audit", words.nav.audit],
];

function commands(): Choice[] {
  const pages = PAGES.map(([path, name]) => ({
    kind: words.search.goTo,
    name,
    run: () => go(link(path ? [path] : [])),
  }));
  const kind = words.slider.label;
  return [
    ...pages,
    { kind, name: words.search.step.back, run: () => void stepBack() },
    { kind, name: words.search.step.on, run: () => void stepOn() },
    { kind, name: words.search.now, run: toNow },
    { kind: "", name: words.search.theme, run: switchTheme },
    { kind: "", name: words.search.help, run: showKeys },
  ];
}

/** What has the text as its name: looked up by the control plane, at the position of the page. */
async function named(text: string): Promise<Choice[]> {
  const position = at.value;
  const read = position === undefined ? {} : { at: position };
  const requested = text.replace(/^(projects|hosts)\//, "").replace("/vms/", "/");
  if (!/^[a-z0-9][a-z0-9-]*(\/[a-z0-9-]+)?$/.test(requested)) return [];
  const [first = "", second] = requested.split("/");
  const none = () => undefined;
  if (second) {
    const vm = await client.vms.get(`projects/${first}/vms/${second}`, read).catch(none);
    return vm ? [open(words.search.vm, "vms", vm.name)] : [];
  }
  const [host, project, vms] = await Promise.all([
    client.hosts.get(first, read).catch(none),
    client.projects.get(first, read).catch(none),
    vmsOf(first, position),
  ]);
  return [
    ...vms.map((name) => open(words.search.vm, "vms", name)),
    ...(host ? [open(words.search.host, "hosts", host.name)] : []),
    ...(project ? [open(words.search.project, "projects", project.name)] : []),
  ];
}

/** VMs of an id, one in each of the first projects. */
async function vmsOf(vmId: string, position: bigint | undefined): Promise<string[]> {
  const atPosition = position === undefined ? {} : { atPosition: position };
  const { projects } = await client.stubs.projects.listProjects({ pageSize: MOST_PROJECTS, ...atPosition });
  const found = await Promise.all(
    projects.map((project) => {
      const filter = `name = "${project.name}/vms/${vmId}"`;
      return client.stubs.vms
        .listVms({ parent: project.name, filter, pageSize: 1, ...atPosition })
        .catch(() => undefined);
    }),
  );
  return found.flatMap((each) => each?.vms.map((vm) => vm.name) ?? []);
}

function open(kind: string, page: string, name: string): Choice {
  const shown = page === "vms" ? name.replace("projects/", "").replace("/vms/", "/") : id(name);
  return { kind, name: shown, run: () => go(link([page, name])) };
}

export function Palette() {
  const [text, setText] = useState("");
  const [found, setFound] = useState<readonly Choice[]>([]);
  const [chosen, setChosen] = useState(0);

  useEffect(() => {
    let isCurrent = true;
    setChosen(0);
    setFound([]);
    if (text.length < 2 || /^\d+$/.test(text)) return;
    const timer = setTimeout(() => void named(text).then((all) => isCurrent && setFound(all)), 120);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [text]);

  const typed = text.trim().toLowerCase();
  const position = /^\d+$/.test(typed) && typed !== "0" ? BigInt(typed) : undefined;
  const choices: Choice[] = [
    ...found,
    ...(position
      ? [{ kind: words.search.position, name: String(position), run: () => setAt(position) }]
      : []),
    ...commands().filter((each) => each.name.toLowerCase().includes(typed)),
  ];
  const cleared = () => {
    setText("");
    setFound([]);
  };
  const take = (choice: Choice | undefined) => {
    if (!choice) return;
    dialog?.close();
    choice.run();
  };
  const key = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step) {
      event.preventDefault();
      setChosen((chosen + step + choices.length) % Math.max(1, choices.length));
    }
    if (event.key === "Enter") {
      event.preventDefault();
      take(choices[chosen]);
    }
  };
  return (
    <dialog
      ref={(element) => {
        dialog = element;
      }}
      class="palette"
      aria-label={words.search.label}
      onClose={cleared}
    >
      <input
        type="text"
        role="combobox"
        aria-label={words.search.label}
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={choices.length ? `choice-${chosen}` : undefined}
        placeholder={words.search.placeholder}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={key}
      />
      <ul id="palette-list" role="listbox" aria-label={words.search.label}>
        {choices.map((each, place) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: as above.
          <li
            key={`${each.kind} ${each.name}`}
            id={`choice-${place}`}
            role="option"
            aria-selected={place === chosen}
            onClick={() => take(each)}
          >
            <span>{each.name}</span>
            <small>{each.kind}</small>
          </li>
        ))}
      </ul>
      {!choices.length && <p class="empty">{words.search.nothing}</p>}
    </dialog>
  );
}
