// Times the reference planner. In: a JSON list of {name, supergraph, operation} on standard input. Out: a JSON list of
// {name, milliseconds, fetches, error}; the time is the median of several plannings after one that warms up.
import { readFileSync } from "node:fs";
import { Supergraph, operationFromDocument } from "@apollo/federation-internals";
import { QueryPlanner } from "@apollo/query-planner";
import { parse } from "graphql";

const RUNS = Number(process.argv[2] ?? 5);
const planners = new Map();

function plannerOf(text) {
  if (!planners.has(text)) {
    const supergraph = Supergraph.build(text, { validateSupergraph: false });
    planners.set(text, { planner: new QueryPlanner(supergraph), api: supergraph.apiSchema() });
  }
  return planners.get(text);
}

function countFetches(node) {
  if (!node) return 0;
  if (node.kind === "Fetch") return 1;
  const inner = [node.node, node.ifClause, node.elseClause, ...(node.nodes ?? [])];
  return inner.reduce((total, one) => total + countFetches(one), 0);
}

function measure({ name, supergraph, operation }) {
  try {
    const { planner, api } = plannerOf(supergraph);
    const document = parse(operation);
    let fetches = 0;
    const once = () => {
      const start = performance.now();
      const plan = planner.buildQueryPlan(operationFromDocument(api, document));
      const spent = performance.now() - start;
      fetches = countFetches(plan.node);
      return spent;
    };
    const first = once();
    const times = first > 2000 ? [first] : Array.from({ length: RUNS }, once);
    times.sort((a, b) => a - b);
    return { name, milliseconds: times[Math.floor(times.length / 2)], fetches };
  } catch (error) {
    return { name, error: String(error.message ?? error).split("\n")[0].slice(0, 80) };
  }
}

const cases = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(cases.map(measure)));
