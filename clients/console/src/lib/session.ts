/** Whether the reader is signed in, and where that can be done: the gateway's own pages, with a cookie that scripts cannot read. */

import { signal } from "@preact/signals";

export interface SignInOptions {
  readonly issuers: readonly { readonly issuer: string; readonly url: string }[];
  readonly signedIn: boolean;
  /** The connection itself says who calls. */
  readonly local: boolean;
}

/** True once a call was refused for want of a proof of who calls. */
export const isUnknown = signal(false);
export const options = signal<SignInOptions | undefined>(undefined);

export async function readOptions(): Promise<void> {
  const response = await fetch("/sign-in/options").catch(() => undefined);
  if (response?.ok) options.value = (await response.json()) as SignInOptions;
}

/** What is wrong, in words; empty when the token was taken. */
export async function enterToken(token: string): Promise<string> {
  const response = await fetch("/sign-in/token", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token }),
  });
  return response.ok ? "" : ((await response.json()) as { message?: string }).message || response.statusText;
}

export async function signOut(): Promise<void> {
  await fetch("/sign-out", { method: "POST" });
  location.reload();
}
