/** The one verb that changes labels, of VMs, hosts and projects alike. */

import { words } from "../words.js";
import { labelText, labelWords, pairs } from "./label_text.js";
import { type Change, none, repeated, text, type Values, type Verb } from "./verbs.js";

interface Labelled {
  readonly labels: Readonly<Record<string, string>>;
}

interface LabelChange extends Omit<Change, "name"> {
  readonly updateMask: { paths: string[] };
}

/** What its field has before anybody types, and what was there: the command line takes labels away by name. */
export function labelValues({ labels }: Labelled): Values {
  const had = labelText(labels);
  return { labels: had, had };
}

export function labelVerb(
  of: Pick<Verb, "permission" | "on"> & { readonly noun: string },
  update: (it: { name: string; labels: Record<string, string> }, change: LabelChange) => PromiseLike<unknown>,
): Verb {
  const { noun, permission, on } = of;
  return {
    id: "labels",
    title: words.verbs.names.labels,
    permission,
    on,
    fields: [
      {
        id: "labels",
        label: words.verbs.create.labels,
        help: words.verbs.create.labelsHelp,
        kind: "text",
      },
    ],
    run: ({ name, ...change }, values) =>
      none(
        update(
          { name, labels: pairs(text(values, "labels")) },
          { ...change, updateMask: { paths: ["labels"] } },
        ),
      ),
    command: (name, values) => {
      const left = pairs(text(values, "labels"));
      const gone = Object.keys(pairs(text(values, "had"))).filter((each) => !(each in left));
      return [
        [noun, "update", name, ...labelWords(text(values, "labels")), ...repeated("no-label", gone)],
        {},
      ];
    },
  };
}
