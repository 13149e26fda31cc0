// Enters: what GraphiQL wants to send. Leaves: the router's JSON answer, and a note of its status and time.
// Invariant: an answer that isn't JSON becomes an error that says what came instead.

import type { Fetcher } from "@graphiql/toolkit";
import type { PageConfig } from "./config";
import { operationNameOf } from "./operation";
import type { Session } from "./session";

export interface LastAnswer {
  status: number;
  milliseconds: number;
}

export function createFetcher(
  config: PageConfig,
  session: Session,
  onAnswer: (answer: LastAnswer) => void,
): Fetcher {
  return async (params, options) => {
    const started = performance.now();
    const response = await session.fetch(config.endpoint, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/graphql-response+json, application/json;q=0.9",
        ...(options?.headers as Record<string, string> | undefined),
      },
      body: JSON.stringify({ ...params, operationName: operationNameOf(params.query, params.operationName) }),
    });
    const text = await response.text();
    if (params.operationName !== "IntrospectionQuery") {
      onAnswer({ status: response.status, milliseconds: performance.now() - started });
    }
    try {
      return JSON.parse(text);
    } catch {
      throw new Error(`The router answered ${response.status} without JSON: ${text.slice(0, 300) || "(empty)"}`);
    }
  };
}
