/** What the page's reader may do: the control plane's own answer, read once for each resource and again when access changed. */

import { useEffect, useState } from "preact/hooks";
import { held } from "./iam.js";
import { onEvents } from "./live.js";
import { at } from "./router.js";

const answers = new Map<string, Promise<ReadonlySet<string>>>();
const NONE: ReadonlySet<string> = new Set();

onEvents((events) => {
  if (events.some((each) => /^(policies|roles)\//.test(each.stream))) answers.clear();
});

async function ask(resource: string, permissions: readonly string[]): Promise<ReadonlySet<string>> {
  return new Set(await held(resource, permissions));
}

export function permissionsOn(
  resource: string,
  permissions: readonly string[],
): Promise<ReadonlySet<string>> {
  const key = `${resource} ${permissions.join()}`;
  const known = answers.get(key) ?? ask(resource, permissions).catch(() => NONE);
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
