"""Short ways to write subgraphs and to ask what building them finds."""

from __future__ import annotations

from router.federation.build import BuildResult, SubgraphSource, build_subgraphs
from router.federation.subgraph import Subgraph

QUERY = " type Query { q: Int } "


def linked(version: str, *imports: str, schema: str = "") -> str:
    """Return a schema extension that links federation; ``schema`` is applied beside the link."""
    listed = ", ".join(item if item.startswith("{") else f'"{item}"' for item in imports)
    return f'extend schema @link(url: "https://specs.apollo.dev/federation/v{version}", import: [{listed}]) {schema} '


def build(*sdls: str) -> BuildResult:
    """Build subgraphs named a, b, c and so on."""
    names = "abcdefghij"
    return build_subgraphs([SubgraphSource(names[index], "", sdl) for index, sdl in enumerate(sdls)])


def codes(*sdls: str) -> set[str]:
    """Return the codes that building the subgraphs raises."""
    return {str(error.code) for error in build(*sdls).errors}


def built(*sdls: str) -> Subgraph:
    """Return the first subgraph, which must be built without errors."""
    result = build(*sdls)
    assert not result.errors, [error.message for error in result.errors]
    return result.subgraphs[0]
