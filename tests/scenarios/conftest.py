"""Collects every section of every Markdown file in this folder as a test."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.run_scenario import ScenarioFailure, run_scenario
from tests.support.scenario import Scenario, read_scenarios, update_scenarios

_updates: dict[Path, dict[str, dict[str, str]]] = defaultdict(dict)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if file_path.suffix == ".md" and file_path.name != "README.md":
        return ScenarioFile.from_parent(parent, path=file_path)
    return None


class ScenarioFile(pytest.File):
    def collect(self) -> Iterator[pytest.Item]:
        seen: set[str] = set()
        for scenario in read_scenarios(self.path):
            assert scenario.name not in seen, f"{self.path}: two sections are called {scenario.name!r}"
            seen.add(scenario.name)
            yield ScenarioItem.from_parent(self, name=scenario.name, scenario=scenario)


class ScenarioItem(pytest.Item):
    def __init__(self, *, scenario: Scenario, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.scenario = scenario

    def runtest(self) -> None:
        update = self.config.getoption("--update-scenarios")
        actual = run_scenario(self.scenario, compare=not update)
        if update:
            _updates[self.path][self.scenario.name] = actual

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, ScenarioFailure):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.scenario.line - 1, f"scenario: {self.scenario.name}"


def pytest_sessionfinish() -> None:
    for path, actual in _updates.items():
        update_scenarios(path, actual)
