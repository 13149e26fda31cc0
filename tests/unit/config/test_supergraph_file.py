"""``supergraph.yaml``: what is read, and that each mistake names line, key and remedy."""

from pathlib import Path

import pytest

from router.config.problem import InvalidConfiguration
from router.config.settings import Settings
from router.config.supergraph_file import (
    ROUTER_SECTIONS,
    FileSource,
    SubgraphEntry,
    SupergraphFile,
    TextSource,
    UrlSource,
    read_supergraph_file,
)

GOOD = """\
federation_version: =2.9.0
subgraphs:
  users:
    routing_url: http://localhost:4001/graphql
    schema:
      file: ./subgraphs/users/schema.graphql
  courses:
    schema:
      subgraph_url: http://localhost:4002/graphql
      introspection_headers: {Authorization: "Bearer ${env.TOKEN}"}
  enrollments:
    routing_url: ${env.ENROLLMENTS:-http://localhost:4003/graphql}
    schema:
      sdl: |
        type Query { one: Int }
"""


def read(text: str) -> SupergraphFile:
    return read_supergraph_file(text, "supergraph.yaml", Path("folder"), {"TOKEN": "t0ken"})


def problems(text: str) -> list[str]:
    with pytest.raises(InvalidConfiguration) as caught:
        read(text)
    return [str(problem) for problem in caught.value.problems]


def test_a_good_file() -> None:
    file = read(GOOD)
    assert file.federation_version == "=2.9.0"
    headers = (("Authorization", "Bearer t0ken"),)
    assert file.subgraphs == (
        SubgraphEntry(
            "users", "http://localhost:4001/graphql", FileSource(Path("folder/subgraphs/users/schema.graphql"))
        ),
        SubgraphEntry("courses", "http://localhost:4002/graphql", UrlSource("http://localhost:4002/graphql", headers)),
        SubgraphEntry("enrollments", "http://localhost:4003/graphql", TextSource("type Query { one: Int }\n", 14)),
    )


@pytest.mark.parametrize("version", ["1", "2", "=2.9.0", "=2.10", "2.10", "2.9.1"])
def test_versions_are_kept_as_written(version: str) -> None:
    assert read(GOOD.replace("=2.9.0", version)).federation_version == version


ONE = "subgraphs:\n  users:\n    routing_url: http://a/\n    schema: "


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("subgraph:\n  a: 1\n", ("supergraph.yaml:1:1: subgraph: unknown key", 'did you mean "subgraphs"?')),
        ("", ('subgraphs: a required key is missing; add "subgraphs"',)),
        ("subgraphs: {}\n", ("supergraph.yaml:1:1: subgraphs:", "at least 1")),
        ("- a\n", ("a mapping is expected",)),
        (
            ONE + "{}\n",
            ("supergraph.yaml:4:5: subgraphs.users.schema: no schema source", "exactly one of file"),
        ),
        (ONE + "{file: a, sdl: b}\n", ("subgraphs.users.schema: file and sdl are given", "exactly one of")),
        (
            ONE + "{fiel: a}\n",
            ("yaml:4:14: subgraphs.users.schema.fiel: unknown key", 'did you mean "file"?'),
        ),
        (ONE + "{graphref: a@b}\n", ("graphref: not supported", "export the schema from the registry")),
        (ONE + "{sdl: a, introspection_headers: {A: b}}\n", ("headers are only sent to subgraph_url",)),
        (ONE + "{subgraph_url: http://u, introspection_headers: {'a b': c}}\n", ("introspection_headers",)),
        (
            ONE.replace("http://a/", "localhost:1/") + "{sdl: a}\n",
            ("routing_url: an absolute URL", "http://HOST:PORT"),
        ),
        (ONE.replace("http://a/", "http://a:99999/") + "{sdl: a}\n", ("routing_url: an absolute URL",)),
        (
            "subgraphs:\n  users:\n    schema: {file: a}\n",
            ("users: no routing_url is given", "add routing_url"),
        ),
        ("federation_version: 3\n" + ONE + "{sdl: a}\n", ('"3" is not a Federation version', "=2.9.0")),
        (
            "subgraphs:\n  1st:\n    schema: {sdl: a}\n",
            ("yaml:2:3: subgraphs.1st: not a good subgraph name",),
        ),
        ("subgraphs:\n  a.b:\n    schema: {sdl: a}\n", ("not a good subgraph name", "64 characters")),
        (f"subgraphs:\n  {'a' * 65}:\n    schema: {{sdl: a}}\n", ("not a good subgraph name",)),
        (ONE + "text\n", ("schema: a mapping is expected",)),
    ],
)
def test_a_mistake_names_line_key_and_remedy(text: str, parts: tuple[str, ...]) -> None:
    found = problems(text)
    assert len(found) == 1, found
    for part in parts:
        assert part in found[0]


def test_all_mistakes_are_told_at_once_in_order() -> None:
    text = "subgraphs:\n  a:\n    schema: {fil: x}\n  b:\n    shema: {file: x}\n  9c: {}\n"
    lines = [problem.split(": ")[0] for problem in problems(text)]
    assert lines == ["supergraph.yaml:3:14", "supergraph.yaml:5:5", "supergraph.yaml:6:3"]


def test_a_problem_shows_the_line() -> None:
    frame = problems("subgraphs:\n  a:\n    routing_ulr: http://a\n    schema: {sdl: x}\n")[0].splitlines()[1:]
    assert frame == ["  3 |     routing_ulr: http://a", "    |     ^"]


def test_a_router_yaml_in_its_place_is_told_once() -> None:
    with pytest.raises(InvalidConfiguration) as caught:
        read("cors: {origins: []}\nlimits: {max_depth: 3}\n")
    assert [str(problem).splitlines()[0] for problem in caught.value.problems] == [
        "supergraph.yaml:1:1: this looks like a router.yaml, not a supergraph.yaml; give that with --router-config, "
        "and a supergraph.yaml with --config"
    ]


def test_every_section_of_a_router_yaml_is_known_by_name() -> None:
    assert frozenset(Settings.model_fields) == ROUTER_SECTIONS
