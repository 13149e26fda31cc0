from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.composition.graph_names import graph_ids
from tests.unit.composition.sets import errors, supergraph


@pytest.mark.parametrize(
    ("names", "ids"),
    [
        pytest.param(["users"], ["USERS"], id="upper case"),
        pytest.param(["x.y"], ["X_Y"], id="other letters become underscores"),
        pytest.param(["1x"], ["_1X"], id="no digit in front"),
        pytest.param(["foo_1"], ["FOO_1_"], id="a number at the end is set apart"),
        pytest.param(["FOO-A", "foo-a", "foo_a"], ["FOO_A_1", "FOO_A_2", "FOO_A_3"], id="equal ones are numbered"),
        pytest.param(["foo_a", "foo-a"], ["FOO_A_2", "FOO_A_1"], id="numbers follow the names, not the order"),
    ],
)
def test_graph_ids(names: list[str], ids: list[str]) -> None:
    assert list(graph_ids(names)) == ids


@settings(derandomize=True, deadline=None, database=None)
@given(st.lists(st.text("aAbB_-.12", min_size=1, max_size=5), unique=True, max_size=12))
def test_ids_are_unique(names: list[str]) -> None:
    assert len(set(graph_ids(names))) == len(names)


def test_names_that_differ_in_one_letter_compose() -> None:
    graphs = supergraph(
        **{"foo-a": "type Query { a: Int }", "foo_a": "type Query { b: Int }", "1x": "type Query { c: Int }"}
    )
    assert [(graph.id, graph.name) for graph in graphs.graphs.values()] == [
        ("_1X", "1x"), ("FOO_A_1", "foo-a"), ("FOO_A_2", "foo_a"),
    ]  # fmt: skip


def test_a_reserved_id_is_refused() -> None:
    assert errors(__x="type Query { a: Int }") == {"INVALID_GRAPHQL"}
