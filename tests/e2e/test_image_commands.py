"""What an image runs, as processes: `start` becomes the service, `healthy` asks it, and signals arrive."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.free_ports import free_ports
from tests.support.patience import patience

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).resolve().parents[2]
COMMANDS = Path(sys.executable).parent


def variables(service: str, folder: Path, port: int) -> dict[str, str]:
    return {
        **os.environ,
        "PATH": f"{COMMANDS}:{os.environ['PATH']}",
        "SERVICE": service,
        **patience("courses"),
        "HEALTH_PORT": str(port),
        "COURSES_DATABASE_URL": f"sqlite:///{folder / 'courses.sqlite3'}",
    }


def is_healthy(environment: dict[str, str]) -> bool:
    return (
        subprocess.run([sys.executable, ROOT / "docker" / "healthy"], env=environment, capture_output=True).returncode
        == 0
    )


def wait_until_healthy(process: "subprocess.Popen[bytes]", environment: dict[str, str]) -> None:
    end = time.monotonic() + 120
    while not is_healthy(environment):
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(0.2)


def test_a_subgraph(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    environment = variables("courses", tmp_path, port)
    start = [ROOT / "docker" / "start", "--host", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(start, env=environment, cwd=tmp_path, stderr=subprocess.DEVNULL) as process:
        try:
            # It bears to be started before its migrations, and says that it isn't ready.
            time.sleep(0.5)
            assert not is_healthy(environment)
            subprocess.run(["courses", "migrate"], env=environment, cwd=tmp_path, check=True, capture_output=True)
            wait_until_healthy(process, environment)
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) in (0, -signal.SIGTERM)
        finally:
            process.kill()


def test_the_router_waits_for_a_supergraph(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    environment = variables("router", tmp_path, port)
    supergraph = tmp_path / "supergraph.graphql"
    start = [ROOT / "docker" / "start", "--listen", f"127.0.0.1:{port}", "--supergraph", str(supergraph)]
    with subprocess.Popen(start, env=environment, cwd=tmp_path, stderr=subprocess.DEVNULL) as process:
        try:
            time.sleep(0.5)
            assert not is_healthy(environment)
            supergraph.write_text((ROOT / "charts" / "supergraph" / "files" / "supergraph.graphql").read_text())
            wait_until_healthy(process, environment)
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0
        finally:
            process.kill()
