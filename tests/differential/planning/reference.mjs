// Plans with the reference planner. In: JSON lines on standard input, {name, supergraph} to make a supergraph known, or
// {name, operation, labels, defer} to plan. Out: one JSON line for each operation, {plan} or {error}, where a plan is
// nested lists: ["fetch", service, operation], ["sequence" | "parallel" | "branch" | "defer" | "subscription", ...].
import { createInterface } from "node:readline";
import { ROUTER_SUPPORTED_SUPERGRAPH_FEATURES, Supergraph, operationFromDocument } from "@apollo/federation-internals";
import { QueryPlanner } from "@apollo/query-planner";
import { parse } from "graphql";

console.warn = console.log = () => {};
const supergraphs = new Map();
const planners = new Map();

function plannerOf(name, defer) {
  const key = `${name} ${defer}`;
  if (!planners.has(key)) {
    if (planners.size > 8) planners.delete(planners.keys().next().value);
    const supergraph = Supergraph.build(supergraphs.get(name), {
      supportedFeatures: ROUTER_SUPPORTED_SUPERGRAPH_FEATURES,
      validateSupergraph: false,
    });
    const planner = new QueryPlanner(supergraph, { incrementalDelivery: { enableDefer: defer } });
    planners.set(key, { planner, api: supergraph.apiSchema(), full: supergraph });
  }
  return planners.get(key);
}

function reduce(node) {
  switch (node?.kind) {
    case undefined:
      return null;
    case "Fetch":
      return ["fetch", node.serviceName, node.operation];
    case "Flatten":
      return reduce(node.node);
    case "Sequence":
      return ["sequence", ...node.nodes.map(reduce)];
    case "Parallel":
      return ["parallel", ...node.nodes.map(reduce)];
    case "Condition":
      return ["branch", reduce(node.ifClause), reduce(node.elseClause)];
    case "Defer":
      return ["defer", reduce(node.primary.node), ...node.deferred.map((part) => reduce(part.node))];
    case "Subscription":
      return ["subscription", reduce(node.primary), reduce(node.rest)];
    default:
      throw new Error(`unknown node ${node.kind}`);
  }
}

function plan({ name, operation, labels, defer }) {
  try {
    const { planner, api } = plannerOf(name, defer);
    const schema = defer ? apiWithDefer(name) : api;
    const asked = operationFromDocument(schema, parse(operation), { hasDefer: defer });
    const overrideConditions = new Map((labels ?? []).map((label) => [label, true]));
    return { plan: reduce(planner.buildQueryPlan(asked, { overrideConditions }).node) };
  } catch (error) {
    return { error: String(error?.message ?? error).slice(0, 400) };
  }
}

const withDefer = new Map();

function apiWithDefer(name) {
  if (!withDefer.has(name)) {
    withDefer.clear();
    withDefer.set(name, plannerOf(name, true).full.apiSchema({ includeDefer: true }));
  }
  return withDefer.get(name);
}

createInterface({ input: process.stdin }).on("line", (line) => {
  const message = JSON.parse(line);
  if (message.supergraph !== undefined) supergraphs.set(message.name, message.supergraph);
  else process.stdout.write(`${JSON.stringify(plan(message))}\n`);
});
