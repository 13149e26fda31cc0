// Enters: the session and the examples. Leaves: one row that says who is asking, and changes it by one click.

import { useEditorContext, useSchemaStore } from "@graphiql/react";
import { useEffect, useSyncExternalStore } from "react";
import type { PageConfig } from "./config";
import { exampleIn, ExamplePicker } from "./examples";
import type { Session, SessionState } from "./session";

function AccountButtons({ config, session, state }: { config: PageConfig; session: Session; state: SessionState }) {
  const { tabs, activeTabIndex } = useEditorContext({ nonNull: true });
  const wanted = exampleIn(tabs[activeTabIndex], config.examples)?.account;
  const current = state.signedIn?.label;
  return (
    <div className="bar-accounts" role="group" aria-label="Sign in as">
      <span aria-hidden="true">Sign in as</span>
      {config.sign_in?.accounts.map(({ label }) => (
        <button
          key={label}
          type="button"
          aria-pressed={label === current}
          className={label === wanted && label !== current ? "bar-account bar-account-wanted" : "bar-account"}
          disabled={state.busy !== null}
          title={label === wanted ? "This example is made for this account" : `Sign in as ${label}`}
          onClick={() => void session.signIn(label)}
        >
          {label === current && <span aria-hidden="true">✓ </span>}
          {label}
        </button>
      ))}
    </div>
  );
}

function Status({ config, session, state }: { config: PageConfig; session: Session; state: SessionState }) {
  const label = state.signedIn?.label;
  // The account's own button shows who is signed in; in words it is said to screen readers, and where no button does.
  const shown = config.sign_in?.accounts.some((account) => account.label === label);
  return (
    <div className="bar-status">
      <span role="status" className={shown && !state.busy ? "only-read-aloud" : undefined}>
        {state.busy ? "Signing in…" : label ? `Signed in as ${label}` : "Not signed in"}
      </span>
      {state.signedIn && (
        <button type="button" onClick={() => session.signOut()}>
          Sign out
        </button>
      )}
    </div>
  );
}

// A router that requires authentication refuses introspection too: after a sign-in it is worth asking again.
function useSchemaAfterSignIn(token: string | undefined) {
  const { schema, introspect, isFetching } = useSchemaStore();
  useEffect(() => {
    if (token && !schema && !isFetching) void introspect();
    // Only a new token is a reason to ask again; the schema's own changes are not.
  }, [token]);
}

export function Bar({ config, session }: { config: PageConfig; session: Session }) {
  const state = useSyncExternalStore(session.subscribe, session.current);
  useSchemaAfterSignIn(state.signedIn?.token);
  return (
    <header className="bar">
      <h1>
        <img src="page/assets/icon.svg" width="22" height="22" alt="Supergraph" title="Supergraph" />
      </h1>
      <ExamplePicker examples={config.examples} />
      {config.sign_in && <AccountButtons config={config} session={session} state={state} />}
      {config.sign_in && <Status config={config} session={session} state={state} />}
      {state.problem && (
        <p className="bar-problem" role="alert">
          {state.problem}
        </p>
      )}
    </header>
  );
}
