"""Supergraphs that other composers made are served: each of the corpus starts, and answers or refuses in good form."""

import json
from pathlib import Path

import httpx2
import pytest

from router import create_app
from router.errors import InvalidSupergraph

CORPUS = Path(__file__).parents[4] / "shared" / "corpus" / "planning.jsonl"


@pytest.mark.skipif(not CORPUS.is_file(), reason="the corpus is not beside the repository")
async def test_supergraphs_of_other_composers() -> None:
    supergraphs = dict.fromkeys(json.loads(line)["supergraph"] for line in CORPUS.read_text().splitlines())
    answered = 0
    refused: list[str] = []
    for sdl in supergraphs:
        app = create_app(sdl)
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app)) as client:
            try:
                response = await client.post("http://router.test/graphql", json={"query": "{ __typename }"})
            except InvalidSupergraph as error:
                refused.append(str(error))
                continue
        assert response.json()["data"]["__typename"]
        answered += 1
        await app.router_state.aclose()
    # One has a field of a type that it doesn't define, which no server of its API schema can offer.
    assert ["Unknown type: 'boolean'" in reason for reason in refused] == [True]
    assert answered == len(supergraphs) - 1
