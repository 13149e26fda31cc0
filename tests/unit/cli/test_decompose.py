"""`router decompose`: the subgraphs of a supergraph as files that compose to it again."""

from __future__ import annotations

from pathlib import Path

from tests.unit.cli.conftest import Program


def test_the_files_compose_to_the_same_supergraph(folder: Path, program: Program) -> None:
    assert program("compose", "--config", "supergraph.yaml", "--output", "old.graphql").code == 0
    outcome = program("decompose", "old.graphql", "--output", "parts")
    assert outcome.code == 0
    assert "2 subgraphs written to parts" in outcome.err
    assert program("compose", "--config", "parts/supergraph.yaml", "--output", "new.graphql").code == 0
    assert (folder / "new.graphql").read_text() == (folder / "old.graphql").read_text()


def test_a_folder_with_files_stays_as_it_is(folder: Path, program: Program) -> None:
    assert program("compose", "--config", "supergraph.yaml", "--output", "old.graphql").code == 0
    before = sorted(path.name for path in folder.iterdir())
    outcome = program("decompose", "old.graphql", "--output", ".")
    assert outcome.code == 1
    assert ". is not empty; name another folder" in outcome.err
    assert sorted(path.name for path in folder.iterdir()) == before


def test_a_document_that_is_no_supergraph(folder: Path, program: Program) -> None:
    (folder / "plain.graphql").write_text("type Query { a: Int }")
    outcome = program("decompose", "plain.graphql", "--output", "parts")
    assert outcome.code == 1
    assert not (folder / "parts").exists()
