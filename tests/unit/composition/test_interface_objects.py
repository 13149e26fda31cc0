"""@interfaceObject: fields that a subgraph adds to an interface without knowing its implementations."""

from __future__ import annotations

from router.supergraph.model import JoinField
from tests.unit.composition.sets import definition, described, errors, joins

ANIMALS = (
    'type Query { animal: Animal } interface Animal @key(fields: "id") { id: ID! } '
    'type Dog implements Animal @key(fields: "id") { id: ID! } '
)


def animal(fields: str) -> str:
    return f'type Animal @interfaceObject @key(fields: "id") {{ id: ID! {fields} }}'


def test_its_fields_are_pushed_down_to_every_implementation() -> None:
    sets = {"a": ANIMALS, "b": animal('"how old" age(unit: Int = 1): Int @tag(name: "t")')}
    dog = definition("Dog", **sets)
    assert joins("Dog", **sets).fields["age"] == (JoinField(),)
    assert described(dog, "age") == "how old"
    item = dog.fields["age"]  # type: ignore[union-attr]
    assert item.arguments["unit"].default == 1  # type: ignore[union-attr]
    assert [directive.name for directive in item.directives] == ["tag"]
    assert [(join.graph, join.is_interface_object) for join in joins("Animal", **sets).types] == [
        ("A", False),
        ("B", True),
    ]


def test_an_implementation_that_resolves_the_field_keeps_its_own() -> None:
    sets = {
        "a": ANIMALS,
        "b": animal("age: Int @shareable @authenticated"),
        "c": 'type Dog @key(fields: "id") { id: ID! age: Int! @shareable }',
    }
    assert [join.graph for join in joins("Dog", **sets).fields["age"]] == ["C"]
    item = definition("Dog", **sets).fields["age"]  # type: ignore[union-attr]
    assert str(item.type) == "Int!"
    assert [directive.name for directive in item.directives] == ["authenticated"]


def test_an_implementation_may_have_the_field_as_external_only() -> None:
    sets = {
        "a": ANIMALS.replace(
            'Dog implements Animal @key(fields: "id") { id: ID! }',
            'Dog implements Animal @key(fields: "id") { id: ID! age: Int! @external '
            'old: Boolean @requires(fields: "age") }',
        ),
        "b": animal('age: Int @tag(name: "t")'),
    }
    item = definition("Dog", **sets).fields["age"]  # type: ignore[union-attr]
    assert str(item.type) == "Int!"
    assert [directive.name for directive in item.directives] == ["tag"]
    assert [(join.graph, join.external) for join in joins("Dog", **sets).fields["age"]] == [("A", True)]


def test_it_resolves_for_every_implementation_so_it_must_share() -> None:
    own = 'type Dog @key(fields: "id") { id: ID! age: Int }'
    assert errors(a=ANIMALS, b=animal("age: Int"), c=own) == {"INVALID_FIELD_SHARING"}
    assert errors(a=ANIMALS, b=animal("age: Int"), c=animal("age: Int")) == {"INVALID_FIELD_SHARING"}


def test_usage_at_fault() -> None:
    assert errors(a="type Query { animal: Animal } " + animal("age: Int")) == {"INTERFACE_OBJECT_USAGE_ERROR"}
    assert errors(a=ANIMALS, b=animal("age: Int") + ' type Dog @key(fields: "id") { id: ID! }') == {
        "INTERFACE_OBJECT_USAGE_ERROR"
    }
    assert "OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE" in errors(
        a=ANIMALS, b=animal('age: Int @override(from: "c")'), c=animal("age: Int")
    )
    assert "OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE" in errors(
        a=ANIMALS.replace(
            'Dog implements Animal @key(fields: "id") { id: ID! }',
            'Dog implements Animal @key(fields: "id") { id: ID! age: Int @override(from: "b") }',
        ),
        b=animal("age: Int"),
    )


def test_a_keyed_interface_knows_all_its_implementations() -> None:
    cat = (
        'interface Animal @key(fields: "id"{}) {{ id: ID! }} '
        'type Cat implements Animal @key(fields: "id") {{ id: ID! }}'
    )
    assert errors(a=ANIMALS, b=cat.format("")) == {"INTERFACE_KEY_MISSING_IMPLEMENTATION_TYPE"}
    assert (
        errors(
            a=ANIMALS + 'type Cat implements Animal @key(fields: "id") { id: ID! }', b=cat.format(", resolvable: false")
        )
        == set()
    )


def test_only_objects_count_as_implementations_that_a_subgraph_must_not_define() -> None:
    sets = {
        "a": 'type Query { x: Pet } type Pet @interfaceObject @key(fields: "id") { id: ID! }' + animal("%s"),
        "b": 'interface Animal @key(fields: "id") { id: ID! }'
        ' interface Pet implements Animal @key(fields: "id") { id: ID! }'
        ' type Dog implements Pet & Animal @key(fields: "id") { id: ID! }',
    }
    assert errors(**sets | {"a": sets["a"] % ""}) == set()
    assert errors(**sets | {"a": sets["a"] % "age: Int"}) == {"INTERFACE_FIELD_NO_IMPLEM"}
    assert errors(**sets | {"a": sets["a"] % "" + 'type Dog @key(fields: "id") { id: ID! }'}) == {
        "INTERFACE_OBJECT_USAGE_ERROR"
    }
