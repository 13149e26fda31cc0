"""Files and standard input, as commands take them.

Enters: a name, ``-`` for standard input. Leaves: text. Invariant: a file that can't be read is an error of the input,
by name.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from router.config.supergraph_file import SupergraphFile, read_supergraph_file
from router.errors import InputError, InvalidSupergraph
from router.supergraph.model import Supergraph
from router.supergraph.reader import read_supergraph


def read_text(name: str) -> str:
    """Read a file, or standard input for ``-``. Raises :class:`InputError`."""
    try:
        return sys.stdin.buffer.read().decode() if name == "-" else Path(name).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise InputError(f"{name}: not UTF-8 text") from None
    except OSError as error:
        raise InputError(f"{name}: the file can't be read ({error.strerror})") from None


def load_supergraph(name: str) -> Supergraph:
    """Load a composed supergraph. Raises :class:`InputError`, also for a ``supergraph.yaml`` in its place."""
    if name.endswith((".yaml", ".yml")):
        remedy = f"router compose --config {name} --output supergraph.graphql"
        raise InputError(f"{name} looks like a supergraph.yaml, not a composed supergraph; compose it first: {remedy}")
    try:
        return read_supergraph(read_text(name))
    except InvalidSupergraph as error:
        raise InvalidSupergraph(f"{'<stdin>' if name == '-' else name}: {error}") from None


def read_config(name: str, environment: Mapping[str, str]) -> SupergraphFile:
    """Read a ``supergraph.yaml``; one from standard input is relative to the current folder."""
    text = read_text(name)
    folder = Path() if name == "-" else Path(name).parent
    return read_supergraph_file(text, "<stdin>" if name == "-" else name, folder, environment)


def write_text(text: str, output: str | None) -> None:
    """Write a result to a file, at once and whole, or to standard output."""
    if output is None or output == "-":
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    path = Path(output)
    partial = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        raise InputError(f"{output}: the file can't be written ({error.strerror})") from None
