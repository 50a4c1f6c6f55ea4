/**
 * One verb: its fields, the check before, the command for the terminal, and how far it is after. There is one dialog, above all
 * pages: the button that opened it may be gone long before its reader has seen how it ended.
 */

import { create } from "@bufbuild/protobuf";
import {
  Exhausted,
  errorFromStatus,
  metadataOf,
  NotFound,
  type Operation,
  resultOf,
  Unavailable,
} from "@chronovisor/client";
import { VmSchema } from "@chronovisor/gen/chronovisor/v1/vm_pb.js";
import { OperationSchema } from "@chronovisor/gen/google/longrunning/operations_pb.js";
import { signal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { type Flaws, flawsOf } from "../lib/field_flaws.js";
import { id } from "../lib/format.js";
import {
  type Answer,
  FieldFlaw,
  initialValues,
  isOperation,
  lineOf,
  type Outcome,
  type Values,
  type Verb,
} from "../lib/verbs.js";
import { useOperations } from "../lib/watch_operation.js";
import { words } from "../words.js";
import { Button, Command, Copy, Problem } from "./basics.js";
import { Refused } from "./refused.js";
import { VerbFields } from "./verb_fields.js";

const w = words.verbs;
/** After the last key. */
const CHECK_MS = 250;
/** After the control plane did not answer. */
const AGAIN_MS = 1000;
const NOTHING: readonly Operation[] = [];

export interface OpenedVerb {
  readonly verb: Verb;
  readonly name: string;
  /** What the dialog says that it is about; the last part of the name without. */
  readonly subject?: string | undefined;
  readonly initial?: Values | undefined;
  /** Once it is done, or accepted where there is nothing to wait for. */
  readonly onDone?: ((values: Values) => void) | undefined;
}

interface Opening extends OpenedVerb {
  /** The same for each time that it is sent. */
  readonly requestId: string;
}

const opened = signal<Opening | undefined>(undefined);

export function openVerb(verb: OpenedVerb): void {
  opened.value = { ...verb, requestId: crypto.randomUUID() };
}

/** The dialog that is open, until its reader closes it. */
export function OpenedVerbs() {
  const it = opened.value;
  return it && <VerbDialog key={it.requestId} {...it} />;
}

function closed(requestId: string): void {
  if (opened.value?.requestId === requestId) opened.value = undefined;
  // The browser gives the focus back to the button, where that is still there: else, it is in the dialog yet, or nowhere.
  const { activeElement } = document;
  const isLost = activeElement === document.body || activeElement?.closest("dialog.verb");
  if (isLost) document.getElementById("main")?.focus();
}

type Check =
  | {
      readonly kind: "checking" | "missing" | "idle" | "unchecked" | "ok";
      readonly foreseen?: readonly string[];
    }
  | { readonly error: unknown };

function VerbDialog({ verb, name, subject = id(name), initial, onDone, requestId }: Opening) {
  const dialog = useRef<HTMLDialogElement>(null);
  const fields = verb.fields ?? [];
  const [values, setValues] = useState<Values>({ ...initialValues(fields), ...initial });
  const [reason, setReason] = useState("");
  const [phase, setPhase] = useState<"open" | "sending" | "sent">("open");
  const [begun, setBegun] = useState(NOTHING);
  const [answer, setAnswer] = useState<Answer>({});
  const [error, setError] = useState<unknown>();
  const check = useCheck(verb, name, values, phase !== "open");
  const flaws = flawsOf(fields, error ?? ("error" in check ? check.error : undefined));
  const operations = useOperations(begun);
  const failures = operations.flatMap(({ result }) => (result.case === "error" ? [result.value] : []));
  const isDone = phase === "sent" && operations.every((each) => each.done);

  useEffect(() => dialog.current?.showModal(), []);
  // With the drawing that says so: its reader may close the dialog before a later effect would run.
  useLayoutEffect(() => {
    if (isDone && !failures.length) onDone?.(values);
  }, [isDone]);

  const send = async () => {
    setPhase("sending");
    setError(undefined);
    try {
      const outcome = await verb.run({ name, validateOnly: false, reason, requestId }, values);
      if (isOperation(outcome)) setBegun([outcome]);
      else if (outcome) {
        setAnswer(outcome);
        setBegun((outcome.operations ?? []).map((each) => create(OperationSchema, { name: each })));
      }
      setPhase("sent");
    } catch (refused) {
      setError(refused);
      setPhase("open");
    }
  };
  return (
    <dialog ref={dialog} class="verb" aria-labelledby="verb-title" onClose={() => closed(requestId)}>
      <form
        method="dialog"
        onSubmit={(event) => {
          event.preventDefault();
          if (phase === "open") void send();
        }}
      >
        <div>
          <h2 id="verb-title">
            {verb.title} {subject && <span class="crumb">{subject}</span>}
          </h2>
          {verb.danger && <p class="danger-note">{verb.danger}</p>}
        </div>
        {phase !== "sent" && (
          <>
            <VerbFields
              fields={fields}
              values={values}
              flaws={flaws.beside}
              onChange={(each, value) => setValues((before) => ({ ...before, [each]: value }))}
            />
            {!verb.withoutReason && (
              <label class="field">
                <span>{w.reason}</span>
                <input
                  type="text"
                  maxLength={512}
                  value={reason}
                  onInput={(event) => setReason(event.currentTarget.value)}
                />
              </label>
            )}
            <CheckLine check={check} flaws={flaws} unchecked={verb.unchecked} />
          </>
        )}
        {error !== undefined && <Refusal error={error} flaws={flaws} />}
        {phase === "sent" && <Progress of={operations} isDone={isDone} failed={failures.length} />}
        {answer.message && <p class="note">{answer.message}</p>}
        {answer.secret && <Once secret={answer.secret} next={answer.next} />}
        {failures[0] && <Problem error={errorFromStatus(failures[0])} />}
        <Command text={lineOf(verb, name, values, reason)} />
        <div class="buttons">
          <Button onClick={() => dialog.current?.close()}>{w.cancel}</Button>
          {phase !== "sent" && (
            <Button
              kind={verb.danger ? "danger" : "primary"}
              type="submit"
              disabled={phase === "sending" || !mayBeSent(check)}
              onClick={() => {}}
            >
              {phase === "sending" ? w.sending : verb.title}
            </Button>
          )}
        </div>
      </form>
    </dialog>
  );
}

function mayBeSent(check: Check): boolean {
  return "kind" in check && (check.kind === "ok" || check.kind === "unchecked");
}

/** The control plane's own check of the request, which changes nothing. */
function useCheck(verb: Verb, name: string, values: Values, isOver: boolean): Check {
  const [check, setCheck] = useState<Check>({ kind: "checking" });
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    if (isOver) return;
    const isMissing = verb.fields?.some((each) => each.required && !String(values[each.id] ?? "").trim());
    const isIdle = verb.isIdle?.(values);
    setCheck({ kind: isMissing ? "missing" : isIdle ? "idle" : "checking" });
    if (isMissing || isIdle) return;
    if (verb.unchecked) {
      setCheck({ kind: "unchecked" });
      return;
    }
    let isCurrent = true;
    const refused = (error: unknown) => {
      if (!isCurrent) return;
      setCheck({ error });
      if (error instanceof Unavailable) timer = setTimeout(() => setAttempt(attempt + 1), AGAIN_MS);
    };
    let timer = setTimeout(() => {
      const change = { name, validateOnly: true, reason: "", requestId: "" };
      verb
        .run(change, values)
        .then((answer) => isCurrent && setCheck({ kind: "ok", foreseen: foreseenOf(verb, answer) }))
        .catch(refused);
    }, CHECK_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [JSON.stringify(values), isOver, attempt]);
  return check;
}

function foreseenOf(verb: Verb, answer: Outcome): readonly string[] {
  if (!isOperation(answer)) return [];
  if (verb.foreseen) return verb.foreseen(answer);
  const host = placedOn(answer);
  return host ? [w.placedOn(id(host))] : [];
}

function placedOn(answer: Operation): string {
  if (!answer.done || answer.result.case !== "response") return "";
  if (!answer.result.value.typeUrl.endsWith(VmSchema.typeName)) return "";
  return resultOf(answer, VmSchema).host;
}

function CheckLine(props: { check: Check; flaws: Flaws; unchecked: string | undefined }) {
  const { check, flaws, unchecked } = props;
  if ("error" in check) return <Refusal error={check.error} flaws={flaws} />;
  if (check.kind === "missing") return null;
  if (check.kind === "idle") return <p class="note">{w.unchanged}</p>;
  if (check.kind === "unchecked") return <p class="note">{unchecked}</p>;
  const { foreseen = [] } = check;
  return (
    <div class={`note ${check.kind === "ok" ? "good" : ""}`} role="status">
      {check.kind === "checking" ? w.checking : w.checked} {foreseen.length === 1 && foreseen[0]}
      {foreseen.length > 1 && (
        <ol class="foreseen">
          {foreseen.map((each) => (
            <li key={each}>{each}</li>
          ))}
        </ol>
      )}
    </div>
  );
}

function Once({ secret, next }: { secret: string; next: string | undefined }) {
  return (
    <div class="once">
      <p class="note warn">{w.once}</p>
      <div class="command">
        <code data-secret>{secret}</code>
        <Copy text={secret} />
      </div>
      {next && (
        <>
          <p class="note">{w.next}</p>
          <Command text={next} />
        </>
      )}
    </div>
  );
}

function Refusal({ error, flaws }: { error: unknown; flaws: Flaws }) {
  if (error instanceof Exhausted && error.turnedDown.size) return <Refused error={error} />;
  if (error instanceof NotFound) return <Problem error={new Error(error.message)} />;
  // What is wrong with a field is shown beside it.
  if (error instanceof FieldFlaw) return <Problem error={new Error(w.flawed)} />;
  return <Problem error={error} only={flaws.others} />;
}

function Progress({ of, isDone, failed }: { of: readonly Operation[]; isDone: boolean; failed: number }) {
  const [operation] = of;
  const progress = of.length === 1 && operation ? metadataOf(operation).progress : undefined;
  const waits = progress && words.operations.waiting[progress.waitingFor];
  return (
    <p class={`note ${failed ? "warn" : isDone ? "good" : ""}`} role="status">
      {failed ? (failed > 1 ? w.failedMany(failed) : w.failed) : isDone ? w.done : w.accepted}
      {of.length > 1 && ` · ${w.ofMany(of.filter((each) => each.done).length, of.length)}`}
      {progress && !isDone && ` · ${w.step(progress.stepsDone, progress.stepsTotal)}`}
      {waits && !isDone ? ` · ${w.waits} ${waits}` : ""}
      {progress?.detail ? ` · ${progress.detail}` : ""}
    </p>
  );
}
