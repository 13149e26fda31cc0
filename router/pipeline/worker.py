"""Large documents are prepared in a process of their own, so that they hold up nobody else.

A thread wouldn't do: it shares the interpreter's lock. The process is started with the first large document, takes one
at a time, and is replaced where it dies. Messages both ways are pickles after their length in four bytes; the pipe is
between this program and its own child, so nobody else writes to it.
"""

from __future__ import annotations

import asyncio
import pickle
import struct
import sys
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from graphql import GraphQLError
from graphql.language import ast

from router.errors import OperationError, PlanningBudgetExceeded, PlanningError
from router.operation.model import Operation
from router.operation.parsing import parse
from router.pipeline.prepare import Checked, Prepared, Preparer, Wanted, prepared, refusal, variable_text
from router.pipeline.settings import PipelineSettings
from router.query_plan.plan import QueryPlan
from router.supergraph.model import Supergraph

_LENGTH: Final = struct.Struct(">I")
_RECURSION_LIMIT: Final = 10_000


@dataclass(frozen=True, slots=True)
class _Ready:
    operation: Operation
    plan: QueryPlan
    variables: str
    text: str | None
    tokens: int


@dataclass(frozen=True, slots=True)
class _Refused:
    errors: tuple[tuple[str, tuple[tuple[int, int], ...], dict[str, Any]], ...]


@dataclass(frozen=True, slots=True)
class _NotPlanned:
    message: str
    exceeded: bool


_Outcome = _Ready | _Refused | _NotPlanned


class PreparationWorker:
    """The other process, from this side. ``max_waiting`` documents may wait for it; more are refused."""

    def __init__(self, supergraph: Supergraph, settings: PipelineSettings, max_waiting: int = 64) -> None:
        self._start = pickle.dumps((supergraph, settings))
        self._max_waiting = max_waiting
        self._waiting = 0
        self._turn = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None

    async def prepare(self, wanted: Wanted) -> Prepared:
        """Prepare a document. Raises like :class:`~router.pipeline.prepare.Preparer`."""
        if self._waiting >= self._max_waiting:
            raise refusal("OVERLOADED", "Too many large documents are being prepared; try again later.", retry=True)
        self._waiting += 1
        try:
            # An exchange that began is brought to its end, or the next one would get this one's answer.
            outcome = await asyncio.shield(asyncio.ensure_future(self._exchange(wanted)))
        finally:
            self._waiting -= 1
        return _unpack(outcome)

    async def aclose(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()

    async def _exchange(self, wanted: Wanted) -> _Outcome:
        async with self._turn:
            for attempt in (1, 2):
                process = await self._running()
                assert process.stdin is not None
                assert process.stdout is not None
                try:
                    process.stdin.write(_frame(pickle.dumps(wanted)))
                    await process.stdin.drain()
                    length = _LENGTH.unpack(await process.stdout.readexactly(_LENGTH.size))[0]
                    outcome: _Outcome = pickle.loads(await process.stdout.readexactly(length))  # noqa: S301 - own child
                except (OSError, asyncio.IncompleteReadError):
                    await self.aclose()
                    if attempt == 2:
                        break
                else:
                    return outcome
        raise refusal("INTERNAL_SERVER_ERROR", "The document could not be prepared.")

    async def _running(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-c",
                "from router.pipeline.worker import main; main()",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
            )
            assert self._process.stdin is not None
            self._process.stdin.write(_frame(self._start))
        return self._process


def _frame(message: bytes) -> bytes:
    return _LENGTH.pack(len(message)) + message


def _unpack(outcome: _Outcome) -> Prepared:
    match outcome:
        case _Refused(errors):
            raise OperationError([_located(message, places, extensions) for message, places, extensions in errors])
        case _NotPlanned(message, exceeded):
            raise (PlanningBudgetExceeded if exceeded else PlanningError)(message)
        case _Ready():
            definitions = _variables(outcome.variables)
            document = parse(outcome.text) if outcome.text is not None else None
            return prepared(Checked(outcome.operation, definitions, document, outcome.tokens), outcome.plan)


class _LocatedError(GraphQLError):
    """An error whose places are known without its document."""

    places: tuple[tuple[int, int], ...] = ()

    @property
    def formatted(self) -> Any:
        """The error as JSON-like data (GraphQL specification, section 7.1.2)."""
        entry: dict[str, Any] = {"message": self.message}
        if self.places:
            entry["locations"] = [{"line": line, "column": column} for line, column in self.places]
        return {**entry, "extensions": self.extensions}


def _located(message: str, places: tuple[tuple[int, int], ...], extensions: dict[str, Any]) -> GraphQLError:
    error = _LocatedError(message, extensions=extensions)
    error.places = places
    return error


def _variables(text: str) -> tuple[ast.VariableDefinitionNode, ...]:
    if not text:
        return ()
    node = parse(f"query ({text}) {{ __typename }}").definitions[0]
    assert isinstance(node, ast.OperationDefinitionNode)
    return tuple(node.variable_definitions or ())


def _prepare(preparer: Preparer, wanted: Wanted) -> _Outcome:
    try:
        item = preparer.prepare(wanted)
    except OperationError as error:
        return _Refused(tuple(_pack(found) for found in error.errors))
    except PlanningError as error:
        return _NotPlanned(str(error), isinstance(error, PlanningBudgetExceeded))
    checked = item.checked
    kept = wanted.text if checked.document is not None else None
    return _Ready(checked.operation, item.plan, variable_text(checked.variables), kept, checked.tokens)


def _pack(error: GraphQLError) -> tuple[str, tuple[tuple[int, int], ...], dict[str, Any]]:
    places = tuple((place.line, place.column) for place in error.locations or ())
    return error.message, places, dict(error.extensions or {})


def _read(stream: BinaryIO) -> Any:
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    return pickle.loads(stream.read(_LENGTH.unpack(head)[0]))  # noqa: S301 - from the parent process


def main() -> None:
    """Serve the parent process until it closes the pipe."""
    # The deepest operation that the limits allow takes more levels than the interpreter's own limit, which the parent
    # process keeps.
    sys.setrecursionlimit(_RECURSION_LIMIT)
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    supergraph, settings = _read(source)
    preparer = Preparer(supergraph, settings)
    while (message := _read(source)) is not None:
        sink.write(_frame(pickle.dumps(_prepare(preparer, message))))
        sink.flush()
