"""A mistake in a configuration, as people and machines read it.

Enters: a place, a key, what is wrong, what to do. Leaves: text with a code frame, or plain data. Invariant: a problem
names where the value came from, be it a line of a file, an environment variable or the command line.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from router.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value came from: a file's name (or ``environment variable X``), line and column from 1, 0 for none."""

    source: str
    line: int = 0
    column: int = 0
    text: str = ""

    def __str__(self) -> str:
        return f"{self.source}:{self.line}:{self.column}" if self.line else self.source


@dataclass(frozen=True, slots=True)
class ConfigurationProblem:
    """One mistake. ``key`` is the dotted path of the setting, empty for the document as a whole."""

    place: Place
    key: str
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        head = f"{self.place}: {self.key}: {self.message}" if self.key else f"{self.place}: {self.message}"
        lines = [f"{head}; {self.remedy}" if self.remedy else head]
        if self.place.line and self.place.text:
            lines.extend(code_frame(self.place))
        return "\n".join(lines)

    def as_data(self) -> dict[str, object]:
        """Return the problem as plain data for ``--format json``."""
        return {
            "source": self.place.source,
            "line": self.place.line or None,
            "column": self.place.column or None,
            "key": self.key,
            "message": self.message,
            "remedy": self.remedy,
        }


class InvalidConfiguration(ConfigurationError):
    """A configuration with mistakes; ``problems`` has at least one."""

    def __init__(self, problems: Sequence[ConfigurationProblem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


def code_frame(place: Place) -> list[str]:
    """Return the line of a place and a caret under its column."""
    number = str(place.line)
    return [f"  {number} | {place.text}", f"  {' ' * len(number)} | {' ' * (place.column - 1)}^"]


def suggest(name: str, known: Iterable[str], noun: str = "key") -> str:
    """Return the remedy for an unknown name: the nearest known one, or the list of them."""
    names = list(known)
    near = get_close_matches(name, names, n=1, cutoff=0.6)
    if near:
        return f'did you mean "{near[0]}"?'
    if not names:
        return f"no {noun} is expected here"
    return f"known {noun}s: {', '.join(sorted(names))}"


def dotted(path: Iterable[str | int]) -> str:
    """Return ``("jwks", 0, "url")`` as ``jwks[0].url``."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text
