/** Small parts that every page is made of. */

import { ChronovisorError, NotFound, NotPermitted, Unavailable } from "@chronovisor/client";
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { at } from "../lib/router.js";
import { words } from "../words.js";
import { Icon, type IconName } from "./icons.js";

export function Page(props: {
  title: ComponentChildren;
  subtitle?: ComponentChildren;
  actions?: ComponentChildren;
  children: ComponentChildren;
}) {
  return (
    <div class="page">
      <header class="page-head">
        <div class="page-title">
          <h1>{props.title}</h1>
          {props.subtitle && <p class="subtitle">{props.subtitle}</p>}
        </div>
        {props.actions && <div class="actions">{props.actions}</div>}
      </header>
      {props.children}
    </div>
  );
}

export function Card(props: {
  title?: ComponentChildren;
  help?: ComponentChildren;
  beside?: ComponentChildren;
  class?: string;
  children: ComponentChildren;
}) {
  return (
    <section class={`card ${props.class ?? ""}`}>
      {props.title && (
        <header>
          <h2>{props.title}</h2>
          {props.help && <p class="help">{props.help}</p>}
          {props.beside && <div class="beside">{props.beside}</div>}
        </header>
      )}
      {props.children}
    </section>
  );
}

/** Names and values. What has no value is left out. */
export function Facts({ of }: { of: readonly (readonly [string, ComponentChildren])[] }) {
  return (
    <dl class="facts">
      {of
        .filter(([, value]) => value !== undefined && value !== "" && value !== null && value !== false)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

export function Labels({ of }: { of: Readonly<Record<string, string>> }) {
  const found = Object.entries(of).sort(([one], [other]) => one.localeCompare(other));
  if (!found.length) return null;
  return (
    <span class="labels">
      {found.map(([key, value]) => (
        <span class="label" key={key}>
          {key}={value}
        </span>
      ))}
    </span>
  );
}

export function Button(props: {
  onClick: () => void;
  children?: ComponentChildren;
  icon?: IconName;
  kind?: "primary" | "danger" | "quiet";
  disabled?: boolean;
  title?: string;
  pressed?: boolean;
  type?: "button" | "submit";
}) {
  return (
    <button
      type={props.type ?? "button"}
      class={`button ${props.kind ?? ""}`}
      onClick={props.onClick}
      disabled={props.disabled}
      title={props.title}
      aria-label={props.children ? undefined : props.title}
      aria-pressed={props.pressed}
    >
      {props.icon && <Icon name={props.icon} />}
      {props.children}
    </button>
  );
}

/** Copies a text, and whether that was just done. */
export function useCopy(text: string): readonly [isCopied: boolean, copy: () => void] {
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), 1500);
  };
  return [isCopied, () => void copy()];
}

/** Copies a text; says so for a moment. */
export function Copy({ text, label = words.copy }: { text: string; label?: string }) {
  const [isCopied, copy] = useCopy(text);
  return (
    <button type="button" class="copy" onClick={copy} aria-label={`${label}: ${text}`}>
      <Icon name={isCopied ? "check" : "copy"} size={14} />
      <span aria-live="polite">{isCopied ? words.copied : label}</span>
    </button>
  );
}

/** The same for the terminal, to copy. */
export function Command({ text }: { text: string }) {
  return (
    <div class="command">
      <Icon name="terminal" size={14} />
      <code>{text}</code>
      <Copy text={text} />
    </div>
  );
}

export function Loading() {
  return (
    <p class="loading" role="status">
      {words.loading}
    </p>
  );
}

export function Empty({ children }: { children?: ComponentChildren }) {
  return <p class="empty">{children ?? words.empty}</p>;
}

/** What is wrong, in the server's words; nothing where nothing is. `only`: the fields that are not shown elsewhere. */
export function Problem(props: { error: unknown; retry?: () => void; only?: readonly string[] }) {
  const { error, retry, only } = props;
  if (error === undefined) return null;
  return (
    <div class="problem" role="alert">
      <Icon name="alert" />
      <div>
        <p>{sentenceOf(error)}</p>
        {error instanceof ChronovisorError && (
          <>
            {error.fields
              .filter((each) => !only || only.includes(each.field))
              .map((each) => (
                <p key={each.field}>
                  <code>{each.field}</code> {each.description}
                </p>
              ))}
            {error.violations.map((each) => (
              <p key={each}>{each}</p>
            ))}
            <p class="reason">{error.reason}</p>
          </>
        )}
      </div>
      {retry && <Button onClick={retry}>{words.retry}</Button>}
    </div>
  );
}

export function sentenceOf(error: unknown): string {
  if (error instanceof NotPermitted) return `${words.errors.notPermitted} ${error.message}`;
  if (error instanceof NotFound && at.value !== undefined) return words.errors.notThen;
  if (error instanceof Unavailable && error.reason === "UNREACHABLE") return words.errors.unreachable;
  return error instanceof Error ? error.message : words.errors.unknown;
}
