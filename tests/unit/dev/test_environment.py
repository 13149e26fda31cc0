"""When `.venv` is made anew, brought up to date, or left alone. pip and venv are replaced by a record of calls."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dev import environment


class Project:
    """A checkout with a lock, where making an environment takes no time."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        self.lock = root / "dev.txt"
        self.calls: list[str] = []
        self.fails_at: str | None = None
        self.lock.write_text("a==1\n")
        (root / "pyproject.toml").write_text("[project]\n")
        monkeypatch.setattr(subprocess, "run", self.run)

    def run(self, command: list[str], **_: Any) -> "subprocess.CompletedProcess[str]":
        what = "tell" if "-c" in command else next(word for word in command if word in {"venv", "pip"})
        python = self.root / ".venv" / "bin" / "python"
        if what == "tell":
            if not python.exists():
                raise FileNotFoundError(python)
            return subprocess.CompletedProcess(command, 0, python.read_text())
        what = "project" if "--editable" in command else what
        self.calls.append(what)
        if what == self.fails_at:
            raise subprocess.CalledProcessError(1, command)
        if what == "venv":
            python.parent.mkdir()
            python.write_text(f"{sys.version} in {sys.base_prefix}")
        return subprocess.CompletedProcess(command, 0)

    def install(self) -> list[str]:
        self.calls.clear()
        environment.install(self.root, self.lock)
        return self.calls


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    return Project(tmp_path, monkeypatch)


def test_it_is_made_once_and_then_left_alone(project: Project) -> None:
    assert project.install() == ["venv", "pip", "project"]
    assert project.install() == []


@pytest.mark.parametrize("name", ["dev.txt", "pyproject.toml"])
def test_a_changed_lock_or_project_is_installed_in_place(project: Project, name: str) -> None:
    project.install()
    (project.root / name).write_text("changed")
    assert project.install() == ["pip", "project"]


@pytest.mark.parametrize("step", ["venv", "pip", "project"])
def test_one_cut_short_is_made_anew(project: Project, step: str) -> None:
    project.fails_at = step
    with pytest.raises(subprocess.CalledProcessError):
        project.install()
    project.fails_at = None
    assert project.install() == ["venv", "pip", "project"]
    assert project.install() == []


def test_another_python_means_anew(project: Project) -> None:
    project.install()
    (project.root / ".venv" / "bin" / "python").write_text("3.0 in /elsewhere")
    (project.root / ".venv" / "installed.json").write_text("{}")
    assert project.install() == ["venv", "pip", "project"]


def test_a_moved_checkout_means_anew(project: Project) -> None:
    project.install()
    stamp = project.root / ".venv" / "installed.json"
    stamp.write_text(stamp.read_text().replace(str(project.root), "/elsewhere"))
    assert project.install() == ["venv", "pip", "project"]


def test_an_environment_of_unknown_origin_is_kept_when_it_runs_the_same_python(project: Project) -> None:
    project.install()
    (project.root / ".venv" / "installed.json").unlink()
    assert project.install() == ["pip", "project"]
