/** One verb: its fields, the check before, the command for the terminal, and how far it is after. */

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
import { useEffect, useRef, useState } from "preact/hooks";
import { id } from "../lib/format.js";
import {
  type Field,
  initialValues,
  isSecret,
  lineOf,
  type Outcome,
  type Values,
  type Verb,
} from "../lib/verbs.js";
import { useOperation } from "../lib/watch_operation.js";
import { words } from "../words.js";
import { Button, Command, Copy, Problem } from "./basics.js";
import { Refused } from "./refused.js";

const w = words.verbs;
/** After the last key. */
const CHECK_MS = 250;

export interface VerbDialogProps {
  readonly verb: Verb;
  readonly name: string;
  readonly initial?: Values;
  readonly onClose: () => void;
  /** Once it is done, or accepted where there is nothing to wait for. */
  readonly onDone?: (values: Values) => void;
}

type Check =
  | { readonly kind: "checking" | "missing" | "ok"; readonly foreseen?: readonly string[] }
  | { readonly error: unknown };

export function VerbDialog({ verb, name, initial, onClose, onDone }: VerbDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const fields = verb.fields ?? [];
  const [values, setValues] = useState<Values>({ ...initialValues(fields), ...initial });
  const [reason, setReason] = useState("");
  const [requestId] = useState(() => crypto.randomUUID());
  const [phase, setPhase] = useState<"open" | "sending" | "sent">("open");
  const [begun, setBegun] = useState<Operation>();
  const [secret, setSecret] = useState("");
  const [error, setError] = useState<unknown>();
  const check = useCheck(verb, name, values, phase !== "open");
  const operation = useOperation(begun);
  const failure = operation?.result.case === "error" ? operation.result.value : undefined;
  const isDone = phase === "sent" && (!begun || operation?.done === true);

  useEffect(() => dialog.current?.showModal(), []);
  useEffect(() => {
    if (isDone && !failure) onDone?.(values);
  }, [isDone]);

  const send = async () => {
    setPhase("sending");
    setError(undefined);
    try {
      const outcome = await verb.run({ name, validateOnly: false, reason, requestId }, values);
      if (isSecret(outcome)) setSecret(outcome.secret);
      else setBegun(outcome);
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
            {verb.title} {name && <span class="crumb">{id(name)}</span>}
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
        {phase === "sent" && <Progress operation={operation} isDone={isDone} />}
        {secret && <Once secret={secret} />}
        {failure && (
          <>
            <p class="note warn">{w.failed}</p>
            <Problem error={errorFromStatus(failure)} />
          </>
        )}
        <Command text={lineOf(verb, name, values, reason)} />
        <div class="buttons">
          <Button onClick={() => dialog.current?.close()}>{w.cancel}</Button>
          {phase !== "sent" && (
            <Button
              kind={verb.danger ? "danger" : "primary"}
              type="submit"
              disabled={phase === "sending" || !("kind" in check) || check.kind !== "ok"}
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

/** The control plane's own check of the request, which changes nothing. */
function useCheck(verb: Verb, name: string, values: Values, isOver: boolean): Check {
  const [check, setCheck] = useState<Check>({ kind: "checking" });
  useEffect(() => {
    if (isOver) return;
    const isMissing = verb.fields?.some((each) => each.required && !String(values[each.id] ?? "").trim());
    setCheck({ kind: isMissing ? "missing" : "checking" });
    if (isMissing) return;
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
  if (!answer || isSecret(answer)) return [];
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

function Once({ secret }: { secret: string }) {
  return (
    <div>
      <p class="note warn">{w.once}</p>
      <div class="command">
        <code data-secret>{secret}</code>
        <Copy text={secret} />
      </div>
    </div>
  );
}

function Refusal({ error }: { error: unknown }) {
  if (error instanceof Exhausted && error.turnedDown.size) return <Refused error={error} />;
  if (error instanceof NotFound) return <Problem error={new Error(error.message)} />;
  return <Problem error={error} />;
}

function Progress({ operation, isDone }: { operation: Operation | undefined; isDone: boolean }) {
  const progress = operation && metadataOf(operation).progress;
  const waits = progress && words.operations.waiting[progress.waitingFor];
  return (
    <p class={`note ${isDone ? "good" : ""}`} role="status">
      {isDone ? w.done : w.accepted}
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
