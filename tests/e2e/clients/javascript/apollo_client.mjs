// Apollo Client, 3 or 4: queries, errors, @defer in parts, and automatic persisted queries by GET.
import { createHash } from "node:crypto";
import { parse } from "graphql";
import { recording } from "./recording.mjs";

// Its name makes the hash of the persisted query one of its own for each of the two.
const cards = (major) => parse(`
  query Cards${major}($search: String!) {
    courses(search: $search, first: 2) { totalCount edges { node { id title instructor { id displayName } } } }
  }
`);
const DEFERRED = parse(`
  query Slow { allCourses { id title ... @defer(label: "teacher") { instructor { id displayName } } } }
`);

async function load(major) {
  const from = (path) => import(`apollo-client-${major}${path}`);
  const core = await from(major === "3" ? "/core/index.js" : "");
  const persisted = await from(major === "3" ? "/link/persisted-queries/index.js" : "/link/persisted-queries");
  const incremental = major === "3" ? {} : await from("/incremental");
  return { ...core, ...persisted, ...incremental };
}

function describe(error) {
  // Version 3 takes an answer of status 400 for an error of the network; GraphQL's errors are within.
  const errors = error.networkError?.result?.errors ?? error.graphQLErrors ?? error.errors ?? [];
  return { messages: errors.map((each) => each.message), codes: errors.map((each) => each.extensions?.code) };
}

export async function observe(url, token, major) {
  const apollo = await load(major);
  const make = (link) =>
    new apollo.ApolloClient({
      cache: new apollo.InMemoryCache(),
      link,
      ...(major === "3" ? {} : { incrementalHandler: new apollo.Defer20220824Handler() }),
    });
  const plain = recording();
  const headers = { authorization: `Bearer ${token}` };
  const connect = () => make(new apollo.HttpLink({ uri: url, fetch: plain.fetch, headers }));
  const client = connect();
  const query = await client.query({ query: cards(major), variables: { search: "graph" } });
  const again = await client.query({ query: cards(major), variables: { search: "graph" } });
  const requests = plain.seen.length;
  const mutation = await client.mutate({
    mutation: parse(`mutation { tokenAuth(username: "student1@learn.test", password: "learn-graphs-together") {
      accessToken } }`),
  });
  const error = await client.query({ query: parse("{ allCourses { titel } }") }).then(() => null, describe);
  const parts = await new Promise((resolve, reject) => {
    const found = [];
    connect().watchQuery({ query: DEFERRED, fetchPolicy: "network-only" }).subscribe({
      next(result) {
        const course = result.data?.allCourses?.[0];
        if (course === undefined) return;
        found.push({ title: course.title, teacher: course.instructor?.displayName ?? null });
        if (course.instructor !== undefined && !result.loading && result.networkStatus === 7) resolve(found);
      },
      error: reject,
    });
  });
  const deferred = plain.seen.at(-1).type;
  const hashed = recording();
  return { query: query.data, cached: again.data !== undefined && requests === 1, mutation: mutation.data, error, parts,
    deferred, persisted: await persist(apollo, major, make, url, hashed) };
}

async function persist(apollo, major, make, url, hashed) {
  const options = { sha256: (text) => createHash("sha256").update(text).digest("hex"), useGETForHashedQueries: true };
  const linkOf = major === "3" ? apollo.createPersistedQueryLink : (given) => new apollo.PersistedQueryLink(given);
  const client = make(linkOf(options).concat(new apollo.HttpLink({ uri: url, fetch: hashed.fetch })));
  const answers = [];
  for (const search of ["graph", "python"]) {
    answers.push((await client.query({ query: cards(major), variables: { search } })).data.courses.totalCount);
  }
  return { answers, sent: hashed.seen.map(({ method, status }) => `${method} ${status}`) };
}
