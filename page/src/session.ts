// Enters: the configured sign-in operation and its accounts. Leaves: who is signed in, and a fetch that says so.
// Invariant: the token stays in this tab (sessionStorage) and goes to no address but those of the page's config.

import type { Account, PageConfig, SignIn } from "./config";

export interface SignedIn {
  label: string;
  token: string;
}

export interface SessionState {
  signedIn: SignedIn | null;
  busy: string | null;
  problem: string | null;
}

const STORAGE_KEY = "page:signed-in";

interface GraphQLAnswer {
  data?: unknown;
  errors?: { message: string }[];
}

function valueAt(data: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | null | undefined)?.[key], data);
}

function remembered(): SignedIn | null {
  try {
    const stored = JSON.parse(sessionStorage.getItem(STORAGE_KEY) ?? "null") as SignedIn | null;
    return stored && typeof stored.token === "string" && typeof stored.label === "string" ? stored : null;
  } catch {
    return null;
  }
}

export class Session {
  private state: SessionState = { signedIn: remembered(), busy: null, problem: null };
  private readonly listeners = new Set<() => void>();

  constructor(private readonly config: PageConfig) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly current = (): SessionState => this.state;

  async signIn(label: string): Promise<boolean> {
    const { sign_in: signIn } = this.config;
    const account = signIn?.accounts.find((each) => each.label === label);
    if (!signIn || !account) {
      this.change({ problem: `No account is called ${label}.` });
      return false;
    }
    this.change({ busy: label, problem: null });
    try {
      this.remember({ label, token: await this.requestToken(signIn, account) });
      return true;
    } catch (error) {
      this.change({ problem: `${label}: ${error instanceof Error ? error.message : String(error)}` });
      return false;
    } finally {
      this.change({ busy: null });
    }
  }

  signOut(problem: string | null = null): void {
    sessionStorage.removeItem(STORAGE_KEY);
    this.change({ signedIn: null, problem });
  }

  // An access token is short-lived and a page stays open for hours, so a refused token is renewed once, unasked.
  readonly fetch = async (url: string, init: RequestInit & { headers: Record<string, string> }): Promise<Response> => {
    const response = await fetch(url, this.authorised(init));
    const before = this.state.signedIn;
    if (response.status !== 401 || !before || hasAuthorization(init.headers)) {
      return response;
    }
    if (!(await this.signIn(before.label))) {
      this.signOut(`The sign-in of ${before.label} is no longer valid.`);
      return response;
    }
    return fetch(url, this.authorised(init));
  };

  private authorised(init: RequestInit & { headers: Record<string, string> }): RequestInit {
    const { signedIn } = this.state;
    if (!signedIn || hasAuthorization(init.headers)) {
      return init;
    }
    return { ...init, headers: { ...init.headers, authorization: `Bearer ${signedIn.token}` } };
  }

  private async requestToken(signIn: SignIn, account: Account): Promise<string> {
    const response = await fetch(this.config.endpoint, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify({ query: signIn.operation, variables: account.variables }),
    });
    const answer = (await response.json()) as GraphQLAnswer;
    const token = valueAt(answer.data, signIn.token_path);
    if (typeof token !== "string" || token === "") {
      throw new Error(answer.errors?.[0]?.message ?? `the answer holds no ${signIn.token_path}`);
    }
    return token;
  }

  private remember(signedIn: SignedIn): void {
    sessionStorage.setItem(STORAGE_KEY, JSON.stringify(signedIn));
    this.change({ signedIn });
  }

  private change(part: Partial<SessionState>): void {
    this.state = { ...this.state, ...part };
    for (const listener of this.listeners) listener();
  }
}

// A header typed into the editor wins over the session.
function hasAuthorization(headers: Record<string, string>): boolean {
  return Object.keys(headers).some((name) => name.toLowerCase() === "authorization");
}
