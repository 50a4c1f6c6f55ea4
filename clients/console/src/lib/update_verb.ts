/** Verbs that change fields of what there is: those whose inputs have another text than before, and no others. */

import type { DescMessage, MessageInitShape } from "@bufbuild/protobuf";
import { changed, inputs, lineWords, maskOf, messageOf, type Row } from "./form_rows.js";
import { type Change, none, type Values, type Verb } from "./verbs.js";

interface MaskedChange extends Omit<Change, "name"> {
  readonly updateMask: { paths: string[] };
}

export interface Updated<Schema extends DescMessage>
  extends Pick<Verb, "id" | "title" | "permission" | "on"> {
  readonly schema: Schema;
  /** The request's field that has the message, and what the command line calls it, where that is no other. */
  readonly noun: string;
  readonly commandNoun?: string;
  readonly rows: readonly Row[];
  readonly update: (it: MessageInitShape<Schema>, change: MaskedChange) => PromiseLike<unknown>;
  /** The values that are meant by those typed. */
  readonly meant?: (values: Values) => Values;
  /** Words of the rows that have changed, where they are others. */
  readonly words?: (rows: readonly Row[], values: Values) => readonly string[];
}

export function updateVerb<Schema extends DescMessage>(of: Updated<Schema>): Verb {
  const {
    id,
    title,
    permission,
    on,
    schema,
    noun,
    commandNoun = noun,
    rows,
    meant = (values) => values,
  } = of;
  const words = of.words ?? ((changes, values) => lineWords(schema, changes, values));
  return {
    id,
    title,
    permission,
    on,
    fields: inputs(schema, noun, rows, new Set(rows.map((each) => each.section)).size === 1),
    isIdle: (values) => !changed(rows, values).length,
    // What nothing can mean is thrown: the caller hears of it as of what the control plane refuses.
    run: async ({ name, ...change }, values) => {
      const message = { ...messageOf(schema, rows, meant(values)), name };
      const updateMask = maskOf(changed(rows, values));
      return none(of.update(message as unknown as MessageInitShape<Schema>, { ...change, updateMask }));
    },
    command: (name, values) => [[commandNoun, "update", name, ...words(changed(rows, values), values)], {}],
  };
}
