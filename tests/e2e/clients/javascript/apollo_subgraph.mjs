// A subgraph by Apollo Server and @apollo/subgraph: products.
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { buildSubgraphSchema } from "@apollo/subgraph";
import { parse } from "graphql";

const products = [{ id: "1", name: "Pencil", weight: 2 }, { id: "2", name: "Desk", weight: 40 }];
const typeDefs = parse(`
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@tag"])
  type Query { products: [Product!]! }
  type Mutation { rename(id: ID!, name: String!): Product }
  type Product @key(fields: "id") { id: ID! name: String! @tag(name: "public") weight: Int! }
`);
const find = (id) => products.find((product) => product.id === id) ?? null;
const resolvers = {
  Query: { products: () => products },
  Mutation: { rename: (_, { id, name }) => ({ ...find(id), name }) },
  Product: { __resolveReference: ({ id }) => find(id) },
};
const server = new ApolloServer({ schema: buildSubgraphSchema([{ typeDefs, resolvers }]) });
await startStandaloneServer(server, { listen: { port: Number(process.argv[2]), host: "127.0.0.1" } });
