/** The inputs of a verb, in parts that can be folded, with what is wrong beside the one that it is wrong with. */

import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { Field, Values } from "../lib/verbs.js";

type Value = string | boolean;

export interface VerbFieldsProps {
  readonly fields: readonly Field[];
  readonly values: Values;
  /** By the inputs' ids. */
  readonly flaws: ReadonlyMap<string, string>;
  readonly onChange: (id: string, value: Value) => void;
}

export function VerbFields(props: VerbFieldsProps) {
  const sections = new Set(props.fields.flatMap((each) => (each.section ? [each.section] : [])));
  return (
    <>
      <Inputs {...props} fields={props.fields.filter((each) => !each.section)} />
      {[...sections].map((each) => (
        <Section
          key={each}
          title={each}
          {...props}
          fields={props.fields.filter((it) => it.section === each)}
        />
      ))}
    </>
  );
}

/** Folded if nothing in it is set yet, until its reader or a flaw in it opens it. */
function Section({ title, ...props }: VerbFieldsProps & { title: string }) {
  const box = useRef<HTMLDetailsElement>(null);
  const [isOpen] = useState(() => props.fields.some((each) => props.values[each.id]));
  const hasFlaw = props.fields.some((each) => props.flaws.has(each.id));
  useEffect(() => {
    if (hasFlaw && box.current) box.current.open = true;
  }, [hasFlaw]);
  return (
    <details ref={box} class="section" open={isOpen}>
      <summary>{title}</summary>
      <Inputs {...props} />
    </details>
  );
}

function Inputs({ fields, values, flaws, onChange }: VerbFieldsProps) {
  return (
    <div class="fields">
      {fields.map((each) => (
        <Input
          key={each.id}
          field={each}
          value={values[each.id] ?? ""}
          flaw={flaws.get(each.id)}
          onChange={(value) => onChange(each.id, value)}
        />
      ))}
    </div>
  );
}

interface InputProps {
  readonly field: Field;
  readonly value: Value;
  readonly flaw: string | undefined;
  readonly onChange: (value: Value) => void;
}

function Input({ field, value, flaw, onChange }: InputProps) {
  const flawId = useId();
  const aria = flaw ? { "aria-invalid": true, "aria-describedby": flawId } : {};
  const beside = flaw && (
    <small id={flawId} class="flaw">
      {flaw}
    </small>
  );
  if (field.kind === "check") {
    return (
      <div>
        <label class="check">
          <input
            type="checkbox"
            checked={value === true}
            onChange={(event) => onChange(event.currentTarget.checked)}
            {...aria}
          />
          <span>{field.label}</span>
        </label>
        {beside}
      </div>
    );
  }
  const typed = {
    name: field.id,
    value: String(value),
    placeholder: field.help,
    required: field.required,
    onInput: (event: { currentTarget: { value: string } }) => onChange(event.currentTarget.value),
    ...aria,
  };
  return (
    <div class="field-box">
      {/* biome-ignore lint/a11y/noLabelWithoutControl: it has one of three. */}
      <label class="field">
        <span>{field.label}</span>
        {field.kind === "choice" ? (
          <select value={String(value)} onChange={(event) => onChange(event.currentTarget.value)} {...aria}>
            {Object.entries(field.choices ?? {}).map(([each, label]) => (
              <option key={each} value={each}>
                {label}
              </option>
            ))}
          </select>
        ) : field.kind === "long" ? (
          <textarea rows={3} {...typed} />
        ) : (
          <input type="text" inputMode={field.kind === "number" ? "numeric" : "text"} {...typed} />
        )}
      </label>
      {beside}
    </div>
  );
}
