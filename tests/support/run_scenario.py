"""Runs one scenario: compose, plan, execute on both executors, compare with the monolith and with what is written."""

from __future__ import annotations

import asyncio
import difflib
import json
from functools import lru_cache
from typing import Any

from router.verification.case import Case, Federation, Verdict
from router.verification.transport import Fault
from tests.support.scenario import Scenario


class ScenarioFailure(AssertionError):
    """Says what differs, as a person would want to read it."""


def run_scenario(scenario: Scenario, *, compare: bool) -> dict[str, str]:
    """Return the actual text of each expectation. With ``compare``, fail where it differs from what is written."""
    actual = _run(scenario)
    if compare:
        problems = [
            _difference(key, scenario.expected.get(key), text)
            for key, text in actual.items()
            if scenario.expected.get(key, "").strip() != text.strip()
        ]
        problems += [f"{key} is expected, but there is none" for key in scenario.expected if key not in actual]
        if problems:
            raise ScenarioFailure("\n\n".join(problems))
    return actual


def _run(scenario: Scenario) -> dict[str, str]:
    federation = _federation(json.dumps([scenario.subgraphs, scenario.data]))
    composition = federation.composition
    if composition.errors:
        if "errors" not in scenario.expected and scenario.operation is not None:
            raise ScenarioFailure("\n".join(error.message for error in composition.errors))
        return {"errors": "\n".join(error.message for error in composition.errors)}
    if "errors" in scenario.expected:
        raise ScenarioFailure("the subgraphs compose, but errors are expected")
    actual: dict[str, str] = {}
    if "hints" in scenario.expected:
        actual["hints"] = "\n".join(f"[{hint.code}] {hint.message}" for hint in composition.hints)
    if scenario.operation is None:
        return actual
    readable, compiled = (asyncio.run(_execute(scenario, federation, compiled=value)) for value in (False, True))
    if _text(readable) != _text(compiled):
        raise ScenarioFailure("the executors differ\n" + _difference("result", _text(readable), _text(compiled)))
    if scenario.without_monolith is None and readable.problems:
        raise ScenarioFailure("the monolith differs\n" + "\n".join(readable.problems) + "\n" + readable.plan)
    complaints = [problem for problem in readable.problems if problem.startswith("complaint")]
    if complaints:
        raise ScenarioFailure("\n".join(complaints) + "\n" + readable.plan)
    return {**actual, "plan": readable.plan, "increments" if readable.payloads else "result": _text(readable)}


@lru_cache(maxsize=4)
def _federation(text: str) -> Federation:
    """The federation of many sections of a file, composed once; its text form is what tells it from others."""
    subgraphs, data = json.loads(text)
    return Federation(subgraphs, data)


async def _execute(scenario: Scenario, federation: Federation, *, compiled: bool) -> Verdict:
    settings = dict(scenario.settings)
    run = federation.stream if settings.pop("stream", False) else federation.run
    return await run(_case(scenario, settings), compiled=compiled, **settings)


def _case(scenario: Scenario, settings: dict[str, Any]) -> Case:
    """Take what belongs to the request out of the settings."""
    assert scenario.operation is not None
    caller = {"claims": settings.pop("claims")} if "claims" in settings else {}
    return Case(
        scenario.subgraphs,
        scenario.data,
        scenario.operation,
        scenario.variables,
        labels=frozenset(settings.pop("labels", ())),
        faults={name: Fault(**fault) for name, fault in scenario.faults.items()},
        policies=frozenset(settings.pop("policies", ())),
        **caller,
    )


def _text(verdict: Verdict) -> str:
    answer = [_readable(payload) for payload in verdict.payloads] or _readable(verdict.actual)
    return json.dumps(answer, indent=2, ensure_ascii=False)


def _readable(answer: Any) -> Any:
    """An answer without what is for machines: locations."""
    if isinstance(answer, dict) and isinstance(answer.get("errors"), list):
        errors = [{k: v for k, v in error.items() if k != "locations"} for error in answer["errors"]]
        return {**answer, "errors": errors}
    return answer


def _difference(key: str, expected: str | None, actual: str) -> str:
    if expected is None:
        return f"no {key} is written; pytest --update-scenarios adds it:\n{actual}"
    lines = difflib.unified_diff(
        expected.strip().splitlines(), actual.strip().splitlines(), f"{key} as written", f"{key} now", lineterm=""
    )
    return "\n".join(lines)
