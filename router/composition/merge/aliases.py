"""Under which names the supergraph links its features, so that no two names in it can be taken for each other.

Enters: the features with what they import, and every name that the subgraphs use. Leaves: a name for each feature, in
the order in which they ask. Invariant: a feature bears its own name unless a name in the supergraph would then belong
to two features; else the name is one that begins no other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from router.composition.report import Positioned, Report, Source
from router.federation.errors import ErrorCode
from router.federation.subgraph import Subgraph
from router.federation.versions import FEDERATION_1, federation_vocabulary

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DIGITS = "0123456789"


@dataclass(slots=True)
class Aliases:
    """``names`` yields those of the subgraphs' elements; ``taken`` are names that no feature may bear (any more)."""

    names: Callable[[], Iterable[str]]
    taken: set[str] = field(default_factory=lambda: {"link", "join"})
    _conflicts: dict[str, tuple[set[str], set[str]]] = field(default_factory=dict)
    _expected: set[str] = field(default_factory=set)
    _numbered: int = 0

    def expect(self, identity: str, name: str, imports: Mapping[str, str]) -> None:
        """Note what a feature will import, ``@name`` by ``@name``; all are to be known before the first is named."""
        own, others = set[str](), set[str]()
        for element, local in imports.items():
            bare, local_bare = element.removeprefix("@"), local.removeprefix("@")
            namespace, separator, rest = local_bare.partition("__")
            if separator:
                others.add(namespace)
                if rest != bare:
                    own.add(namespace)
            others.add(local_bare)
            if bare != name:
                own.add(local_bare)
        self._expected.update((name, *(local.removeprefix("@") for local in imports.values())))
        self._conflicts[identity] = own, others

    def choose(self, identity: str, name: str) -> str:
        """Return what the supergraph calls a feature."""
        if not self._is_free(identity, name):
            letters = "".join(letter for letter in name if letter in _LETTERS)
            name, self._numbered = f"{self._unused_prefix()}{self._numbered}{letters}", self._numbered + 1
        self.taken.add(name)
        return name

    def _is_free(self, identity: str, name: str) -> bool:
        if name in self.taken or "__" in name or name.endswith("_") or not _NAME.match(name):
            return False
        return not any(
            name in (own if other == identity else others) for other, (own, others) in self._conflicts.items()
        )

    def _unused_prefix(self) -> str:
        """Return the shortest text that none of the names begins with, ``_`` before letters before digits."""
        names = self._expected.union(self.names())
        candidates: Iterable[str] = ("",)
        while True:
            longer = list(_extended(candidates))
            for text in longer:
                if not any(name.startswith(text) for name in names):
                    return text
            candidates = longer


def _extended(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        for letter in (_LETTERS + _DIGITS) if text else f"_{_LETTERS}":
            yield text + letter


def names_of_elements(subgraphs: Sequence[Subgraph]) -> Iterator[str]:
    """Yield the names of the types and directives of all subgraphs, or what they begin with."""
    yield from ("link", "join", "Int", "Float", "String", "Boolean", "ID", "include", "skip", "deprecated")
    yield "specifiedBy"
    for subgraph in subgraphs:
        if subgraph.version == FEDERATION_1:
            yield from federation_vocabulary((2, 4)).directives
        yield from subgraph.schema.types
        yield from subgraph.schema.directive_definitions
        for feature in subgraph.features:
            yield feature.name
            yield from (local.removeprefix("@") for local in feature.imports.values())


def belongs_to_join(name: str) -> bool:
    """Whether a directive's name would be taken for one of the join specification, which every supergraph links."""
    return name.partition("__")[0] == "join"


def report_name_of_join(report: Report, name: str, sources: Sequence[Source[Positioned]]) -> None:
    """Report such a name."""
    report.error(
        ErrorCode.INVALID_LINK_DIRECTIVE_USAGE,
        f"@{name} has a name that the supergraph needs for itself",
        sources,
        [f"@{name}"],
        "import the directive under another name",
    )
