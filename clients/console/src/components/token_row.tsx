/** What is known of a token, never the token itself: of a service account, or one by which a host joins. */

import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { date, fullMoment, id } from "../lib/format.js";
import type { Verb } from "../lib/verbs.js";
import { words } from "../words.js";
import { VerbButtons } from "./verb_buttons.js";

const w = words.access;

interface Token {
  readonly name: string;
  readonly revokeTime?: Timestamp | undefined;
  readonly expireTime?: Timestamp | undefined;
  /** Of a token that works once. */
  readonly useTime?: Timestamp | undefined;
}

function fateOf({ revokeTime, useTime, expireTime }: Token): string {
  const time = (it: Timestamp | undefined) => fullMoment(date(it));
  if (useTime) return w.isUsed(time(useTime));
  return revokeTime ? w.isRevoked(time(revokeTime)) : w.expires(time(expireTime));
}

export function TokenRow({ of, note, revoke }: { of: Token; note: string; revoke: Verb }) {
  const isOver = of.revokeTime !== undefined || of.useTime !== undefined;
  return (
    <div class="token" data-token={id(of.name)}>
      <span>
        {w.token(id(of.name), note)} <span class="dim">{fateOf(of)}</span>
      </span>
      {!isOver && <VerbButtons verbs={[revoke]} name={of.name} />}
    </div>
  );
}
