// urql's core: a query with variables, a mutation, errors, and a deferred fragment.
import { Client, fetchExchange, gql } from "@urql/core";
import { recording } from "./recording.mjs";

export async function observe(url, token) {
  const { fetch, seen } = recording();
  const fetchOptions = { headers: { authorization: `Bearer ${token}` } };
  const client = new Client({ url, fetch, fetchOptions, exchanges: [fetchExchange], preferGetMethod: false });
  const cards = gql`query Cards($search: String!) { courses(search: $search, first: 2) { totalCount } }`;
  const query = await client.query(cards, { search: "graph" }).toPromise();
  const by_get = await client.query(cards, { search: "python" }, { preferGetMethod: "force" }).toPromise();
  const wrong = await client.query(gql`{ allCourses { titel } }`, {}).toPromise();
  const mutation = await client
    .mutation(gql`mutation ($name: String!) { tokenAuth(username: $name, password: "wrong-password") { accessToken } }`, {
      name: "student2@learn.test",
    })
    .toPromise();
  const deferred = await client.query(gql`{ allCourses { title ... @defer { instructor { displayName } } } }`, {});
  return {
    query: query.data,
    by_get: by_get.data,
    wrong: wrong.error.graphQLErrors.map((error) => error.message),
    mutation: mutation.error.graphQLErrors.map((error) => error.extensions.code),
    deferred: deferred.data.allCourses[0].instructor,
    methods: seen.map(({ method }) => method),
  };
}
