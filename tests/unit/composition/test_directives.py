"""Which directives the supergraph carries, under which names, and how their applications combine."""

from __future__ import annotations

import pytest

from router.composition.compose import compose
from router.type_system.model import AppliedDirective, ObjectType
from tests.unit.composition.sets import api, composed, definition, errors, federated, hints, supergraph

FEDERATION = "https://specs.apollo.dev/federation/v2.9"


def linked(imports: str, sdl: str) -> str:
    return f'extend schema @link(url: "{FEDERATION}", import: [{imports}])\n{sdl}'


def applied(field: str, **subgraphs: str) -> tuple[AppliedDirective, ...]:
    query = definition("Query", **subgraphs)
    assert isinstance(query, ObjectType)
    return query.fields[field].directives


def test_repeatable_directives_are_a_set() -> None:
    found = applied(
        "x",
        a='type Query @shareable { x: Int @tag(name: "1") @tag(name: "2") }',
        b='type Query @shareable { x: Int @tag(name: "2") @tag(name: "3") }',
    )
    assert [directive.arguments["name"] for directive in found] == ["1", "2", "3"]


def test_the_most_frequent_application_wins() -> None:
    sets = {
        "a": 'type Query @shareable { x: Int @deprecated(reason: "r") }',
        "b": "type Query @shareable { x: Int @deprecated }",
        "c": 'type Query @shareable { x: Int @deprecated(reason: "No longer supported") }',
    }
    assert applied("x", **sets) == (AppliedDirective("deprecated"),)
    assert hints(**sets) == {"INCONSISTENT_NON_REPEATABLE_DIRECTIVE_ARGUMENTS"}


def test_costs_and_list_sizes_combine() -> None:
    found = applied(
        "x",
        a='type Query @shareable { x(n: Int m: Int): [Int] @cost(weight: 2) @listSize(slicingArguments: ["n"]) }',
        b="type Query @shareable { x(n: Int m: Int): [Int] @cost(weight: 5)"
        ' @listSize(assumedSize: 3, slicingArguments: ["m"], requireOneSlicingArgument: false) }',
    )
    assert {directive.name: dict(directive.arguments) for directive in found} == {
        "cost": {"weight": 5},
        "listSize": {"assumedSize": 3, "slicingArguments": ("n", "m"), "requireOneSlicingArgument": False},
    }


def test_only_features_in_use_are_linked() -> None:
    graph = supergraph(a='type Query { x: Int @tag(name: "t") y: Int @authenticated }')
    assert [(feature.identity, feature.version, feature.purpose) for feature in graph.features] == [
        ("https://specs.apollo.dev/tag", (0, 3), None),
        ("https://specs.apollo.dev/authenticated", (0, 1), "SECURITY"),
    ]
    assert set(graph.schema.directive_definitions) == {"tag", "authenticated"}


def test_a_directive_keeps_the_name_that_subgraphs_give_it() -> None:
    renamed = linked('{name: "@tag", as: "@label"}', 'type Query { x: Int @label(name: "t") }')
    graph = compose({"a": renamed}).supergraph
    assert graph is not None
    assert [dict(feature.imports) for feature in graph.features] == [{"@tag": "@label"}]
    assert set(graph.schema.directive_definitions) == {"label"}
    plain = linked('"@tag"', 'type Query { y: Int @tag(name: "t") }')
    assert {error.code for error in compose({"a": renamed, "b": plain}).errors} == {"LINK_IMPORT_NAME_MISMATCH"}
    unused = linked('"@tag"', "type Query { y: Int }")
    assert compose({"a": renamed, "b": unused}).errors == ()


def test_a_feature_whose_name_is_taken_gets_an_alias() -> None:
    swapped = linked(
        '{name: "@tag", as: "@inaccessible"}, {name: "@inaccessible", as: "@tag"}',
        'type Query { x: Int @inaccessible(name: "t") y: Int @tag }',
    )
    composition = compose({"a": swapped})
    assert composition.supergraph is not None
    assert [(feature.name, dict(feature.imports)) for feature in composition.supergraph.features] == [
        ("_0tag", {"@tag": "@inaccessible"}),
        ("_1inaccessible", {"@inaccessible": "@tag"}),
    ]
    assert composition.api_sdl == "type Query {\n  x: Int\n}\n"


def test_cache_tags_are_carried_as_join_directives() -> None:
    graph = supergraph(
        a='type Query { x: Int @cacheTag(format: "f") }',
        b='type Query { y: Int @cacheTag(format: "g") }',
    )
    (carried,) = graph.joins["Query"].directives["x"]
    assert carried.graphs == ("A",)
    assert carried.directive == AppliedDirective("federation__cacheTag", {"format": "f"})


def test_contexts_are_named_by_subgraph() -> None:
    graph = supergraph(
        a="""
        type Query { t: T }
        type T @key(fields: "id") @context(name: "c") { id: ID! n: String! u: U! }
        type U @key(fields: "id") { id: ID! f(n: String @fromContext(field: "$c { n }") m: Int): Int }
        """
    )
    assert graph.schema.types["T"].directives == (AppliedDirective("context", {"name": "a__c"}),)
    assert list(graph.schema.types["U"].fields["f"].arguments) == ["m"]  # type: ignore[union-attr]
    (join,) = graph.joins["U"].fields["f"]
    (argument,) = join.context_arguments
    assert (argument.name, str(argument.type), argument.context, argument.selection) == (
        "n",
        "String",
        "a__c",
        " { n }",
    )


def contextual(there: str) -> dict[str, str]:
    return {
        "a": 'type Query { t: T } type T @key(fields: "id") @context(name: "c") { id: ID! n: String u: U } '
        'type U @key(fields: "id") { id: ID! f(n: String @fromContext(field: "$c { n }")): Int @shareable }',
        "b": f'type U @key(fields: "id") {{ id: ID! f{there}: Int @shareable }}',
    }


def test_a_contextual_argument_is_contextual_everywhere_or_optional() -> None:
    code = "CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS"
    assert errors(**contextual("(n: String!)")) == {code}
    assert hints(**contextual("(n: String)")) == {code}
    assert hints(**contextual("")) == set()


def test_executable_directives_are_those_of_all_subgraphs() -> None:
    sets = {
        "a": '"what" directive @d(n: Int! = 1) repeatable on FIELD | QUERY | OBJECT '
        "directive @e on FIELD type Query { x: Int }",
        "b": "directive @d(n: Int = 1) on FIELD | MUTATION directive @f on OBJECT type Query { y: Int }",
    }
    assert '"""what"""\ndirective @d(n: Int! = 1) on FIELD\n' in api(**sets)
    assert hints(**sets) == {
        "INCONSISTENT_EXECUTABLE_DIRECTIVE_REPEATABLE",
        "INCONSISTENT_EXECUTABLE_DIRECTIVE_LOCATIONS",
        "INCONSISTENT_EXECUTABLE_DIRECTIVE_PRESENCE",
        "INCONSISTENT_BUT_COMPATIBLE_ARGUMENT_TYPE",
    }
    assert hints(a="directive @d on FIELD type Query { x: Int }", b="directive @d on QUERY type Query { y: Int }") == {
        "NO_EXECUTABLE_DIRECTIVE_INTERSECTION"
    }


def custom(
    *, version: str = "v1.0", imports: str = '"@foo"', composes: str = '"@foo"', name: str = "foo", extra: str = ""
) -> str:
    compose_it = f"@composeDirective(name: {composes})" if composes else ""
    return federated(
        f'extend schema @link(url: "https://x.dev/foo/{version}", import: [{imports}]) {compose_it} '
        f"directive @{name}(n: Int = 1) repeatable on FIELD_DEFINITION {extra} "
        f"type Query @shareable {{ x: Int @{name} }}"
    )


def codes(*sdls: str) -> set[str]:
    return {error.code.value for error in compose({f"s{index}": sdl for index, sdl in enumerate(sdls)}).errors}


def test_a_composed_directive_comes_with_its_feature() -> None:
    composition = compose({"a": custom(version="v1.2"), "b": custom(composes="", version="v1.0")})
    assert composition.supergraph is not None
    assert [(f.identity, f.version, dict(f.imports)) for f in composition.supergraph.features] == [
        ("https://x.dev/foo", (1, 2), {"@foo": "@foo"})
    ]
    assert "foo" in composition.supergraph.schema.directive_definitions
    assert composition.api_sdl == "type Query {\n  x: Int\n}\n"


@pytest.mark.parametrize(
    "sdls",
    [
        pytest.param([custom(composes="null")], id="no name"),
        pytest.param([custom(composes='"foo"')], id="no @"),
        pytest.param([custom(composes='"@bar"')], id="not defined"),
        pytest.param([custom(imports="", composes='"@bar"', name="bar")], id="no feature's"),
        pytest.param([custom(composes='"@key"')], id="federation's own"),
        pytest.param([custom(version="v1.0"), custom(version="v2.0")], id="major versions"),
        pytest.param([custom(), custom().replace("x.dev/foo", "x.dev/bar")], id="two features, one name"),
        pytest.param(
            [custom(), custom(imports='{name: "@foo", as: "@bar"}', composes='"@bar"', name="bar")], id="two names"
        ),
        pytest.param(
            [custom(), custom(version="v1.1", imports='"@bar"', composes='"@bar"', name="bar")],
            id="the newest version lacks it",
        ),
    ],
)
def test_compositions_of_directives_at_fault(sdls: list[str]) -> None:
    assert codes(*sdls) == {"DIRECTIVE_COMPOSITION_ERROR"}


def test_hints_about_composed_directives() -> None:
    assert hints(a='extend schema @composeDirective(name: "@tag") type Query { x: Int @tag(name: "t") }') == {
        "DIRECTIVE_COMPOSITION_INFO"
    }
    majors = compose({"a": custom(version="v1.0"), "b": custom(version="v2.0", composes="")})
    assert {hint.code.value for hint in majors.hints} == {"DIRECTIVE_COMPOSITION_INFO"}
    renamed = custom(imports='{name: "@foo", as: "@bar"}', composes="", name="bar")
    assert {hint.code.value for hint in compose({"a": custom(), "b": renamed}).hints} == {"DIRECTIVE_COMPOSITION_WARN"}


def test_a_feature_of_a_newer_federation_upgrades_the_subgraph() -> None:
    sdl = """
    extend schema @link(url: "https://specs.apollo.dev/federation/v2.0")
      @link(url: "https://specs.apollo.dev/cost/v0.1", import: ["@cost"])
    type Query { x: Int @cost(weight: 3) }
    """
    assert {hint.code.value for hint in compose({"a": sdl}).hints} == {"IMPLICITLY_UPGRADED_FEDERATION_VERSION"}


def test_schema_elements_merge() -> None:
    composition = composed(
        a='"one" schema @tag(name: "s") { query: Query } type Query { x: Int }',
        b='extend schema @tag(name: "t") type Query { y: Int }',
    )
    assert composition.supergraph is not None
    assert composition.supergraph.schema.description == "one"
    assert [directive.arguments["name"] for directive in composition.supergraph.schema.directives] == ["s", "t"]
    assert composition.api_sdl is not None
    assert composition.api_sdl.startswith('"""one"""\nschema {\n  query: Query\n}\n')


def test_a_custom_directive_is_carried_where_a_composing_subgraph_applies_it() -> None:
    feature = '@link(url: "https://x.dev/foo/v1.0", import: ["@foo"])'
    composing = f'extend schema {feature} @composeDirective(name: "@foo") directive @foo on FIELD_DEFINITION '
    plain = f"extend schema {feature} directive @foo on FIELD_DEFINITION "
    sets = {
        "a": composing + "type Query @shareable { x: Int @foo y: Int }",
        "b": plain + "type Query @shareable { x: Int y: Int @foo }",
    }
    assert applied("x", **sets) == (AppliedDirective("foo"),)
    assert applied("y", **sets) == ()


def test_a_definition_is_found_by_its_name_in_the_feature() -> None:
    composition = compose(
        {
            "a": custom(imports='"@foo"', version="v1.0"),
            "b": federated(
                'extend schema @link(url: "https://x.dev/foo/v1.1", import: ["@bar"]) @composeDirective(name: "@bar") '
                "directive @bar on FIELD_DEFINITION directive @foo(n: Int = 1, m: Int) on FIELD_DEFINITION "
                "type Query @shareable { x: Int @bar }"
            ),
        }
    )
    assert composition.supergraph is not None
    assert list(composition.supergraph.schema.directive_definitions["foo"].arguments) == ["n", "m"]


@pytest.mark.parametrize(
    ("definitions", "reason"),
    [
        (("on OBJECT", None, "on FIELD"), "INCONSISTENT_EXECUTABLE_DIRECTIVE_PRESENCE"),
        (("on OBJECT", "on FIELD", "on FIELD"), "NO_EXECUTABLE_DIRECTIVE_INTERSECTION"),
        (("on FIELD", "on OBJECT", None), "NO_EXECUTABLE_DIRECTIVE_INTERSECTION"),
        (("on OBJECT", "on FIELD", None), "NO_EXECUTABLE_DIRECTIVE_INTERSECTION"),
    ],
)
def test_the_first_reason_to_leave_an_executable_directive_out_is_told(
    definitions: tuple[str | None, ...], reason: str
) -> None:
    sets = {
        name: f"{f'directive @d {where}' if where else ''} type Query {{ {name}: Int }}"
        for name, where in zip("abc", definitions, strict=True)
    }
    assert hints(**sets) == {reason}


def composing(origin: str, imported: str, name: str, field: str) -> str:
    return linked(
        '"@composeDirective"',
        f'extend schema @link(url: "https://{origin}/foo/v1.0", import: [{imported}])'
        f' @composeDirective(name: "@{name}")'
        f" directive @{name} on FIELD_DEFINITION type Query {{ {field}: Int @{name} }}",
    )


def test_features_of_one_name_are_told_apart() -> None:
    composition = compose(
        {"a": composing("x.dev", '"@foo"', "foo", "a"), "b": composing("y.dev", '"@bar"', "bar", "b")}
    )
    assert composition.supergraph is not None
    assert [(feature.identity, feature.name) for feature in composition.supergraph.features] == [
        ("https://x.dev/foo", "foo"),
        ("https://y.dev/foo", "_0foo"),
    ]


def test_a_composed_directive_does_not_take_a_name_of_the_supergraph() -> None:
    composition = compose({"a": composing("x.dev", '{name: "@foo", as: "@join__foo"}', "join__foo", "a")})
    assert [error.code.value for error in composition.errors] == ["INVALID_LINK_DIRECTIVE_USAGE"]


def test_null_is_what_an_argument_without_a_default_is_where_it_is_missing() -> None:
    sets = {
        "a": "type Query @shareable { x: [Int] @listSize(assumedSize: null) }",
        "b": "type Query @shareable { x: [Int] @listSize }",
    }
    assert hints(**sets) == set()
    assert len(applied("x", **sets)) == 1


def test_a_composed_directive_goes_by_the_name_of_its_import() -> None:
    sdl = """
    extend schema @link(url: "https://x.dev/foo/v1.0", import: ["@bar"]) @composeDirective(name: "@foo__bar")
    directive @foo__bar on FIELD_DEFINITION
    directive @bar on FIELD_DEFINITION
    type Query { x: Int @bar }
    """
    assert errors(a=sdl) == {"DIRECTIVE_COMPOSITION_ERROR"}
    assert errors(a=sdl.replace('name: "@foo__bar"', 'name: "@bar"')) == set()
    assert errors(a=sdl.replace(', import: ["@bar"]', "")) == set()


def test_what_may_be_composed_though_it_always_is() -> None:
    sdl = 'extend schema @composeDirective(name: "%s") type Query { x: Int @tag(name: "t") @cost(weight: 1) }'
    assert hints(a=sdl % "@tag") == {"DIRECTIVE_COMPOSITION_INFO"}
    assert errors(a=sdl % "@cost") == {"DIRECTIVE_COMPOSITION_ERROR"}


def test_a_feature_that_bears_the_name_of_the_supergraphs_own_gets_an_alias() -> None:
    sdl = """
    extend schema @link(url: "https://x.dev/%s/v1.0", import: ["@foo"]) @composeDirective(name: "@foo")
    directive @foo on FIELD_DEFINITION
    directive @bar on FIELD
    type Query { x: Int @foo }
    """
    for name, alias in (("join", "_0join"), ("bar", "bar"), ("my__x", "_0myx"), ("my-x", "_0myx"), ("foo", "foo")):
        given = sdl % name if "_" not in name else (sdl % name).replace('v1.0"', 'v1.0", as: "m"')
        assert [feature.name for feature in supergraph(a=given).features] == [alias], name
    composition = compose({"a": federated(sdl % "join"), "b": "type _Foo { a: Int } type Query { y: _Foo }"})
    assert composition.supergraph is not None
    assert [feature.name for feature in composition.supergraph.features] == ["a0join"]


@pytest.mark.parametrize("name", ["join", "join__tag"])
def test_a_directive_can_not_have_a_name_of_the_join_specification(name: str) -> None:
    for directive, arguments in (("tag", '(name: "t")'), ("inaccessible", ""), ("cost", "(weight: 1)")):
        imports = f'{{name: "@{directive}", as: "@{name}"}}'
        sets = {"a": linked(imports, f"type Query {{ x: Int y: Int @{name}{arguments} }}")}
        assert {error.code.value for error in compose(sets).errors} == {"INVALID_LINK_DIRECTIVE_USAGE"}
        assert compose({"a": linked(imports, "type Query { x: Int }")}).errors == ()
