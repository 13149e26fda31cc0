"""The running product, asked by a client library that others wrote: `gql`, over HTTP."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gql import Client, GraphQLRequest, gql
from gql.dsl import DSLQuery, DSLSchema, dsl_gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.httpx import HTTPXAsyncTransport, HTTPXTransport
from graphql import GraphQLError, GraphQLObjectType

from tests.support.launched import Launched, sign_in

pytestmark = pytest.mark.e2e
OPERATIONS = Path(__file__).with_name("client_operations.graphql").read_text(encoding="utf-8")
REGISTERED = {"email": "gql@learn.test", "password": "another-long-enough-secret"}


def client_of(product: Launched, email: str | None = None, *, fetch_schema: bool = False) -> Client:
    headers = {} if email is None else {"authorization": f"Bearer {sign_in(product.url, email)}"}
    transport = HTTPXTransport(f"{product.url}/graphql", headers=headers)
    return Client(transport=transport, fetch_schema_from_transport=fetch_schema)


def ask(client: Client, operation: str, **variables: Any) -> Any:
    request = gql(OPERATIONS)
    return client.execute(GraphQLRequest(request, variable_values=variables, operation_name=operation))


@pytest.fixture(scope="module")
def with_schema(product: Launched) -> Iterator[Client]:
    """A client that knows the schema by introspection, and checks every operation before it sends it."""
    client = client_of(product, fetch_schema=True)
    with client:
        yield client


def test_a_query_of_a_file_with_variables(product: Launched) -> None:
    found = ask(client_of(product), "FindCourses", search="graph", first=2)["courses"]
    assert found["totalCount"] == 2
    assert [edge["node"] for edge in found["edges"]] == [
        {"__typename": "Course", "title": title, "instructor": {"displayName": "Ivan Instructor"}}
        for title in ("Introduction to GraphQL", "Federated graphs in practice")
    ]


def test_a_mutation_and_the_typed_error_of_its_repetition(product: Launched) -> None:
    client = client_of(product)
    assert ask(client, "Register", **REGISTERED) == {"createUser": {"email": "gql@learn.test", "role": "STUDENT"}}
    with pytest.raises(TransportQueryError) as caught:
        ask(client, "Register", **REGISTERED)
    assert caught.value.errors is not None
    assert caught.value.errors[0]["extensions"]["code"] == "EMAIL_TAKEN"
    assert caught.value.errors[0]["path"] == ["createUser"]
    variables = {"username": REGISTERED["email"], "password": REGISTERED["password"]}
    assert ask(client, "SignIn", **variables)["tokenAuth"]["accessToken"].count(".") == 2


def test_a_caller_is_known_by_a_token(product: Launched) -> None:
    assert ask(client_of(product), "WhoAmI", withCourses=False) == {"whoami": None}
    found = ask(client_of(product, "student1@learn.test"), "WhoAmI", withCourses=True)["whoami"]
    assert (found["email"], found["role"]) == ("student1@learn.test", "STUDENT")
    assert {enrollment["course"]["title"] for enrollment in found["enrollments"]} >= {"Introduction to GraphQL"}


def test_the_schema_of_introspection_refuses_a_wrong_operation_before_it_is_sent(with_schema: Client) -> None:
    assert with_schema.schema is not None
    course = with_schema.schema.get_type("Course")
    assert isinstance(course, GraphQLObjectType)
    assert {"title", "instructor", "students"} <= set(course.fields)
    with pytest.raises(GraphQLError, match=r"Cannot query field 'titel' on type 'Course'\. Did you mean 'title'\?"):
        with_schema.session.execute(gql("{ allCourses { titel } }"))


def test_operations_built_from_the_schema(with_schema: Client) -> None:
    assert with_schema.schema is not None
    schema = DSLSchema(with_schema.schema)
    built = dsl_gql(DSLQuery(schema.Query.allCourses.select(schema.Course.title)))
    titles = [course["title"] for course in with_schema.session.execute(built)["allCourses"]]
    assert "Introduction to GraphQL" in titles


@pytest.mark.parametrize(
    ("operation", "variables", "told"),
    [
        ("{ allCourses { titel } }", {}, "Did you mean 'title'?"),
        ("query ($n: Int!) { courses(first: $n) { totalCount } }", {"n": "two"}, "Variable '$n' has invalid value"),
        ("query A { __typename } query B { __typename }", {}, "it has 'A', 'B'"),
    ],
)
def test_what_is_refused_is_a_graphql_error_for_the_client(
    product: Launched, operation: str, variables: dict[str, Any], told: str
) -> None:
    with pytest.raises(TransportQueryError) as caught:
        client_of(product).execute(GraphQLRequest(gql(operation), variable_values=variables))
    assert caught.value.errors is not None
    assert told in caught.value.errors[0]["message"]


def test_a_bad_token_is_told_by_its_code(product: Launched) -> None:
    transport = HTTPXTransport(f"{product.url}/graphql", headers={"authorization": "Bearer a.b.c"})
    with pytest.raises(TransportQueryError) as caught:
        Client(transport=transport).execute(gql("{ __typename }"))
    assert caught.value.errors is not None
    assert caught.value.errors[0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_many_at_once_over_one_session(product: Launched) -> None:
    client = Client(transport=HTTPXAsyncTransport(f"{product.url}/graphql"))
    request = GraphQLRequest(
        gql(OPERATIONS), variable_values={"search": "graph", "first": 1}, operation_name="FindCourses"
    )
    async with client as session:
        answers = await asyncio.gather(*(session.execute(request) for _ in range(20)))
    assert [answer["courses"]["totalCount"] for answer in answers] == [2] * 20
