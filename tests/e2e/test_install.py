"""`make install` chooses a Python by running it, not by its name."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from dev.product import ROOT

pytestmark = pytest.mark.e2e
TOOLS = ["sh", "sort", "head", "cut", "dirname"]


class Machine:
    """A checkout and a PATH with nothing on it but what a test puts there."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.path = root / "path"
        self.path.mkdir()
        (root / "dev").mkdir()
        shutil.copy(ROOT / "dev" / "install.sh", root / "dev")
        for tool in TOOLS:
            (self.path / tool).symlink_to(shutil.which(tool) or tool)

    def add_python(self, name: str, version: str | None) -> Path:
        """A stand-in that tells `version` when probed, and its own name when told to install."""
        python = self.path / name
        told = f"echo {version} {python}" if version else "exit 1"
        python.parent.mkdir(parents=True, exist_ok=True)
        python.write_text(f'#!/bin/sh\nif [ "$1" = -c ]; then {told}; else echo "installs with {name}"; fi\n')
        python.chmod(0o755)
        return python

    def install(self, **environment: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["sh", self.root / "dev" / "install.sh"],
            env={"PATH": str(self.path), **environment},
            capture_output=True,
            text=True,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_the_newest_that_runs_is_taken(machine: Machine) -> None:
    machine.add_python("python3", "3 11 7")
    machine.add_python("python3.13", None)
    machine.add_python("python3.12", "3 12 1")
    assert machine.install().stdout == "installs with python3.12\n"


def test_versions_are_compared_as_numbers(machine: Machine) -> None:
    machine.add_python("python3", "4 2 0")
    machine.add_python("python3.99", "3 99 0")
    assert machine.install().stdout == "installs with python3\n"


def test_the_named_one_wins_and_one_that_does_not_run_is_refused(machine: Machine) -> None:
    machine.add_python("python3", "3 13 0")
    named = machine.add_python("own", "3 11 0")
    machine.add_python("broken", None)
    assert machine.install(PYTHON=str(named)).stdout == "installs with own\n"
    refused = machine.install(PYTHON="broken")
    assert refused.returncode == 1
    assert "PYTHON=broken does not run as Python 3.11 or later" in refused.stderr


def test_without_any_it_says_how_to_name_one(machine: Machine) -> None:
    machine.add_python("python3", None)
    refused = machine.install()
    assert refused.returncode == 1
    assert "make install PYTHON=" in refused.stderr


def test_the_python_of_a_working_environment_stays(machine: Machine) -> None:
    machine.add_python("python3.13", "3 13 0")
    machine.path, path = machine.root / ".venv" / "bin", machine.path
    machine.add_python("python", "3 11 7")
    machine.path = path
    assert machine.install().stdout == "installs with python\n"


def test_it_runs_where_the_shell_is_the_posix_one() -> None:
    script = ROOT / "dev" / "install.sh"
    assert script.read_text().startswith("#!/bin/sh\n")
    assert os.access(script, os.X_OK)
