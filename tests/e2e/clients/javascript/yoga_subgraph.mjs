// A subgraph by GraphQL Yoga: reviews, and their authors as a union.
import { createServer } from "node:http";
import { buildSubgraphSchema } from "@apollo/subgraph";
import { parse } from "graphql";
import { createYoga } from "graphql-yoga";

const typeDefs = parse(`
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])
  union Author = Person | Bot
  type Person { name: String! }
  type Bot { version: Int! }
  type Review { stars: Int! author: Author! }
  type Product @key(fields: "id") { id: ID! reviews: [Review!]! }
  type Query { latest: Review }
`);
const reviews = { 1: [{ stars: 5, author: { __typename: "Person", name: "Ada" } }],
  2: [{ stars: 3, author: { __typename: "Bot", version: 7 } }] };
const resolvers = {
  Query: { latest: () => reviews[1][0] },
  Product: {
    __resolveReference({ id }) {
      if (id === "3") throw new Error("no such product");
      return { id };
    },
    reviews: ({ id }) => reviews[id] ?? [],
  },
};
const yoga = createYoga({ schema: buildSubgraphSchema([{ typeDefs, resolvers }]), logging: false });
createServer(yoga).listen(Number(process.argv[2]), "127.0.0.1");
