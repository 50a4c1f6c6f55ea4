/** Proofs: the server's walk of the chain, this browser's own, and the proof of one event. SHA-256 is the browser's. */

import { checkSeal, NotProven } from "@chronovisor/client";
import { useState } from "preact/hooks";
import { Button, Card, Command, Problem } from "../components/basics.js";
import { Icon } from "../components/icons.js";
import { client } from "../lib/client.js";
import { count } from "../lib/format.js";
import { useMay } from "../lib/may.js";
import { commandLine } from "../lib/shell_words.js";
import { words } from "../words.js";

const w = words.audit;
/** So many seals are walked here; the server walks all. */
const MOST_SEALS = 200;

type Answer = { readonly isWell: boolean; readonly text: string };

async function verified(): Promise<Answer> {
  const found = await client.history.verify({ timeoutMs: 600_000 });
  const [rule] = found.violations;
  if (found.valid && !rule) {
    return { isWell: true, text: w.valid(count(found.batchesChecked), count(found.eventsChecked)) };
  }
  const problem = found.problem || `${rule?.subject}: ${rule?.description}`;
  return { isWell: false, text: w.invalid(count(found.firstBadPosition || (rule?.position ?? 0n)), problem) };
}

const same = (one: Uint8Array, other: Uint8Array) =>
  one.length === other.length && one.every((byte, place) => byte === other[place]);

/** From the last seal back: each is the hash of its own row, and the one after it names it. */
async function walked(): Promise<Answer> {
  let seal = await client.history.seal();
  const last = seal.batch;
  let seals = 0;
  for (;;) {
    const content = await checkSeal(seal);
    seals++;
    if (seal.batch === 1n || seals === MOST_SEALS) break;
    const before = await client.history.seal(seal.firstPosition - 1n);
    if (!same(before.hash, content.previousHash)) {
      throw new NotProven(`seal ${seal.batch} does not name the hash of seal ${before.batch}`);
    }
    seal = before;
  }
  return { isWell: true, text: w.chainWalked(count(seals), count(last)) };
}

const hasCrypto = () => globalThis.crypto?.subtle !== undefined;

export function Verify() {
  const may = useMay("/", ["ledger.verify", "ledger.read"]);
  const [answer, setAnswer] = useState<Answer>();
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState("");
  const run = (name: string, work: () => Promise<Answer>) => async () => {
    setBusy(name);
    setAnswer(undefined);
    setError(undefined);
    try {
      setAnswer(await work());
    } catch (failed) {
      setError(failed);
    }
    setBusy("");
  };
  if (!may.size) return null;
  return (
    <Card>
      <div class="toolbar">
        {may.has("ledger.verify") && (
          <Button icon="audit" disabled={busy !== ""} onClick={run("server", verified)}>
            {busy === "server" ? w.verifying : w.verify}
          </Button>
        )}
        {may.has("ledger.read") && (
          <Button icon="link" disabled={busy !== "" || !hasCrypto()} onClick={run("here", walked)}>
            {busy === "here" ? w.verifying : w.chain}
          </Button>
        )}
        <span class="grow">
          <Command text={commandLine(["audit", "verify"])} />
        </span>
      </div>
      {!hasCrypto() && <p class="note warn">{w.noCrypto}</p>}
      {answer && (
        <p class={`note answer ${answer.isWell ? "good" : "warn"}`} role="status">
          <Icon name={answer.isWell ? "check" : "alert"} />
          {answer.text}
        </p>
      )}
      <Problem error={error} />
    </Card>
  );
}

export function Prove({ position }: { position: bigint }) {
  const [answer, setAnswer] = useState<Answer>();
  const [isBusy, setBusy] = useState(false);
  const prove = async () => {
    setBusy(true);
    try {
      await client.history.prove(position);
      setAnswer({ isWell: true, text: w.proved(count(position)) });
    } catch (error) {
      const why = error instanceof Error ? error.message : "";
      setAnswer({ isWell: false, text: `${w.notProven}: ${hasCrypto() ? why : w.noCrypto}` });
    }
    setBusy(false);
  };
  if (answer) {
    return (
      <span class={`proof ${answer.isWell ? "good" : "bad"}`} role="status" title={answer.text}>
        <Icon name={answer.isWell ? "check" : "alert"} size={14} />
        <span>{answer.isWell ? w.proven : w.notProven}</span>
      </span>
    );
  }
  return (
    <button type="button" class="copy" disabled={isBusy} onClick={() => void prove()}>
      {isBusy ? w.proving : w.prove}
    </button>
  );
}
