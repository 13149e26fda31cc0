"""Helm, and the charts with their dependencies packed, in a folder of their own."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dev.helm import NoHelm, find_helm
from dev.rendering import copy_charts, render
from tests.delivery.releases import Release

ROOT = Path(__file__).resolve().parents[2]
Render = Callable[..., list[dict[str, Any]]]


@dataclass(frozen=True)
class Charts:
    helm: Path
    folder: Path

    def render(self, release: Release, *arguments: str) -> list[dict[str, Any]]:
        return render(
            self.helm, self.folder / release.chart, release.name, [*release.arguments(self.folder), *arguments]
        )


@pytest.fixture(scope="session")
def helm() -> Path:
    """It is downloaded where it is missing; a build server may not do without."""
    try:
        return find_helm()
    except NoHelm as problem:
        if os.environ.get("CI"):
            pytest.fail(str(problem))
        pytest.skip(str(problem))


@pytest.fixture(scope="session")
def charts(helm: Path, tmp_path_factory: pytest.TempPathFactory) -> Charts:
    return Charts(helm, copy_charts(ROOT / "charts", tmp_path_factory.mktemp("charts"), helm))
