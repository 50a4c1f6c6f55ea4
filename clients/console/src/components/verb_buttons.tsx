/** Buttons of the verbs that the reader may use, in the states that they are for. None of the past, and none for a viewer. */

import { useMay } from "../lib/may.js";
import { initialValues, lineOf, type Values, type Verb } from "../lib/verbs.js";
import { words } from "../words.js";
import { Button, useCopy } from "./basics.js";
import { Icon, type IconName } from "./icons.js";
import { openVerb } from "./verb_dialog.js";

export interface VerbButtonsProps {
  readonly verbs: readonly Verb[];
  readonly name: string;
  /** What the dialog says that it is about; the last part of the name without. */
  readonly subject?: string;
  readonly state?: string;
  readonly icon?: IconName;
  readonly initial?: Values;
  readonly onDone?: (values: Values) => void;
}

export function VerbButtons({ verbs, name, subject, state, icon, initial, onDone }: VerbButtonsProps) {
  const onRoot = verbs.filter((each) => each.on(name) === "/").map((each) => each.permission);
  const onProject = verbs.filter((each) => each.on(name) !== "/").map((each) => each.permission);
  const project = verbs.find((each) => each.on(name) !== "/")?.on(name) ?? "";
  const mayOnRoot = useMay(onRoot.length ? "/" : "", onRoot);
  const mayOnProject = useMay(onProject.length ? project : "", onProject);
  const may = (verb: Verb) =>
    (verb.on(name) === "/" ? mayOnRoot : mayOnProject).has(verb.permission) &&
    (!verb.states || !state || verb.states.includes(state));
  return (
    <>
      {verbs.filter(may).map((each) => (
        <span class="verb-button" key={each.id}>
          <Button
            kind={each.danger ? "danger" : icon ? "primary" : undefined}
            icon={icon}
            onClick={() => openVerb({ verb: each, name, subject, initial, onDone })}
          >
            {each.title}
          </Button>
          <CopyLine text={lineOf(each, name, { ...initialValues(each.fields ?? []), ...initial }, "")} />
        </span>
      ))}
    </>
  );
}

/** The same for the terminal, to copy. */
function CopyLine({ text }: { text: string }) {
  const [isCopied, copy] = useCopy(text);
  return (
    <button
      type="button"
      class="button line"
      title={text}
      aria-label={`${isCopied ? words.copied : words.copy}: ${text}`}
      onClick={copy}
    >
      <Icon name={isCopied ? "check" : "terminal"} size={14} />
    </button>
  );
}
