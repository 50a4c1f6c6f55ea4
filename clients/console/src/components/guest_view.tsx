/** What a console and a screen of a VM have in common: who writes, how it is, and how to leave it by keys. */

import { ConsoleMode } from "@chronovisor/gen/chronovisor/v1/console_service_pb.js";
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ConsoleSocket, type Kind, type Status } from "../lib/console_socket.js";
import { permissionsOn } from "../lib/may.js";
import { at, setAt } from "../lib/router.js";
import { words } from "../words.js";
import { Button, Empty, sentenceOf } from "./basics.js";
import { Icon } from "./icons.js";

const w = words.vm.guest;

/** What shows it. */
export interface Shown {
  /** It begins anew, and takes what is typed from then on where it `isFocused`. */
  readonly begin: (isFocused: boolean) => void;
  readonly bytes: (data: Uint8Array) => void;
  readonly writes: (writer: boolean) => void;
  readonly focus: () => void;
  readonly leave: () => void;
  readonly end: () => void;
}

export interface ViewProps {
  readonly kind: Kind;
  readonly name: string;
  /** The VM runs. */
  readonly runs: boolean;
  /** Shows it in an element, and sends what is typed. */
  readonly show: (into: HTMLElement, send: (data: Uint8Array) => void) => Shown;
  readonly children?: ComponentChildren;
}

/** Ctrl, Alt and full stop: what a guest hardly needs, and no browser has. */
export function isLeaving(event: KeyboardEvent): boolean {
  return event.ctrlKey && event.altKey && event.code === "Period";
}

export function GuestView({ kind, name, runs, show, children }: ViewProps) {
  const isPast = at.value !== undefined;
  if (isPast) {
    return (
      <>
        <Empty>{w.past[kind]}</Empty>
        <p class="center">
          <Button onClick={() => setAt(undefined)}>{w.toNow}</Button>
        </p>
      </>
    );
  }
  if (!runs) {
    return (
      <>
        <Empty>{w.stopped[kind]}</Empty>
        {children}
      </>
    );
  }
  return (
    <>
      <Live kind={kind} name={name} show={show} />
      {children}
    </>
  );
}

function Live({ kind, name, show }: Pick<ViewProps, "kind" | "name" | "show">) {
  const [mode, setMode] = useState<ConsoleMode>();
  const [mayWrite, setMayWrite] = useState(false);
  const [status, setStatus] = useState<Status>();
  // Another attempt is another connection.
  const [attempt, setAttempt] = useState(0);
  const box = useRef<HTMLDivElement>(null);
  const leaving = useRef<HTMLButtonElement>(null);
  const shown = useRef<Shown>(undefined);

  useEffect(() => {
    const permission = kind === "console" ? "vms.console.write" : "vms.screen.write";
    let isCurrent = true;
    void permissionsOn(name, [permission]).then((granted) => {
      if (!isCurrent) return;
      setMayWrite(granted.has(permission));
      setMode(granted.has(permission) ? ConsoleMode.WRITE : ConsoleMode.UNSPECIFIED);
    });
    return () => {
      isCurrent = false;
    };
  }, [kind, name]);

  useEffect(() => {
    if (mode === undefined || !box.current) return;
    const made = show(box.current, (data) => socket.send(data));
    shown.current = made;
    const socket = new ConsoleSocket(
      { kind, name, mode },
      {
        status: (status) => {
          made.writes(status.writer);
          setStatus(status);
        },
        // Who pressed a button for it is to type; who looks through the tabs by keys goes on with that.
        opened: () => made.begin(attempt > 0 && mode !== ConsoleMode.UNSPECIFIED),
        bytes: made.bytes,
      },
    );
    return () => {
      socket.close();
      made.end();
    };
  }, [mode, attempt, kind, name, show]);

  const leave = (event: KeyboardEvent) => {
    if (!isLeaving(event)) return;
    event.preventDefault();
    event.stopPropagation();
    shown.current?.leave();
    leaving.current?.focus();
  };
  const reopen = (next: ConsoleMode) => {
    setMode(next);
    setAttempt((before) => before + 1);
  };

  return (
    <section class={`guest-view ${kind}`} aria-label={w.label[kind]}>
      <div class="guest-bar">
        <p class="who-writes" role="status">
          {status?.phase === "open" ? whoWrites(status) : w.connecting}
        </p>
        {mayWrite && status?.phase === "open" && !status.writer && (
          <Button onClick={() => reopen(status.writtenBy ? ConsoleMode.TAKE_OVER : ConsoleMode.WRITE)}>
            {status.writtenBy ? w.takeOver : w.write}
          </Button>
        )}
        {status?.phase === "open" && status.writer && (
          <Button onClick={() => reopen(ConsoleMode.UNSPECIFIED)}>{w.watch}</Button>
        )}
        <button
          type="button"
          class="button"
          ref={leaving}
          onClick={() => shown.current?.focus()}
          title={w.leaveHelp}
        >
          {w.enter} <kbd>{w.leaveKeys}</kbd>
        </button>
      </div>
      {status?.phase === "lost" && (
        <p class="lost-line" role="status">
          <Icon name="alert" />
          {w.lost(textOf(status.why))}
        </p>
      )}
      {status?.phase === "ended" && (
        <p class="lost-line" role="alert">
          <Icon name="alert" />
          {w.ended(textOf(status.why))}
          <Button onClick={() => setAttempt((before) => before + 1)}>{w.again}</Button>
        </p>
      )}
      <div class="guest-screen" ref={box} onKeyDownCapture={leave} />
    </section>
  );
}

function whoWrites({ writer, writtenBy }: Status): string {
  if (writer) return w.youWrite;
  return writtenBy ? w.otherWrites(writtenBy) : w.nobodyWrites;
}

function textOf(why: unknown): string {
  return typeof why === "string" ? why : sentenceOf(why);
}
