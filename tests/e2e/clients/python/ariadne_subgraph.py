"""A subgraph by Ariadne: what is in stock, and what sending it costs by its weight."""

import sys

import uvicorn
from ariadne.asgi import GraphQL
from ariadne.contrib.federation import FederatedObjectType, make_federated_schema

SDL = """
extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@external", "@requires"])

type Query

type Product @key(fields: "id") {
  id: ID!
  weight: Int! @external
  inStock: Boolean!
  shipping: Int! @requires(fields: "weight")
}
"""
product = FederatedObjectType("Product")


@product.reference_resolver
def resolve(_: object, info: object, representation: dict[str, object]) -> dict[str, object]:
    return representation


@product.field("inStock")
def in_stock(item: dict[str, object], info: object) -> bool:
    return item["id"] == "1"


@product.field("shipping")
def shipping(item: dict[str, int], info: object) -> int:
    return item["weight"] * 3


if __name__ == "__main__":
    uvicorn.run(GraphQL(make_federated_schema(SDL, product)), port=int(sys.argv[1]), log_level="warning")
