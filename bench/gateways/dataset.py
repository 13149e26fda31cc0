"""The benchmark's data as SDL and a data set for mock subgraphs.

They are read in place, from ``../shared/bench`` beside the repository or the folder that BENCH_DATA names: the schema,
data and operation of the public federation gateways benchmark, and the answer that two other gateways gave alike.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

SHARED = Path(os.environ.get("BENCH_DATA") or Path(__file__).parents[3] / "shared" / "bench")

_LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", '
    'import: ["@key", "@external", "@requires", "@provides", "@shareable"])\n'
)

SUBGRAPHS = {
    "accounts": _LINK
    + """
type Query { me: User  user(id: ID!): User  users: [User] }
type User @key(fields: "id") { id: ID!  name: String  username: String @shareable  birthday: Int }
""",
    "inventory": _LINK
    + """
type Product @key(fields: "upc") {
  upc: String!
  weight: Int @external
  price: Int @external
  inStock: Boolean
  shippingEstimate: Int @requires(fields: "price weight")
}
""",
    "products": _LINK
    + """
type Query { topProducts(first: Int = 5): [Product] }
type Product @key(fields: "upc") { upc: String!  name: String  price: Int  weight: Int }
""",
    "reviews": _LINK
    + """
type Review @key(fields: "id") { id: ID!  body: String  product: Product  author: User @provides(fields: "username") }
type User @key(fields: "id") { id: ID!  username: String @external  reviews: [Review] }
type Product @key(fields: "upc") { upc: String!  reviews: [Review] }
""",
}


def read_data() -> dict[str, Any]:
    """The benchmark's data as pools of users, products and reviews, with references between them."""
    raw = json.loads((SHARED / "data.json").read_text())
    reviews = raw["reviews"]
    products = [
        {**item, **raw["inventory"][item["upc"]], "reviews": _refs(reviews["byProduct"].get(item["upc"], ()))}
        for item in raw["products"]["products"]
    ]
    users = [{**item, "reviews": _refs(reviews["byUser"].get(item["id"], ()))} for item in raw["accounts"]["users"]]
    return {
        "User": users,
        "Product": products,
        "Review": [
            {
                "id": item["id"],
                "body": item["body"],
                "product": {"$ref": "Product", "upc": item["product"]},
                "author": {"$ref": "User", "id": item["author"]},
            }
            for item in reviews["reviews"]
        ],
        "Query": {
            "me": {"$ref": "User", "id": "1"},
            "user": {"$find": "User"},
            "users": {"$all": "User"},
            "topProducts": {"$all": "Product", "$limit": "first"},
        },
    }


def _refs(ids: Any) -> list[dict[str, str]]:
    return [{"$ref": "Review", "id": item} for item in ids]
