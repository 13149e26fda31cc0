"""Supergraphs that other composers made, where they are at hand: a fixture for whoever imports it."""

import json
from pathlib import Path

import pytest

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"


@pytest.fixture(scope="session")
def recorded_supergraphs() -> list[tuple[str, str]]:
    """Return the recorded supergraphs as (name, SDL), or skip where there are none."""
    found: dict[str, str] = {}
    for name in ("planning.jsonl", "composition.jsonl"):
        path = CORPUS / name
        if not path.exists():
            pytest.skip(f"{path} is missing, so no recorded supergraph is read")
        for line in path.read_text(encoding="utf-8").splitlines():
            case = json.loads(line)
            if case.get("supergraph"):
                found.setdefault(case["supergraph"], case["id"])
    return [(name, sdl) for sdl, name in found.items()]
