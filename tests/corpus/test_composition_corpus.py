"""Every recorded set of subgraphs gets the verdict that the reference composer gave it.

The verdict is the error codes, or the hint codes, the API schema as text, and the supergraph in meaning.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from router.composition.compose import compose_subgraphs
from router.federation.build import SubgraphSource
from router.supergraph.reader import read_supergraph
from tests.support.supergraph_meaning import differences, meaning_of

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "composition.jsonl"

#: Where we mean to differ: the id of a set, and the heading of docs/composition-differences.md that says why.
DIFFERENCES: Mapping[str, str] = {}


if not CORPUS.exists():
    pytest.skip(f"{CORPUS} is missing, so no recorded set is composed", allow_module_level=True)

CASES: list[dict[str, Any]] = [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines() if line]


@pytest.mark.parametrize("case", CASES, ids=[f"{case['topic']}-{case['id']}" for case in CASES])
def test_verdict(case: dict[str, Any]) -> None:
    if case["id"] in DIFFERENCES:
        pytest.skip(DIFFERENCES[case["id"]])
    sources = [SubgraphSource(subgraph["name"], "", subgraph["sdl"]) for subgraph in case["subgraphs"]]
    composition = compose_subgraphs(sources)
    assert {error.code.value for error in composition.errors} == set(case.get("errors", ())), composition.errors
    if not case["composes"]:
        assert composition.supergraph is None
        assert composition.supergraph_sdl is None
        return
    assert {hint.code.value for hint in composition.hints} == set(case["hints"]), composition.hints
    assert composition.api_sdl is not None
    assert composition.api_sdl.strip() == case["api"].strip()
    assert composition.supergraph is not None
    assert composition.supergraph_sdl is not None
    ours, theirs = meaning_of(composition.supergraph), meaning_of(read_supergraph(case["supergraph"]))
    assert differences(ours, theirs) == []
    assert differences(meaning_of(read_supergraph(composition.supergraph_sdl)), ours) == []


@pytest.mark.parametrize("case", CASES[::10], ids=[f"{case['topic']}-{case['id']}" for case in CASES[::10]])
def test_the_order_of_subgraphs_changes_nothing(case: dict[str, Any]) -> None:
    sources = [SubgraphSource(subgraph["name"], "", subgraph["sdl"]) for subgraph in case["subgraphs"]]
    forwards, backwards = compose_subgraphs(sources), compose_subgraphs(sources[::-1])
    assert forwards.supergraph_sdl == backwards.supergraph_sdl
    assert forwards.api_sdl == backwards.api_sdl
    assert sorted(error.message for error in forwards.errors) == sorted(error.message for error in backwards.errors)
