"""What a code means, from the documentation of errors.

Enters: a code. Leaves: its heading's text in docs/errors.md, or the one line that the code itself carries. Invariant:
every code that composition can report is explained.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

import router
from router.config.problem import suggest
from router.errors import InputError
from router.federation.errors import ErrorCode, HintCode

LIST_THEM = "router compose --explain list lists them"


def explain_code(code: str) -> str:
    """Return the explanation of a code, in any case. Raises :class:`InputError` for one that isn't known."""
    wanted = code.strip().upper().strip("[]")
    if wanted == "LIST":
        return "\n".join(known_codes())
    for page in _pages():
        sections = [text for heading, text in _sections(page) if heading.strip("`") == wanted]
        if sections:
            return "\n".join([wanted, *sections])
        row = re.search(rf"^\| `{re.escape(wanted)}` \|(.*)\|$", page, re.MULTILINE)
        if row is not None:
            return "\n\n".join([wanted, *(cell.strip() for cell in row[1].split(" | ") if not cell.strip().isdigit())])
    for codes in (ErrorCode, HintCode):
        if wanted in codes.__members__:
            return f"{wanted}\n\n{codes[wanted].meaning}"
    known = known_codes()
    near = suggest(wanted, known, "code") if get_close_matches(wanted, known, 1) else LIST_THEM
    raise InputError(f"{code} is not a code; {near}")


def known_codes() -> list[str]:
    """Return all codes: of composition's errors and hints, and of requests."""
    rows = [row for page in _pages() for row in re.findall(r"^\| `([A-Z_]+)` \|", page, re.MULTILINE)]
    return sorted({*ErrorCode.__members__, *HintCode.__members__, *rows})


def _sections(page: str) -> Iterator[tuple[str, str]]:
    """Split a page at its headings; a line of a code block is none, though it may start with ``#``."""
    heading, lines, in_code = "", list[str](), False
    for line in page.splitlines():
        in_code ^= line.startswith("```")
        if line.startswith("#") and not in_code:
            yield heading, "\n".join(lines).rstrip()
            heading, lines = line.lstrip("#").strip(), []
        else:
            lines.append(line)
    yield heading, "\n".join(lines).rstrip()


def _pages() -> Iterator[str]:
    package = Path(router.__file__).parent
    # In an installed package the pages lie in it, in a checkout beside it.
    for folder in (package / "docs", package.parent / "docs"):
        for name in ("errors.md", "request-errors.md"):
            file = folder / name
            if file.is_file():
                yield file.read_text(encoding="utf-8")
