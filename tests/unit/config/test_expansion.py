"""``${env.NAME:-default}`` and ``${file.PATH:-default}``."""

from pathlib import Path

import pytest

from router.config.document import read_document
from router.config.expansion import Expansion, expand

ENVIRONMENT = {"TOKEN": "s3cret", "EMPTY": "", "TRICK": "${env.TOKEN}"}


def expanded(value: str, folder: Path = Path()) -> tuple[object, list[str]]:
    document = read_document("key: " + value, "test.yaml")
    problems = expand(document, Expansion(ENVIRONMENT, folder))
    return document.value["key"], [str(problem) for problem in problems]


@pytest.mark.parametrize(
    ("value", "result"),
    [
        ("${env.TOKEN}", "s3cret"),
        ("Bearer ${env.TOKEN}, twice ${env.TOKEN}", "Bearer s3cret, twice s3cret"),
        ("${env.MISSING:-fallback}", "fallback"),
        ("${env.MISSING:-}", ""),
        ("${env.EMPTY:-fallback}", "fallback"),
        ("${env.EMPTY}", ""),
        ("${env.MISSING:-http://localhost:4001/a:-b}", "http://localhost:4001/a:-b"),
        ("${env.TRICK}", "${env.TOKEN}"),
        ("$env.TOKEN {x}", "$env.TOKEN {x}"),
        ("${file.missing.txt:-none}", "none"),
    ],
)
def test_good_references(value: str, result: str) -> None:
    assert expanded(value) == (result, [])


def test_files_are_relative_to_the_yaml(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("from a file\n")
    assert expanded("${file.secret.txt}", tmp_path) == ("from a file", [])
    assert expanded(f"${{file.{tmp_path}/secret.txt}}") == ("from a file", [])


@pytest.mark.parametrize(
    ("value", "parts"),
    [
        ("${env.MISSING}", ("test.yaml:1:1: key:", "MISSING is not set", "${env.MISSING:-...}")),
        ("${file.missing.txt}", ("missing.txt can't be read", "No such file")),
        ("${TOKEN}", ("is not a reference", "${env.NAME:-default}")),
        ("${environment.X}", ('"environment" is not a source', "known sources: env, file")),
    ],
)
def test_bad_references_are_told_with_a_remedy(value: str, parts: tuple[str, ...]) -> None:
    _, problems = expanded(value)
    assert len(problems) == 1
    for part in parts:
        assert part in problems[0]
