"""Root types get their default names, unless another type has one."""

import pytest

from router.type_system.model import ObjectType
from tests.unit.federation.subgraphs import QUERY, built, codes, linked

HEAD = linked("2.9", "@key")


@pytest.mark.parametrize(
    ("sdl", "code"),
    [
        ("schema { query: Q } type Q { a: Int } type Query { b: Int }", "ROOT_QUERY_USED"),
        ("schema { query: Q } type Q { a: Int } interface Query { b: Int }", "ROOT_QUERY_USED"),
        ("extend schema { mutation: M } type M { a: Int } type Mutation { b: Int }" + QUERY, "ROOT_MUTATION_USED"),
        (
            "extend schema { subscription: S } type S { a: Int } type Subscription { b: Int }" + QUERY,
            "ROOT_SUBSCRIPTION_USED",
        ),
    ],
)
def test_a_default_name_that_is_used_otherwise(sdl: str, code: str) -> None:
    assert codes(HEAD + sdl) == {code}


def test_roots_are_renamed_with_all_references() -> None:
    schema = built(
        HEAD + "schema { query: Q mutation: M } type Q { a: [Q!]! } type M { m: Q } type T { q: Q! } union U = Q"
    ).schema
    assert schema.roots == {"query": "Query", "mutation": "Mutation"}
    query, mutation, other = (schema.types[name] for name in ("Query", "Mutation", "T"))
    assert isinstance(query, ObjectType)
    assert isinstance(mutation, ObjectType)
    assert isinstance(other, ObjectType)
    assert query.name == "Query"
    assert str(query.fields["a"].type) == "[Query!]!"
    assert str(mutation.fields["m"].type) == "Query"
    assert str(other.fields["q"].type) == "Query!"


def test_default_names_are_roots_beside_a_schema_definition_without_them() -> None:
    schema = built(HEAD + "schema { query: Q } type Q { a: Int } type Mutation { m: Int }").schema
    assert schema.roots == {"query": "Query", "mutation": "Mutation"}


def test_a_query_root_of_service_fields_only_is_left_out() -> None:
    schema = built(HEAD + "type Query { _service: _Service! } type _Service { sdl: String } type T { a: Int }").schema
    assert schema.roots == {}
    assert set(schema.types) == {"T"}
