"""YAML with places: what is read, and what is refused."""

import pytest

from router.config.document import read_document
from router.config.problem import InvalidConfiguration


def read(text: str) -> object:
    return read_document(text, "test.yaml").value


def test_scalars_follow_the_core_schema() -> None:
    text = "a: on\nb: yes\nc: 12:30\nd: 0x1F\ne: true\nf: ~\ng: 1.5\nh: '5'\ni: 2026-11-01\nj: =2.9.0\nk:\n"
    expected = {"a": "on", "b": "yes", "c": "12:30", "d": 31, "e": True, "f": None, "g": 1.5, "h": "5"}
    assert read(text) == {**expected, "i": "2026-11-01", "j": "=2.9.0", "k": None}


def test_places_are_those_of_keys_and_items() -> None:
    document = read_document("a:\n  b:\n    - x\n    - y: 1\n", "test.yaml")
    assert [(place.line, place.column) for place in (document.place(("a",)), document.place(("a", "b")))] == [
        (1, 1),
        (2, 3),
    ]
    assert document.place(("a", "b", 1)).line == 4
    assert document.place(("a", "b", 1, "y")).column == 7
    assert document.place(("a", "b", 1, "unknown")).line == 4


def test_raw_text_is_kept() -> None:
    document = read_document("version: 2.10\n", "test.yaml")
    assert document.raw[("version",)] == "2.10"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "the key is written twice, first in line 1"),
        ("a: [1\nb: 2\n", 2, "not valid YAML"),
        ("a: 1\n--- \nb: 1\n", 2, "not valid YAML"),
        ("? [1, 2]\n: 3\n", 1, "a key must be plain text"),
        ("a:\n\t- b\n", 2, "not valid YAML"),
    ],
)
def test_mistakes_name_the_line(text: str, line: int, message: str) -> None:
    with pytest.raises(InvalidConfiguration) as caught:
        read(text)
    assert caught.value.problems[0].place.line == line
    assert message in caught.value.problems[0].message


@pytest.mark.parametrize(
    ("text", "place", "told"),
    [
        ("a: 1\nb\nc: 1\n", (2, 1), "a key has no colon; write it as `key: value`"),
        ("a:\n\tb: 1\n", (2, 1), "a tab stands where YAML wants spaces; indent with spaces"),
        ("a:\n  b: 1\n c: 2\n", (3, 2), "the indentation fits no line above; keys of one mapping"),
        ("a: b: c\n", (1, 5), 'a second colon in one line; put a value that has ": " in it in quotes'),
        ("a: b\n  c: 1\n", (2, 4), "a key below something that can't have keys; the line above may lack its colon"),
        ("a: 'x\nb: 1\n", (1, 4), "a quote is not closed; close it"),
        ("a: @b\n", (1, 4), "put the value in quotes"),
        ("a: 1\n---\nb: 2\n", (2, 1), "a second document begins"),
    ],
)
def test_mistakes_of_yaml_are_told_in_plain_words(text: str, place: tuple[int, int], told: str) -> None:
    with pytest.raises(InvalidConfiguration) as caught:
        read(text)
    problem = caught.value.problems[0]
    assert (problem.place.line, problem.place.column) == place
    assert told in str(problem)


def test_aliases_cannot_blow_up() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(InvalidConfiguration, match="more than 100000 values"):
        read("\n".join(lines))


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(InvalidConfiguration):
        read("[" * 20_000)


def test_an_alias_that_contains_itself_is_refused() -> None:
    with pytest.raises(InvalidConfiguration):
        read("a: &a [*a]")
