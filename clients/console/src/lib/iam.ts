/** Who has which roles: google.iam.v1, which the client library has no messages of, in JSON. */

export interface Binding {
  readonly role: string;
  readonly members: readonly string[];
  readonly condition?: { readonly expression?: string };
}

export interface Policy {
  readonly etag?: string;
  readonly bindings?: readonly Binding[];
}

/** With conditions. */
const VERSION = 3;

/** The control plane did not answer, or is overloaded: the same may be answered later. */
export class NoAnswer extends Error {}

const OVERLOADED = 429;
const FAULTS = 500;

async function call<T>(method: string, request: object, signal?: AbortSignal): Promise<T> {
  const response = await fetch(`${location.origin}/google.iam.v1.IAMPolicy/${method}`, {
    method: "POST",
    headers: { "content-type": "application/json", "connect-protocol-version": "1" },
    body: JSON.stringify(request),
    signal: signal ?? null,
  }).catch((error: unknown) => {
    throw error instanceof TypeError ? new NoAnswer(error.message) : error;
  });
  const answer = (await response.json().catch(() => ({}))) as T & { message?: string };
  if (response.ok) return answer;
  const message = answer.message ?? response.statusText;
  const isForNow = response.status === OVERLOADED || response.status >= FAULTS;
  throw isForNow ? new NoAnswer(message) : new Error(message);
}

/** Those of the permissions that the caller has. */
export async function held(resource: string, permissions: readonly string[]): Promise<readonly string[]> {
  const answer = await call<{ permissions?: string[] }>("TestIamPermissions", { resource, permissions });
  return answer.permissions ?? [];
}

export function policyOf(resource: string, signal?: AbortSignal): Promise<Policy> {
  return call("GetIamPolicy", { resource, options: { requestedPolicyVersion: VERSION } }, signal);
}

/** Refused where the policy is not the one any more that was read. */
export function setPolicy(resource: string, before: Policy, bindings: readonly Binding[]): Promise<Policy> {
  const policy = { version: VERSION, etag: before.etag, bindings };
  return call("SetIamPolicy", { resource, policy });
}

/** With a role for a member, under no condition. */
export function granted(policy: Policy, member: string, role: string): readonly Binding[] {
  const bindings = policy.bindings ?? [];
  const found = bindings.find((each) => each.role === role && !each.condition?.expression);
  if (!found) return [...bindings, { role, members: [member] }];
  if (found.members.includes(member)) return bindings;
  return bindings.map((each) => (each === found ? { ...each, members: [...each.members, member] } : each));
}

/** Without a role for a member, whatever the conditions. */
export function revoked(policy: Policy, member: string, role: string): readonly Binding[] {
  return (policy.bindings ?? [])
    .map((each) =>
      each.role === role ? { ...each, members: each.members.filter((other) => other !== member) } : each,
    )
    .filter((each) => each.members.length);
}
