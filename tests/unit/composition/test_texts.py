"""The texts that composition writes: supergraph SDL and API SDL."""

from __future__ import annotations

import pytest

from router.supergraph.api_schema import api_schema
from router.supergraph.api_text import print_api_schema
from router.supergraph.reader import read_supergraph
from router.supergraph.writer import write_supergraph
from tests.support.supergraph_meaning import differences, meaning_of
from tests.unit.composition.sets import api, composed, supergraph

EVERYTHING = {
    "a": '''
    """
    The query.
    """
    type Query { t("which" id: ID! = 3): T @cost(weight: 2) i: I u: U e(i: In): E c: C @cacheTag(format: "f") }
    interface I @key(fields: "id") { id: ID! }
    "A \\"quoted\\" description"
    type T implements I @key(fields: "id") @key(fields: "id k", resolvable: false) @tag(name: "t") {
      id: ID!
      k: Int! @inaccessible @override(from: "d", label: "l")
      x(n: Int = 1): Int
    }
    type C @key(fields: "id") @context(name: "c") { id: ID! n: String d: D }
    type D @key(fields: "id") { id: ID! f(n: String @fromContext(field: "$c { n }")): Int }
    union U = T | C
    enum E { "first" A B @deprecated(reason: "old") }
    input In { a: Int = 1 b: [Int!] = [1, 2] }
    scalar S @specifiedBy(url: "https://s.dev")
    ''',
    "b": 'type I @interfaceObject @key(fields: "id") { id: ID! z: Int }',
    "c": """
    type T @key(fields: "id") { id: ID! x(n: Int = 1): Int @external y: Int! @requires(fields: "x(n: 2)") }
    """,
    "d": 'type T @key(fields: "id") { id: ID! k: Int! }',
}


def test_a_supergraph_reads_back_as_it_was() -> None:
    written = supergraph(**EVERYTHING)
    text = write_supergraph(written)
    read = read_supergraph(text)
    assert differences(meaning_of(read), meaning_of(written)) == []
    assert write_supergraph(read) == text
    assert '@link(url: "https://specs.apollo.dev/join/v0.5", for: EXECUTION)' in text


def test_definitions_are_sorted_whatever_the_order_of_subgraphs() -> None:
    first, second = composed(**EVERYTHING), composed(**dict(reversed(EVERYTHING.items())))
    assert first.supergraph_sdl == second.supergraph_sdl
    assert first.api_sdl == second.api_sdl


def test_the_api_schema_is_the_supergraph_without_machinery() -> None:
    graph = supergraph(**EVERYTHING)
    schema = api_schema(graph)
    assert schema.directive_definitions == {}
    assert {name for name in schema.types if "__" in name} == set()
    assert "k" not in schema.types["T"].fields  # type: ignore[union-attr]
    assert print_api_schema(schema) == api(**EVERYTHING)


def test_the_api_text_is_sorted_and_described() -> None:
    assert api(
        a="""
        directive @d("n" n: Int, m: Int) on QUERY | FIELD
        "q" type Query { b10: Int b9(z: Int "a" a: Int): Int "bee" b: [E!] @deprecated c: S }
        enum E { Z "ay" A }
        scalar S @specifiedBy(url: "https://s.dev")
        type T implements J & I { x: Int }
        interface I { x: Int }
        interface J { x: Int }
        """
    ) == (
        'directive @d(\n  m: Int\n\n  """n"""\n  n: Int\n) on FIELD | QUERY\n\n'
        'enum E {\n  """ay"""\n  A\n  Z\n}\n\n'
        "interface I {\n  x: Int\n}\n\ninterface J {\n  x: Int\n}\n\n"
        '"""q"""\ntype Query {\n  """bee"""\n  b: [E!] @deprecated\n'
        '  b9(\n    """a"""\n    a: Int\n    z: Int\n  ): Int\n  b10: Int\n  c: S\n}\n\n'
        'scalar S @specifiedBy(url: "https://s.dev")\n\n'
        "type T implements I & J {\n  x: Int\n}\n"
    )


def test_defaults_in_the_api_text_are_coerced() -> None:
    assert "x(a: [[Int]] = [[1]], b: ID = 3, c: Float = 10000000000, d: Float = 1e-7, e: In = {a: 1, b: 2})" in api(
        a="""
        type Query { x(a: [[Int]] = 1, b: ID = "3", c: Float = 1e10, d: Float = 1e-7, e: In = {b: 2}): Int }
        input In { a: Int = 1 b: Int }
        """
    )


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (r'"  a\n    b"', "a\n  b"),
        (r'"\n a \n\n"', "a "),
        (r'"a\r\nb"', "a\nb"),
        (r'"  a"', "  a"),
        (r'" \n "', ""),
        (r'" "', ""),
    ],
)
def test_a_description_reads_as_a_block_string_does(written: str, shown: str) -> None:
    assert supergraph(a=f"{written} type Query {{ q: Int }}").schema.types["Query"].description == shown


def test_an_empty_description_of_the_schema_is_not_shown() -> None:
    assert api(a='"" schema { query: Query } type Query { q: Int }') == "type Query {\n  q: Int\n}\n"
