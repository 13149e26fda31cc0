"""Records: dataclasses that are frozen for the type checker."""

from dataclasses import field, fields, replace

from router.execution.transport import SubgraphRequest
from router.record import record


@record
class Point:
    x: int
    names: list[str] = field(default_factory=list)


def test_a_record_is_a_slotted_dataclass_with_defaults() -> None:
    assert [item.name for item in fields(Point(1))] == ["x", "names"]
    assert Point(1).names is not Point(1).names
    assert not hasattr(Point(1), "__dict__")


def test_equal_records_are_one_key() -> None:
    first = SubgraphRequest("users", "http://u", b"{}", (("a", "b"),))
    second = SubgraphRequest("users", "http://u", b"{}", (("a", "b"),))
    assert {first: 1}[second] == 1
    assert replace(first, body=b"") not in {first}
