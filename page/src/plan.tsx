// Enters: the operation in the editor. Leaves: its query plan as text, and for each fetch why it exists.
// Invariant: asking for a plan runs nothing; an older answer never replaces a newer one.

import { useEditorContext, type GraphiQLPlugin } from "@graphiql/react";
import { parse, print } from "graphql";
import { useEffect, useState } from "react";
import type { PageConfig } from "./config";
import { operationNameOf } from "./operation";
import type { Session } from "./session";

interface PlannedFetch {
  id: number;
  service: string;
  operation: string;
  path: string | null;
  reasons: string[];
}

interface Plan {
  text: string;
  fetches: PlannedFetch[];
}

interface PlanProblem {
  message: string;
  locations?: { line: number; column: number }[];
}

interface Planned {
  plan: Plan | null;
  problems: PlanProblem[];
}

const PAUSE_AFTER_TYPING_MS = 350;

function parseVariables(text: string): Record<string, unknown> | null {
  return text.trim() === "" ? null : (JSON.parse(text) as Record<string, unknown>);
}

async function requestPlan(
  config: PageConfig,
  session: Session,
  request: { query: string; operationName: string | null; variables: string },
  signal: AbortSignal,
): Promise<Planned> {
  let variables: Record<string, unknown> | null;
  try {
    variables = parseVariables(request.variables);
  } catch {
    return { plan: null, problems: [{ message: "The variables are not valid JSON." }] };
  }
  const response = await session.fetch(config.plan_endpoint, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify({
      query: request.query,
      operationName: operationNameOf(request.query, request.operationName),
      variables,
    }),
    signal,
  });
  const answer = (await response.json()) as Partial<Plan> & { errors?: PlanProblem[] };
  if (!response.ok || typeof answer.text !== "string") {
    return { plan: null, problems: answer.errors ?? [{ message: `The router answered ${response.status}.` }] };
  }
  return { plan: { text: answer.text, fetches: answer.fetches ?? [] }, problems: [] };
}

function usePlan(config: PageConfig, session: Session): Planned & { stale: boolean } {
  const { tabs, activeTabIndex } = useEditorContext({ nonNull: true });
  const tab = tabs[activeTabIndex];
  const query = tab?.query ?? "";
  const variables = tab?.variables ?? "";
  const operationName = tab?.operationName ?? null;
  const [planned, setPlanned] = useState<Planned>({ plan: null, problems: [] });

  useEffect(() => {
    const abort = new AbortController();
    const timer = setTimeout(() => {
      if (query.trim() === "") {
        setPlanned({ plan: null, problems: [] });
        return;
      }
      requestPlan(config, session, { query, operationName, variables }, abort.signal).then(
        (answer) => {
          if (abort.signal.aborted) return;
          // While someone types, most states don't parse: the last good plan stays, marked as such.
          setPlanned((before) => ({ plan: answer.plan ?? before.plan, problems: answer.problems }));
        },
        (error: unknown) => {
          if (abort.signal.aborted) return;
          const message = error instanceof Error ? error.message : String(error);
          setPlanned((before) => ({ plan: before.plan, problems: [{ message }] }));
        },
      );
    }, PAUSE_AFTER_TYPING_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [config, session, query, operationName, variables]);

  return { ...planned, stale: planned.plan !== null && planned.problems.length > 0 };
}

function Problems({ problems }: { problems: PlanProblem[] }) {
  if (problems.length === 0) return null;
  return (
    <ul className="plan-problems" role="alert">
      {problems.map((problem, index) => (
        <li key={index}>
          {problem.locations?.[0] && <span className="plan-location">line {problem.locations[0].line}</span>}
          {problem.message}
        </li>
      ))}
    </ul>
  );
}

// Fetches are sent without spaces; people read them with.
function readable(operation: string): string {
  try {
    return print(parse(operation));
  } catch {
    return operation;
  }
}

function Reason({ text }: { text: string }) {
  return text.split("`").map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part));
}

function FetchCard({ fetch: planned, number }: { fetch: PlannedFetch; number: number }) {
  return (
    <li className="plan-fetch" data-service={planned.service}>
      <div className="plan-fetch-title">
        <span className="plan-fetch-number">{number}</span>
        <strong>{planned.service}</strong>
        {planned.path ? <span className="plan-fetch-path">at {planned.path}</span> : null}
      </div>
      <ul className="plan-reasons">
        {planned.reasons.map((reason, index) => (
          <li key={index}>
            <Reason text={reason} />
          </li>
        ))}
      </ul>
      <details>
        <summary>What it is asked</summary>
        <pre tabIndex={0}>{readable(planned.operation)}</pre>
      </details>
    </li>
  );
}

function PlanView({ plan, stale }: { plan: Plan; stale: boolean }) {
  const services = new Set(plan.fetches.map((each) => each.service)).size;
  return (
    <div className={stale ? "plan-stale" : undefined}>
      {stale && <p className="plan-note">The last plan that could be made:</p>}
      <p className="plan-note">
        {plan.fetches.length === 0
          ? "The router answers this by itself; no service is asked."
          : `${count(plan.fetches.length, "fetch", "fetches")} to ${count(services, "service", "services")}`}
      </p>
      <ol className="plan-fetches">
        {plan.fetches.map((each, index) => (
          <FetchCard key={each.id} fetch={each} number={index + 1} />
        ))}
      </ol>
      <h3>As text</h3>
      <pre className="plan-text" tabIndex={0}>
        {plan.text}
      </pre>
    </div>
  );
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}

function PlanIcon() {
  return (
    <svg viewBox="0 0 20 20" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      <circle cx="4" cy="10" r="2.25" />
      <circle cx="16" cy="4" r="2.25" />
      <circle cx="16" cy="16" r="2.25" />
      <path d="M6 9 14 5M6 11l8 4" />
    </svg>
  );
}

export function createPlanPlugin(config: PageConfig, session: Session): GraphiQLPlugin {
  function PlanPane() {
    const { plan, problems, stale } = usePlan(config, session);
    return (
      <section className="plan" aria-label="Plan">
        <h2>Plan</h2>
        <Problems problems={problems} />
        {plan && <PlanView plan={plan} stale={stale} />}
        {!plan && problems.length === 0 && <p className="plan-note">Write an operation to see how it is answered.</p>}
      </section>
    );
  }
  return { title: "Plan", icon: PlanIcon, content: PlanPane };
}
