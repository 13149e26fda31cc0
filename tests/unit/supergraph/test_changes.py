"""What a change of the API schema means for clients: one example for each kind of change, and none for no change."""

import pytest

from router.supergraph.changes import compare_schemas
from router.type_system.reader import read_schema

BASE = """
directive @live(if: Boolean = true) repeatable on FIELD | QUERY
type Query { user(id: ID!, first: Int = 10, filter: Filter): User  pet: Pet  old: Int @deprecated  roles: [Role!] }
type Mutation { rename(name: String!): User }
interface Node { id: ID! }
"A person."
type User implements Node { id: ID!  name: String  tags: [String!]!  best: User! }
type Cat { name: String }
type Dog { name: String }
union Pet = Cat | Dog
enum Role { ADMIN USER }
enum Order { UP DOWN }
input Filter { name: String  order: Order = UP  needed: Int! }
scalar Date
"""


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        ("scalar Date", "", "breaking TYPE_REMOVED Date"),
        ("scalar Date", "scalar Date scalar Time", "safe TYPE_ADDED Time"),
        ("scalar Date", "enum Date { A }", "breaking TYPE_KIND_CHANGED Date"),
        ("type Mutation { rename(name: String!): User }", "", "breaking ROOT_TYPE_REMOVED Mutation"),
        ("  name: String  tags", "  tags", "breaking FIELD_REMOVED User.name"),
        ("  name: String  tags", "  name: String  more: Int  tags", "safe FIELD_ADDED User.more"),
        ("  name: String  tags", "  name: String!  tags", "safe FIELD_TYPE_NARROWED User.name"),
        ("  name: String  tags", "  name: Int  tags", "breaking FIELD_TYPE_CHANGED User.name"),
        ("tags: [String!]!", "tags: [String!]", "breaking FIELD_TYPE_CHANGED User.tags"),
        ("tags: [String!]!", "tags: [String]!", "breaking FIELD_TYPE_CHANGED User.tags"),
        ("roles: [Role!]", "roles: [Role!]!", "safe FIELD_TYPE_NARROWED Query.roles"),
        ("roles: [Role!]", "roles: Role", "breaking FIELD_TYPE_CHANGED Query.roles"),
        ("pet: Pet", "pet: Cat", "breaking FIELD_TYPE_CHANGED Query.pet"),
        ("old: Int @deprecated ", "", "breaking FIELD_REMOVED Query.old"),
        ("old: Int @deprecated ", "old: Int ", "safe DEPRECATION_REMOVED Query.old"),
        ("old: Int @deprecated ", 'old: Int @deprecated(reason: "x") ', "safe DEPRECATION_CHANGED Query.old"),
        ("pet: Pet", "pet: Pet @deprecated", "safe DEPRECATION_ADDED Query.pet"),
        ("first: Int = 10, ", "", "breaking ARGUMENT_REMOVED Query.user(first:)"),
        ("first: Int = 10", "first: Int = 20", "dangerous ARGUMENT_DEFAULT_CHANGED Query.user(first:)"),
        ("first: Int = 10", "first: Int", "dangerous ARGUMENT_DEFAULT_CHANGED Query.user(first:)"),
        ("first: Int = 10", "first: Int! = 10", "breaking ARGUMENT_TYPE_CHANGED Query.user(first:)"),
        ("user(id: ID!", "user(id: ID", "safe ARGUMENT_TYPE_WIDENED Query.user(id:)"),
        ("user(id: ID!", "user(id: String!", "breaking ARGUMENT_TYPE_CHANGED Query.user(id:)"),
        ("user(id: ID!", "user(id: [ID!]!", "breaking ARGUMENT_TYPE_CHANGED Query.user(id:)"),
        ("user(id: ID!", "user(more: Int, id: ID!", "safe OPTIONAL_ARGUMENT_ADDED Query.user(more:)"),
        ("user(id: ID!", "user(more: Int! = 1, id: ID!", "safe OPTIONAL_ARGUMENT_ADDED Query.user(more:)"),
        ("user(id: ID!", "user(more: Int!, id: ID!", "breaking REQUIRED_ARGUMENT_ADDED Query.user(more:)"),
        ("User implements Node", "User", "breaking INTERFACE_REMOVED User"),
        ("type Cat {", "type Cat implements Node { id: ID! ", "dangerous INTERFACE_ADDED Cat"),
        ("Cat | Dog", "Cat", "breaking UNION_MEMBER_REMOVED Pet"),
        ("Cat | Dog", "Cat | Dog | User", "dangerous UNION_MEMBER_ADDED Pet"),
        ("ADMIN USER", "ADMIN", "breaking ENUM_VALUE_REMOVED Role.USER"),
        ("ADMIN USER", "ADMIN USER GUEST", "dangerous ENUM_VALUE_ADDED Role.GUEST"),
        ("UP DOWN", "UP DOWN LEFT", "safe ENUM_VALUE_ADDED Order.LEFT"),
        ("order: Order = UP ", "", "breaking INPUT_FIELD_REMOVED Filter.order"),
        ("order: Order = UP", "order: Order = DOWN", "dangerous INPUT_FIELD_DEFAULT_CHANGED Filter.order"),
        ("needed: Int!", "needed: Int", "safe INPUT_FIELD_TYPE_WIDENED Filter.needed"),
        ("needed: Int!", "needed: Float!", "breaking INPUT_FIELD_TYPE_CHANGED Filter.needed"),
        ("needed: Int!", "needed: Int! more: Int", "safe OPTIONAL_INPUT_FIELD_ADDED Filter.more"),
        ("needed: Int!", "needed: Int! more: Int!", "breaking REQUIRED_INPUT_FIELD_ADDED Filter.more"),
        ('"A person."', '"Somebody."', "safe DESCRIPTION_CHANGED User"),
        ("repeatable on FIELD | QUERY", "repeatable on FIELD", "breaking DIRECTIVE_LOCATION_REMOVED @live"),
        ("on FIELD | QUERY", "on FIELD | QUERY | MUTATION", "safe DIRECTIVE_LOCATION_ADDED @live"),
        ("repeatable on", "on", "breaking DIRECTIVE_NOT_REPEATABLE @live"),
        ("(if: Boolean = true)", "", "breaking ARGUMENT_REMOVED @live(if:)"),
        ("directive @live(if: Boolean = true) repeatable on FIELD | QUERY", "", "breaking DIRECTIVE_REMOVED @live"),
        ("scalar Date", "scalar Date directive @new on FIELD", "safe DIRECTIVE_ADDED @new"),
    ],
)
def test_a_change(old: str, new: str, change: str) -> None:
    assert BASE.count(old) == 1
    found = compare_schemas(read_schema(BASE), read_schema(BASE.replace(old, new)))
    described = [f"{one.severity} {one.code} {one.coordinate}" for one in found]
    assert change in described
    # Whatever else is told follows from the same edit; it must not be worse than what it is about.
    assert len(described) <= 2, described


def test_no_change() -> None:
    assert compare_schemas(read_schema(BASE), read_schema(BASE)) == []


def test_the_order_of_definitions_is_no_change() -> None:
    reordered = BASE.replace("Cat | Dog", "Dog | Cat").replace("ADMIN USER", "USER ADMIN")
    assert compare_schemas(read_schema(BASE), read_schema(reordered)) == []


def test_a_required_input_that_loses_its_default() -> None:
    before = read_schema("type Query { a(b: Int! = 1): Int }")
    after = read_schema("type Query { a(b: Int!): Int }")
    assert [change.code for change in compare_schemas(before, after)] == ["ARGUMENT_DEFAULT_REMOVED"]
    assert compare_schemas(before, after)[0].severity == "breaking"


def test_a_renamed_root_is_no_break() -> None:
    before = read_schema("type Query { a: Int }")
    after = read_schema("schema { query: Root } type Root { a: Int }")
    assert [change.code for change in compare_schemas(before, after)][:1] == ["ROOT_TYPE_RENAMED"]
