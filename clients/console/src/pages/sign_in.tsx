/** Who are you? By an issuer, or by a token that one has. Shown instead of every page to whom the control plane does not know. */

import { useEffect, useState } from "preact/hooks";
import { Button } from "../components/basics.js";
import { enterToken, options, readOptions } from "../lib/session.js";
import { words } from "../words.js";

const w = words.signIn;

export function SignInPage() {
  const [token, setToken] = useState("");
  const [problem, setProblem] = useState("");
  useEffect(() => void readOptions(), []);
  const send = async () => {
    const wrong = await enterToken(token.trim());
    setProblem(wrong);
    if (!wrong) location.reload();
  };
  return (
    <main class="sign-in" id="main" tabIndex={-1}>
      <section class="card">
        <h1>{w.title}</h1>
        {options.value?.issuers.map((each) => (
          <a key={each.issuer} class="button primary" href={each.url}>
            {w.at(each.issuer)}
          </a>
        ))}
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void send();
          }}
        >
          <label class="field">
            <span>{w.token}</span>
            <input
              type="password"
              autoComplete="off"
              value={token}
              onInput={(event) => setToken(event.currentTarget.value)}
            />
          </label>
          {problem && (
            <p class="note warn" role="alert">
              {problem}
            </p>
          )}
          <Button type="submit" disabled={!token.trim()} onClick={() => {}}>
            {w.enter}
          </Button>
        </form>
      </section>
    </main>
  );
}
