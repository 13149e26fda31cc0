"""Which operation of a document is run, and that a refusal names those that there are."""

import pytest
from graphql import parse

from router.errors import OperationError
from router.operation.normalise import find_operation

TWO = "query A { a } mutation B { b } fragment F on T { f }"


def test_the_only_one_or_the_one_that_is_named() -> None:
    only = find_operation(parse("{ a } fragment F on T { f }"), None)
    assert only.name is None
    named = find_operation(parse(TWO), "B").name
    assert named is not None
    assert named.value == "B"


@pytest.mark.parametrize(
    ("document", "name", "told"),
    [
        (TWO, None, "Must provide operation name if query contains multiple operations; it has 'A', 'B'."),
        (TWO, "C", "Unknown operation named 'C'; the document has 'A', 'B'."),
        ("{ a }", "C", "Unknown operation named 'C'; the document has one without a name."),
        ("fragment F on T { f }", None, "Must provide an operation."),
        ("fragment F on T { f }", "C", "Unknown operation named 'C'."),
        (
            " ".join(f"query Q{number} {{ a }}" for number in range(9)),
            "C",
            "Unknown operation named 'C'; the document has 'Q0', 'Q1', 'Q2', 'Q3', 'Q4' and others.",
        ),
    ],
)
def test_a_refusal_names_the_operations(document: str, name: str | None, told: str) -> None:
    with pytest.raises(OperationError) as caught:
        find_operation(parse(document), name)
    assert [error.message for error in caught.value.errors] == [told]
