"""Generated Python source: functions as text, with the constants that they use, compiled together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any


class Source:
    """Collects functions; :meth:`build` compiles them all into one namespace.

    Only names made by this class and ``repr`` of strings go into the text, so nothing that a client writes can become
    code.
    """

    def __init__(self, **names: Any) -> None:
        self._namespace: dict[str, Any] = dict(names)
        self._text: list[str] = []
        self._count = 0

    def __len__(self) -> int:
        return len(self._text)

    def name(self, prefix: str) -> str:
        """Return a name that nothing else has."""
        self._count += 1
        return f"{prefix}{self._count}"

    def constant(self, prefix: str, value: Any) -> str:
        """Keep a value for the code, and return the name that it has there."""
        name = self.name(prefix)
        self._namespace[name] = value
        return name

    def function(self, name: str, parameters: str, body: Sequence[str]) -> None:
        """Add a function; the lines of ``body`` are indented by what they need within the function."""
        self._text.append(f"def {name}({parameters}):\n" + "".join(f"    {line}\n" for line in body))

    def statement(self, text: str) -> None:
        """Add a statement, which may use the functions before it."""
        self._text.append(text + "\n")

    def build(self) -> Code:
        """Compile what was collected."""
        text = "\n".join(self._text)
        exec(compile(text, "<query plan>", "exec"), self._namespace)  # noqa: S102 - our own text, see the class
        return Code(self._namespace)


class Code:
    """Compiled functions by name. Whoever runs one keeps this: they are gone when it is.

    A function keeps its namespace, and the namespace the function, so only the cyclic collector would free them: late,
    since they are old by then, and until that time the memory would grow with every operation that the cache drops.
    """

    __slots__ = ("_namespace",)

    def __init__(self, namespace: dict[str, Any]) -> None:
        self._namespace = namespace

    def __getitem__(self, name: str) -> Callable[..., Any]:
        function: Callable[..., Any] = self._namespace[name]
        return function

    def __del__(self) -> None:
        self._namespace.clear()
