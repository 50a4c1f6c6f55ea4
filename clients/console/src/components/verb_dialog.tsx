/** One verb: its fields, the check before, the command for the terminal, and how far it is after. */

import { create } from "@bufbuild/protobuf";
import {
  Exhausted,
  errorFromStatus,
  metadataOf,
  NotFound,
  type Operation,
  resultOf,
} from "@chronovisor/client";
import { HostSchema } from "@chronovisor/gen/chronovisor/v1/host_pb.js";
import { VmSchema } from "@chronovisor/gen/chronovisor/v1/vm_pb.js";
import { OperationSchema } from "@chronovisor/gen/google/longrunning/operations_pb.js";
import { useEffect, useRef, useState } from "preact/hooks";
import { id } from "../lib/format.js";
import {
  type Answer,
  type Field,
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

const w = words.verbs;
/** After the last key. */
const CHECK_MS = 250;
const NOTHING: readonly Operation[] = [];

export interface VerbDialogProps {
  readonly verb: Verb;
  readonly name: string;
  readonly subject?: string | undefined;
  readonly initial?: Values;
  readonly onClose: () => void;
  /** Once it is done, or accepted where there is nothing to wait for. */
  readonly onDone?: (values: Values) => void;
}

type Check =
  | { readonly kind: "checking" | "missing" | "unchecked" | "ok"; readonly foreseen?: readonly string[] }
  | { readonly error: unknown };

export function VerbDialog({ verb, name, subject = id(name), initial, onClose, onDone }: VerbDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const fields = verb.fields ?? [];
  const [values, setValues] = useState<Values>({ ...initialValues(fields), ...initial });
  const [reason, setReason] = useState("");
  const [requestId] = useState(() => crypto.randomUUID());
  const [phase, setPhase] = useState<"open" | "sending" | "sent">("open");
  const [begun, setBegun] = useState(NOTHING);
  const [answer, setAnswer] = useState<Answer>({});
  const [error, setError] = useState<unknown>();
  const check = useCheck(verb, name, values, phase !== "open");
  const operations = useOperations(begun);
  const failures = operations.flatMap(({ result }) => (result.case === "error" ? [result.value] : []));
  const isDone = phase === "sent" && operations.every((each) => each.done);

  useEffect(() => dialog.current?.showModal(), []);
  useEffect(() => {
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
    <dialog ref={dialog} class="verb" aria-labelledby="verb-title" onClose={onClose}>
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
            <div class="fields">
              {fields.map((each) => (
                <Input
                  key={each.id}
                  field={each}
                  value={values[each.id] ?? ""}
                  onChange={(value) => setValues((before) => ({ ...before, [each.id]: value }))}
                />
              ))}
            </div>
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
            <CheckLine check={check} />
          </>
        )}
        {error !== undefined && <Refusal error={error} />}
        {phase === "sent" && <Progress of={operations} isDone={isDone} />}
        {answer.message && <p class="note">{answer.message}</p>}
        {answer.secret && <Once secret={answer.secret} next={answer.next} />}
        {failures.length > 0 && (
          <>
            <p class="note warn">{failures.length > 1 ? w.failedMany(failures.length) : w.failed}</p>
            <Problem error={failures[0] && errorFromStatus(failures[0])} />
          </>
        )}
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
  useEffect(() => {
    if (isOver) return;
    const isMissing = verb.fields?.some((each) => each.required && !String(values[each.id] ?? "").trim());
    setCheck({ kind: isMissing ? "missing" : "checking" });
    if (isMissing) return;
    if (verb.unchecked) {
      setCheck({ kind: "unchecked" });
      return;
    }
    let isCurrent = true;
    const timer = setTimeout(() => {
      const change = { name, validateOnly: true, reason: "", requestId: "" };
      verb
        .run(change, values)
        .then((answer) => isCurrent && setCheck({ kind: "ok", foreseen: foreseenOf(verb, answer) }))
        .catch((error: unknown) => isCurrent && setCheck({ error }));
    }, CHECK_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [JSON.stringify(values), isOver]);
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
  if (answer.result.value.typeUrl.endsWith(HostSchema.typeName)) return "";
  return resultOf(answer, VmSchema).host;
}

function CheckLine({ check }: { check: Check }) {
  if ("error" in check) return <Refusal error={check.error} />;
  if (check.kind === "missing") return null;
  if (check.kind === "unchecked") return <p class="note">{w.unchecked}</p>;
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

function Refusal({ error }: { error: unknown }) {
  if (error instanceof Exhausted && error.turnedDown.size) return <Refused error={error} />;
  if (error instanceof NotFound) return <Problem error={new Error(error.message)} />;
  return <Problem error={error} />;
}

function Progress({ of, isDone }: { of: readonly Operation[]; isDone: boolean }) {
  const [operation] = of;
  const progress = of.length === 1 && operation ? metadataOf(operation).progress : undefined;
  const waits = progress && words.operations.waiting[progress.waitingFor];
  return (
    <p class={`note ${isDone ? "good" : ""}`} role="status">
      {isDone ? w.done : w.accepted}
      {of.length > 1 && ` · ${w.ofMany(of.filter((each) => each.done).length, of.length)}`}
      {progress && !isDone && ` · ${w.step(progress.stepsDone, progress.stepsTotal)}`}
      {waits && !isDone ? ` · ${w.waits} ${waits}` : ""}
      {progress?.detail ? ` · ${progress.detail}` : ""}
    </p>
  );
}

function Input(props: {
  field: Field;
  value: string | boolean;
  onChange: (value: string | boolean) => void;
}) {
  const { field, value, onChange } = props;
  if (field.kind === "check") {
    return (
      <label class="check">
        <input
          type="checkbox"
          checked={value === true}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
        <span>{field.label}</span>
      </label>
    );
  }
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: it has one of two.
    <label class="field">
      <span>{field.label}</span>
      {field.kind === "choice" ? (
        <select value={String(value)} onChange={(event) => onChange(event.currentTarget.value)}>
          {Object.entries(field.choices ?? {}).map(([each, label]) => (
            <option key={each} value={each}>
              {label}
            </option>
          ))}
        </select>
      ) : field.kind === "long" ? (
        <textarea
          rows={4}
          name={field.id}
          value={String(value)}
          placeholder={field.help}
          required={field.required}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
      ) : (
        <input
          type="text"
          inputMode={field.kind === "number" ? "numeric" : "text"}
          name={field.id}
          value={String(value)}
          placeholder={field.help}
          required={field.required}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
      )}
    </label>
  );
}
