"""Makes `.venv` what the lock says, and does nothing where it already is.

Enters: requirements/dev.txt, pyproject.toml and the Python that runs this file. Leaves: `.venv` with the locked
packages and the project itself, editable.
Invariant: the stamp is written last, so an environment that carries it is whole; one whose making was cut short
carries the unfinished mark instead and is made anew. Standard library only: it runs before anything is installed.
"""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements" / "dev.txt"
UNFINISHED = "unfinished"


def wanted_stamp(root: Path, lock: Path) -> dict[str, str]:
    """All that decides what is installed. The folder counts: a moved `.venv` has scripts that point nowhere."""
    return {
        "python": f"{sys.version} in {sys.base_prefix}",
        "folder": str(root),
        "lock": hashlib.sha256(lock.read_bytes()).hexdigest(),
        "project": hashlib.sha256((root / "pyproject.toml").read_bytes()).hexdigest(),
    }


def read_stamp(stamp: Path) -> dict[str, str]:
    try:
        found = json.loads(stamp.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def python_of(venv: Path) -> str | None:
    """The Python that `venv` runs, told as the stamp tells it; None where it doesn't run or has no pip."""
    tell = "import sys, pip; print(f'{sys.version} in {sys.base_prefix}', end='')"
    try:
        told = subprocess.run([venv / "bin" / "python", "-c", tell], capture_output=True, text=True)
    except OSError:
        return None
    return told.stdout if told.returncode == 0 else None


def empty(venv: Path) -> None:
    """The mark stays until all else is gone: being stopped here must not leave half an environment unmarked."""
    for child in venv.iterdir():
        if child.name == UNFINISHED:
            continue
        if child.is_dir() and not child.is_symlink():
            shutil.rmtree(child)
        else:
            child.unlink()


def install(root: Path, lock: Path) -> None:
    venv = root / ".venv"
    stamp, unfinished = venv / "installed.json", venv / UNFINISHED
    found, wanted = read_stamp(stamp), wanted_stamp(root, lock)
    was_cut_short = unfinished.exists()
    if found == wanted and not was_cut_short:
        return
    venv.mkdir(exist_ok=True)
    unfinished.touch()
    stamp.unlink(missing_ok=True)
    moved = found.get("folder", wanted["folder"]) != wanted["folder"]
    if was_cut_short or moved or python_of(venv) != wanted["python"]:
        empty(venv)
        print(f"Making .venv with Python {sys.version.split()[0]} ({sys.executable})", flush=True)
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    print("Installing the locked packages (a minute or two the first time)", flush=True)
    python = str(venv / "bin" / "python")
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    subprocess.run([*pip, "--require-hashes", "--requirement", str(lock)], check=True)
    subprocess.run([*pip, "--no-deps", "--no-build-isolation", "--editable", str(root)], check=True)
    stamp.write_text(json.dumps(wanted, indent=2) + "\n")
    unfinished.unlink()


if __name__ == "__main__":
    try:
        install(ROOT, LOCK)
    except subprocess.CalledProcessError as error:
        sys.exit(f"The environment could not be made: exit code {error.returncode} of {' '.join(map(str, error.cmd))}")
