"""A subgraph by Graphene with graphene-federation: prices."""

import json
import sys

import uvicorn
from graphene import ID, Float, ObjectType, String
from graphene import Field as OutputField
from graphene_federation import LATEST_VERSION, build_schema, key
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route


@key("id")
class Product(ObjectType):
    id = ID(required=True)
    price = Float()

    def resolve_price(self, info: object) -> float:
        return int(self.id) * 9.5

    def __resolve_reference(self, info: object) -> "Product":
        return self


class Query(ObjectType):
    cheapest = OutputField(Product)
    currency = String()

    def resolve_cheapest(self, info: object) -> Product:
        return Product(id="1")

    def resolve_currency(self, info: object) -> str:
        return "EUR"


schema = build_schema(query=Query, types=(Product,), federation_version=LATEST_VERSION)


async def answer(request: Request) -> JSONResponse:
    asked = json.loads(await request.body())
    result = await schema.execute_async(asked["query"], variable_values=asked.get("variables"))
    return JSONResponse(result.formatted)


if __name__ == "__main__":
    app = Starlette(routes=[Route("/", answer, methods=["POST"])])
    uvicorn.run(app, port=int(sys.argv[1]), log_level="warning")
