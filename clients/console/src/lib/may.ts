/** What the page's reader may do: the control plane's own answer, read once for each resource and again when access changed. */

import { useEffect, useState } from "preact/hooks";
import { held, NoAnswer } from "./iam.js";
import { onEvents } from "./live.js";
import { at } from "./router.js";

const answers = new Map<string, Promise<ReadonlySet<string>>>();
const NONE: ReadonlySet<string> = new Set();
/** After the control plane did not answer. */
const AGAIN_MS = 1000;

onEvents((events) => {
  if (events.some((each) => /^(policies|roles)\//.test(each.stream))) answers.clear();
});

/** Until it is answered: who was not, may do no less. */
async function ask(resource: string, permissions: readonly string[]): Promise<ReadonlySet<string>> {
  for (;;) {
    try {
      return new Set(await held(resource, permissions));
    } catch (error) {
      if (!(error instanceof NoAnswer)) return NONE;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }
}

export function permissionsOn(
  resource: string,
  permissions: readonly string[],
): Promise<ReadonlySet<string>> {
  const key = `${resource} ${permissions.join()}`;
  const known = answers.get(key) ?? ask(resource, permissions);
  answers.set(key, known);
  return known;
}

/** Those of the permissions that the reader has on a resource. None on a page of the past, which nobody can change. */
export function useMay(resource: string, permissions: readonly string[]): ReadonlySet<string> {
  const [granted, setGranted] = useState(NONE);
  const isPast = at.value !== undefined;
  useEffect(() => {
    let isCurrent = true;
    const renew = () => {
      void permissionsOn(resource, permissions).then((answer) => isCurrent && setGranted(answer));
    };
    if (!resource || isPast) setGranted(NONE);
    else renew();
    const stop = onEvents((events) => {
      if (!isPast && resource && events.some((each) => /^(policies|roles)\//.test(each.stream))) renew();
    });
    return () => {
      isCurrent = false;
      stop();
    };
  }, [resource, permissions.join(), isPast]);
  return granted;
}
