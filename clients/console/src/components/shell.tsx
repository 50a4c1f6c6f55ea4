/** The frame of every page: where one can go, who one is, whether what is seen is of now, and the time slider. */

import { Code, NotPermitted } from "@chronovisor/client";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { client } from "../lib/client.js";
import { count, fullMoment, moment } from "../lib/format.js";
import { connection, head, lostSince } from "../lib/live.js";
import { useQuery } from "../lib/query.js";
import { at, link, place } from "../lib/router.js";
import { isUnknown, options, readOptions, signOut } from "../lib/session.js";
import { switchTheme, theme } from "../lib/theme.js";
import { Dock } from "../slider/dock.js";
import { here, toNow } from "../slider/state.js";
import { words } from "../words.js";
import { Button, Copy } from "./basics.js";
import { Icon, type IconName } from "./icons.js";
import { openPalette } from "./palette.js";

const PAGES: readonly (readonly [string, IconName, keyof typeof words.nav])[] = [
  ["", "fleet", "fleet"],
  ["vms", "vms", "vms"],
  ["hosts", "hosts", "hosts"],
  ["projects", "projects", "projects"],
  ["networks", "networks", "networks"],
  ["images", "images", "images"],
  ["operations", "operations", "operations"],
  ["access", "access", "access"],
];
const THROUGH_TIME: typeof PAGES = [
  ["diff", "diff", "diff"],
  ["whatif", "whatif", "whatif"],
  ["audit", "audit", "audit"],
];

function Links({ title, of }: { title: string; of: typeof PAGES }) {
  const current = place.value.path[0] ?? "";
  return (
    <>
      <h2>{title}</h2>
      <ul>
        {of.map(([path, icon, name]) => (
          <li key={path}>
            <a href={link(path ? [path] : [])} aria-current={current === path ? "page" : undefined}>
              <Icon name={icon} size={18} />
              <span>{words.nav[name]}</span>
            </a>
          </li>
        ))}
      </ul>
    </>
  );
}

function Who() {
  const { data, error } = useQuery("whoami", () => client.access.whoAmI(), {
    on: ["policies/", "roles/"],
    ofNow: true,
  });
  useEffect(() => {
    if (error instanceof NotPermitted && error.code === Code.Unauthenticated) isUnknown.value = true;
  }, [error]);
  useEffect(() => void readOptions(), []);
  if (!data) return null;
  const roles = data.grants.map((each) => `${each.role} ${each.resource}`).join("\n");
  return (
    <p class="who" title={roles}>
      {data.principal}
      <small>{data.proof}</small>
      {options.value?.signedIn && (
        <button type="button" class="link" onClick={() => void signOut()}>
          {words.signIn.out}
        </button>
      )}
    </p>
  );
}

/** What is wrong with the connection, in a thin line. */
function LostLine() {
  if (connection.value !== "lost") return null;
  const since = moment(lostSince.value);
  const position = head.value?.position;
  return (
    <p class="lost-line" role="status">
      <Icon name="alert" />
      {position === undefined
        ? words.connection.lineEmpty(since)
        : words.connection.line(since, count(position))}
    </p>
  );
}

function PastBanner() {
  const position = at.value;
  if (position === undefined) return null;
  const time = here.value?.time;
  return (
    <div class="past-banner" role="status">
      <Icon name="clock" />
      <p>
        <span class="past-as">{words.past.as} </span>
        <strong>{time ? fullMoment(time) : "…"}</strong>
        <span class="past-position">
          {words.past.position} <span data-number="position">{count(position)}</span>
        </span>
        <span class="tag">{words.past.readOnly}</span>
      </p>
      <a class="button" href={`#/diff?from=${position}`}>
        {words.past.diff}
      </a>
      <Copy text={location.href} label={words.past.copy} />
      <Button kind="primary" onClick={toNow}>
        {words.past.now}
      </Button>
    </div>
  );
}

export function Shell({ children }: { children: ComponentChildren }) {
  const isPast = at.value !== undefined;
  return (
    <div class={`shell ${isPast ? "is-past" : ""} is-${connection.value}`}>
      <button type="button" class="skip" onClick={() => document.getElementById("main")?.focus()}>
        {words.skip}
      </button>
      <nav class="side" aria-label={words.navigation}>
        <p class="brand">
          <svg width="22" height="22" viewBox="0 0 32 32" aria-hidden="true">
            <circle cx="16" cy="16" r="13" />
            <path d="M16 8v8l-5.500 4" />
          </svg>
          {words.product}
        </p>
        <button type="button" class="search-open" onClick={openPalette}>
          <Icon name="search" />
          <span>{words.search.open}</span>
          <kbd>/</kbd>
        </button>
        <Links title={words.groups.now} of={PAGES} />
        <Links title={words.groups.time} of={THROUGH_TIME} />
        <div class="side-foot">
          <Who />
          <Button
            kind="quiet"
            icon={theme.value === "dark" ? "sun" : "moon"}
            title={theme.value === "dark" ? words.theme.toLight : words.theme.toDark}
            onClick={switchTheme}
          />
        </div>
      </nav>
      <div class="middle">
        <LostLine />
        <PastBanner />
        <main id="main" tabIndex={-1}>
          {children}
        </main>
        <Dock />
      </div>
    </div>
  );
}
