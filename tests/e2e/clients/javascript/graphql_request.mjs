// graphql-request: a query with variables, several operations in one document, raw answers and errors.
import { GraphQLClient, gql } from "graphql-request";

export async function observe(url, token) {
  const client = new GraphQLClient(url, { headers: { authorization: `Bearer ${token}` } });
  const cards = gql`query Cards($search: String!) { courses(search: $search, first: 2) { totalCount } }`;
  const query = await client.request(cards, { search: "graph" });
  const raw = await client.rawRequest("{ whoami { email } }");
  const wrong = await client.request("{ allCourses { titel } }").catch((error) => ({
    name: error.constructor.name, status: error.response.status, message: error.response.errors[0].message,
  }));
  const missing = await client.request(cards, {}).catch((error) => error.response.errors[0].extensions.code);
  const batch = await client.batchRequests([{ document: "{ __typename }" }, { document: "{ __typename }" }])
    .then((answers) => answers.length, (error) => error.response.status);
  return { query, raw: [raw.status, raw.data], wrong, missing, batch };
}
