"""Who listens on a port, told from a copy of Linux's own tables."""

from pathlib import Path

import pytest

from dev.ports import holder

HEADER = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
ROW = (
    "   0: 0100007F:{port:04X} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000     0        0 {inode} 1\n"
)


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    (tmp_path / "net").mkdir()
    rows = ROW.format(port=4000, state="0A", inode=77) + ROW.format(port=4001, state="01", inode=78)
    (tmp_path / "net" / "tcp").write_text(HEADER + rows)
    descriptors = tmp_path / "123" / "fd"
    descriptors.mkdir(parents=True)
    (descriptors / "3").symlink_to("socket:[77]")
    (descriptors / "4").symlink_to("socket:[78]")
    (tmp_path / "123" / "comm").write_text("postgres\n")
    return tmp_path


def test_the_listener_is_named(proc: Path) -> None:
    assert holder(4000, proc) == "postgres (process 123)"


def test_a_connection_is_not_a_listener(proc: Path) -> None:
    assert holder(4001, proc) is None


def test_where_linux_tells_nothing_nothing_is_said(tmp_path: Path) -> None:
    assert holder(4000, tmp_path) is None
