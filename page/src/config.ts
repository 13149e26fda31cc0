// Enters: the router's page/config.json. Leaves: a typed PageConfig, or an error a person can read.
// Invariant: nothing else in the page knows an address; all of them come from here.

export interface Account {
  label: string;
  variables: Record<string, unknown>;
}

export interface SignIn {
  operation: string;
  token_path: string;
  accounts: Account[];
}

export interface Example {
  name: string;
  query: string;
  variables: Record<string, unknown> | null;
  account: string | null;
}

export interface PageConfig {
  endpoint: string;
  plan_endpoint: string;
  sign_in: SignIn | null;
  examples: Example[];
}

export async function loadConfig(): Promise<PageConfig> {
  const response = await fetch("page/config.json", { headers: { accept: "application/json" } });
  if (!response.ok) {
    throw new Error(`The router answered ${response.status} for page/config.json.`);
  }
  const config = (await response.json()) as Partial<PageConfig>;
  if (!config.endpoint || !config.plan_endpoint) {
    throw new Error("page/config.json names no endpoint.");
  }
  return {
    endpoint: config.endpoint,
    plan_endpoint: config.plan_endpoint,
    sign_in: config.sign_in ?? null,
    examples: config.examples ?? [],
  };
}

export function variablesText(example: Example): string {
  return example.variables ? JSON.stringify(example.variables, null, 2) : "";
}
