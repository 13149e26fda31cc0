// Relay: its compiler on the API schema, and its runtime with what the compiler wrote.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const { Environment, Network, RecordSource, Store, fetchQuery } = createRequire(import.meta.url)("relay-runtime");
const SOURCE = `
const { graphql } = require("relay-runtime");
module.exports.cards = graphql\`
  query sourceCardsQuery($first: Int!, $after: String) {
    courses(first: $first, after: $after) {
      edges { cursor node { ...source_card } }
      pageInfo { hasNextPage endCursor }
    }
  }
\`;
graphql\`fragment source_card on Course { id title instructor { displayName } }\`;
`;

export async function observe(url, token, schema, folder) {
  mkdirSync(join(folder, "src"));
  writeFileSync(join(folder, "src", "source.js"), SOURCE);
  writeFileSync(join(folder, "relay.config.json"), JSON.stringify({ src: "./src", schema, language: "javascript" }));
  const compiler = join(import.meta.dirname, "node_modules", ".bin", "relay-compiler");
  const compiled = spawnSync(compiler, ["relay.config.json"], { cwd: folder, encoding: "utf8" });
  if (compiled.status !== 0) throw new Error(compiled.stdout + compiled.stderr);
  const generated = join(folder, "src", "__generated__");
  const query = createRequire(import.meta.url)(join(generated, "sourceCardsQuery.graphql.js"));
  const send = async ({ text }, variables) => {
    const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
    return (await fetch(url, { method: "POST", headers, body: JSON.stringify({ query: text, variables }) })).json();
  };
  const environment = new Environment({ network: Network.create(send), store: new Store(new RecordSource()) });
  const first = await fetchQuery(environment, query, { first: 1 }).toPromise();
  const { endCursor, hasNextPage } = first.courses.pageInfo;
  const second = await fetchQuery(environment, query, { first: 1, after: endCursor }).toPromise();
  const titles = [first, second].map((page) => page.courses.edges.map(({ node }) => environment.getStore().getSource()
    .get(node.__id).title));
  return { artifacts: readdirSync(generated).sort(), hasNextPage, titles };
}
