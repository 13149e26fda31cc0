// Composes with the reference. In: JSON lines {id, subgraphs: [{name, sdl}]} on standard input. Out: JSON lines
// {id, errors, hints, api, supergraph, crash}; errors and hints are [code, message] pairs.
const { composeServices } = require("@apollo/composition");
const { lexicographicSortSchema, parse, printSchema } = require("graphql");
const { createInterface } = require("node:readline");

console.log = console.warn = () => {};

function compose({ id, subgraphs }) {
  try {
    const services = subgraphs.map(({ name, sdl }) => ({ name, url: "", typeDefs: parse(sdl) }));
    const result = composeServices(services);
    if (result.errors) {
      return { id, errors: result.errors.map((error) => [error.extensions?.code ?? "", error.message]) };
    }
    const hints = result.hints.map((hint) => [hint.definition.code, hint.message]);
    const api = printSchema(lexicographicSortSchema(result.schema.toAPISchema().toGraphQLJSSchema()));
    return { id, errors: [], hints, api, supergraph: result.supergraphSdl };
  } catch (error) {
    if (error.name === "GraphQLError" && error.message.startsWith("Syntax Error")) {
      return { id, errors: [["INVALID_GRAPHQL", error.message]] };
    }
    return { id, crash: String(error?.message ?? error) };
  }
}

createInterface({ input: process.stdin }).on("line", (line) => {
  if (line) process.stdout.write(`${JSON.stringify(compose(JSON.parse(line)))}\n`);
});
