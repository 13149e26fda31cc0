// Runs the GraphQL over HTTP server audit without a socket: each request is a line of JSON on standard output,
// each response a line of JSON on standard input. The last line holds the results.
import { createInterface } from "node:readline";
import { auditServer } from "graphql-http";

const waiting = new Map();
let last = 0;

createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, status, headers, body } = JSON.parse(line);
  waiting.get(id)(new Response(body, { status, headers }));
  waiting.delete(id);
});

function write(message) {
  process.stdout.write(JSON.stringify(message) + "\n");
}

function fetchFn(url, init = {}) {
  const id = (last += 1);
  const { method = "GET", headers = {}, body = null } = init;
  write({ id, url: String(url), method, headers: Object.fromEntries(new Headers(headers)), body });
  return new Promise((resolve) => waiting.set(id, resolve));
}

const results = await auditServer({ url: process.argv[2], fetchFn });
write({ results: results.map(({ id, name, status, reason }) => ({ id, name, status, reason })) });
process.exit(0);
