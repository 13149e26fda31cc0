"""docs/errors.md explains every code, and each of its examples leads to the code of its heading, and to no other."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from router.composition.compose import Composition, compose
from router.federation.errors import CompositionError, CompositionHint, ErrorCode, HintCode

PAGE = Path(__file__).resolve().parents[3] / "docs" / "errors.md"


@dataclass
class Section:
    """A heading's subgraphs by name, what is printed for them, and the subgraphs that mend them."""

    part: str
    code: str
    subgraphs: dict[str, str] = field(default_factory=dict)
    printed: str = ""
    mended: dict[str, str] = field(default_factory=dict)


def _read() -> list[Section]:
    sections: list[Section] = []
    part = ""
    chunks = re.split(r"^(```\w+\n.*?^```)$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    fixed = False
    for chunk in chunks:
        if chunk.startswith("```graphql\n# "):
            name, _, sdl = chunk.removeprefix("```graphql\n# ").removesuffix("```").partition("\n")
            (sections[-1].mended if fixed else sections[-1].subgraphs)[name] = sdl
        elif chunk.startswith("```text\n"):
            sections[-1].printed = chunk.removeprefix("```text\n").removesuffix("\n```")
        else:
            for line in chunk.splitlines():
                if line.startswith("# "):
                    part = line.removeprefix("# ")
                elif line.startswith("### "):
                    sections.append(Section(part, line.removeprefix("### ")))
                    fixed = False
                fixed = fixed or line.startswith("**Fix.**")
    return sections


SECTIONS = _read()


def _found(section: Section, composition: Composition) -> tuple[CompositionError | CompositionHint, ...]:
    return composition.errors if section.part == "Errors" else composition.hints


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: f"{section.part}-{section.code}")
class TestExample:
    """One section."""

    def test_leads_to_its_code(self, section: Section) -> None:
        composition = compose(section.subgraphs)
        found = _found(section, composition)
        assert {finding.code.value for finding in found} == {section.code}
        assert "\n".join(finding.message for finding in found) == section.printed
        if section.part == "Hints":
            assert not composition.errors

    def test_is_mended(self, section: Section) -> None:
        assert section.mended
        kept = {name: sdl for name, sdl in section.subgraphs.items() if name != "_"}
        composition = compose(kept | section.mended)
        assert not composition.errors
        assert section.part == "Errors" or section.code not in {hint.code.value for hint in composition.hints}


@pytest.mark.parametrize(("part", "codes"), [("Errors", ErrorCode), ("Hints", HintCode)])
def test_every_code_has_a_section_or_a_reason_not_to_have_one(
    part: str, codes: type[ErrorCode] | type[HintCode]
) -> None:
    headings = [section.code for section in SECTIONS if section.part == part]
    listed = set(re.findall(r"^\| `(\w+)` \| .+\. \| .+\. \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    assert len(headings) == len(set(headings))
    assert set(headings) <= set(codes.__members__)
    assert set(codes.__members__) - set(headings) <= listed
    assert not listed & set(headings)
