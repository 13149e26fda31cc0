"""Charts, rendered.

Enters: the charts, values. Leaves: Kubernetes objects. Invariant: it works on a copy, so that the dependencies that
helm packs never stand in the checkout.
"""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml


def copy_charts(charts: Path, folder: Path, helm: Path) -> Path:
    """Copy the charts, with their dependencies packed; return where."""
    target = folder / "charts"
    shutil.copytree(charts, target, ignore=shutil.ignore_patterns("*.tgz", "Chart.lock"))
    for chart in ("router", "subgraph", "supergraph"):
        run(helm, "dependency", "build", str(target / chart), "--skip-refresh")
    return target


def run(helm: Path, *arguments: str) -> str:
    """Run helm and return what it printed. Raises ``CalledProcessError`` with what it said in ``stderr``."""
    return subprocess.run([str(helm), *arguments], capture_output=True, text=True, check=True).stdout


def render(helm: Path, chart: Path, release: str, arguments: list[str]) -> list[dict[str, Any]]:
    """Return the objects of a release, in helm's order."""
    text = run(helm, "template", release, str(chart), *arguments)
    return read_documents(text)


def read_documents(text: str) -> list[dict[str, Any]]:
    """The objects of a text that helm wrote; by libyaml where it is there, which takes a sixth of the time."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return [document for document in yaml.load_all(text, loader) if document]
