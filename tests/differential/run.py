"""Random sets of subgraphs, composed by the reference and by us, and what isn't the same.

Enters: a number of cases and a seed. Leaves: :class:`Comparison` s. Invariant: a seed repeats its cases.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from difflib import unified_diff
from pathlib import Path
from random import Random
from typing import Any

from graphql import GraphQLSyntaxError, parse, print_ast

from router.composition.compose import Composition, compose
from router.supergraph.reader import read_supergraph
from router.verification.generate.world import generate_world
from tests.differential.listed import Comparison
from tests.differential.mutate import mutate
from tests.support.supergraph_meaning import differences, meaning_of

HERE = Path(__file__).parent
CORPUS = HERE.parents[2] / "shared" / "corpus" / "composition.jsonl"
#: Sets with more characters than this cost the reference seconds, and say no more than small ones.
LARGEST = 9_000
Subgraphs = Mapping[str, str]


def corpus_sets() -> list[Subgraphs]:
    """The recorded sets that are small; none where there is no corpus."""
    if not CORPUS.exists():
        return []
    rows = [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]
    sets = [{subgraph["name"]: subgraph["sdl"] for subgraph in row["subgraphs"]} for row in rows]
    return [subgraphs for subgraphs in sets if sum(map(len, subgraphs.values())) <= LARGEST]


def make_sets(cases: int, seed: int) -> Iterator[Subgraphs]:
    """Mutate recorded sets, and random worlds in every third case."""
    recorded = corpus_sets()
    for number in range(cases):
        random = Random(f"{seed}/{number}")
        while True:
            from_world = not recorded or number % 3 == 2
            origin = generate_world(random.randrange(1 << 30)).subgraphs if from_world else random.choice(recorded)
            try:
                documents = {name: parse(sdl, no_location=True) for name, sdl in origin.items()}
            except GraphQLSyntaxError:
                continue
            mutate(random, documents)
            yield {name: print_ast(document) for name, document in documents.items()}
            break


@contextmanager
def reference_composer() -> Iterator[Path]:
    """Install the reference composer for this run only; leaves the path of the script that runs it."""
    with tempfile.TemporaryDirectory(prefix="reference-composer-") as folder:
        for name in ("package.json", "package-lock.json", "reference.cjs"):
            shutil.copy(HERE / name, folder)
        command = ["npm", "ci", "--no-audit", "--no-fund", "--silent"]
        subprocess.run(command, cwd=folder, check=True, timeout=300)
        yield Path(folder) / "reference.cjs"


def ask_reference(script: Path, sets: list[Subgraphs]) -> list[dict[str, Any]]:
    """Compose all sets with the reference, in their order."""
    lines = [
        json.dumps({"id": number, "subgraphs": [{"name": name, "sdl": sdl} for name, sdl in subgraphs.items()]})
        for number, subgraphs in enumerate(sets)
    ]
    done = subprocess.run(
        ["node", "--stack-size=4000", str(script)], input="\n".join(lines), capture_output=True, text=True, check=True
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def compare(subgraphs: Subgraphs, reference: Mapping[str, Any]) -> Comparison:
    """Compose a set ourselves, and tell what the two verdicts don't share."""
    ours = compose(subgraphs)
    return Comparison(subgraphs, reference, ours, tuple(_differences(reference, ours)))


def _differences(reference: Mapping[str, Any], ours: Composition) -> Iterator[str]:
    if "crash" in reference:
        yield f"the reference crashes: {reference['crash']}"
        return
    # What GraphQL's own validation finds has no code there.
    wanted = {code or "INVALID_GRAPHQL" for code, _ in reference["errors"]}
    found = {error.code.value for error in ours.errors}
    if wanted != found:
        yield f"errors {sorted(found)} instead of {sorted(wanted)}"
    if wanted or found:
        return
    wanted, found = {code for code, _ in reference["hints"]}, {hint.code.value for hint in ours.hints}
    if wanted != found:
        yield f"hints: {sorted(found - wanted)} more, {sorted(wanted - found)} missing"
    assert ours.api_sdl is not None
    assert ours.supergraph is not None
    assert ours.supergraph_sdl is not None
    theirs, mine = reference["api"].strip().splitlines(), ours.api_sdl.strip().splitlines()
    for line in list(unified_diff(theirs, mine, lineterm="", n=0))[2:]:
        if not line.startswith("@@"):
            yield f"API schema: {line}"
    yield from differences(meaning_of(ours.supergraph), meaning_of(read_supergraph(reference["supergraph"])))
    yield from differences(meaning_of(read_supergraph(ours.supergraph_sdl)), meaning_of(ours.supergraph))
