"""The commands of the services, the signing keys' life, and that all of it is documented."""

from __future__ import annotations

import json
import re
import stat
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random

import click
import pytest
from click.testing import CliRunner, Result

import subgraphs
from subgraphs.courses.cli import main as courses
from subgraphs.courses.settings import CoursesSettings
from subgraphs.enrollments.cli import main as enrollments
from subgraphs.enrollments.settings import EnrollmentsSettings
from subgraphs.shared.settings import ServiceSettings
from subgraphs.users.cli import main as users
from subgraphs.users.settings import UsersSettings
from subgraphs.users.signing_keys import KeyRing, KeyRingError, KeyRingStore, read_ring

SERVICES = {"users": users, "courses": courses, "enrollments": enrollments}
ROOT = Path(__file__).resolve().parents[2]
README = (Path(next(iter(subgraphs.__path__))) / "README.md").read_text(encoding="utf-8")


def run(command: click.Command, *arguments: str, input: str | None = None) -> Result:
    return CliRunner().invoke(command, arguments, input=input)


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, value in (("TIME_COST", "1"), ("MEMORY_COST", "8192"), ("PARALLELISM", "1")):
        monkeypatch.setenv(f"USERS_ARGON2_{name}", value)
    return tmp_path


@pytest.mark.parametrize("service", SERVICES)
def test_the_life_of_a_database(service: str, empty_folder: Path) -> None:
    command = SERVICES[service]
    unready = run(command, "migrate", "--check")
    assert (unready.exit_code, f"wants {service}_0001" in unready.output) == (1, True)
    assert run(command, "migrate").exit_code == 0
    assert run(command, "migrate", "--check").exit_code == 0
    first = run(command, "seed")
    assert re.search(rf"{service}: [1-9]\d* \w+ made", first.output)
    assert f"{service}: 0 " in run(command, "seed").output
    assert run(command, "migrate", "base").exit_code == 0
    assert run(command, "migrate", "nonsense").exit_code == 1
    assert run(command, "reset", "--yes").exit_code == 0
    assert not (empty_folder / ".data" / f"{service}.sqlite3").exists()


def test_a_command_loads_what_it_needs_and_no_more() -> None:
    """All of a service takes a second or two to load, which nobody wants to wait for who asks for help."""
    code = (
        "import sys\n"
        "from subgraphs.users.cli import main\n"
        "main(['--help'], standalone_mode=False)\n"
        "print(*{'alembic', 'fastapi', 'sqlalchemy', 'strawberry', 'uvicorn'} & sys.modules.keys(), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "create-admin" in done.stdout
    assert done.stderr.split() == []


@pytest.mark.parametrize("service", SERVICES)
def test_seeding_an_unmigrated_database_fails_plainly(service: str) -> None:
    result = run(SERVICES[service], "seed")
    assert result.exit_code == 1
    assert "the schema is at revision none, this version wants" in result.output
    assert f"run `{service} migrate` first" in result.output


@pytest.mark.parametrize("service", SERVICES)
def test_the_schema_is_printed(service: str, empty_folder: Path) -> None:
    printed = run(SERVICES[service], "schema").output
    assert run(SERVICES[service], "schema", "--output", "out.graphql").exit_code == 0
    assert (empty_folder / "out.graphql").read_text(encoding="utf-8") == printed


def test_a_bad_setting_is_named_without_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSES_SIGNATURE_SECRETS", "short-secret")
    result = run(courses, "migrate")
    assert result.exit_code == 1
    assert "COURSES_SIGNATURE_SECRETS" in result.output
    assert "short-secret" not in result.output


@pytest.mark.parametrize("name", ["JWKS_URL", "USERS_URL", "COURSES_URL"])
@pytest.mark.parametrize(
    "address",
    ["", "users:4001/graphql", "ftp://users/graphql", "http://[bad", "http://us ers/", "http://a:99999/", "http:///x"],
)
def test_an_address_that_is_none_is_refused_at_the_start(
    monkeypatch: pytest.MonkeyPatch, name: str, address: str
) -> None:
    monkeypatch.setenv(f"ENROLLMENTS_{name}", address)
    result = run(enrollments, "serve", "--port", "0")
    assert result.exit_code == 1
    expected = f"Error: ENROLLMENTS_{name}: that is no address; write one such as http://users:4001/graphql\n"
    assert result.output == expected


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense with a password", "that is no database URL; write sqlite:///FILE or postgresql://"),
        ("mysql://u:password@h/d", "the database 'mysql' is not supported; use sqlite or postgresql"),
        ("postgresql://u:password@127.0.0.1:1/d", ""),
    ],
)
@pytest.mark.parametrize("command", ["migrate", "seed", "reset", "serve"])
def test_a_database_that_cannot_be_used_is_said_without_its_password(
    monkeypatch: pytest.MonkeyPatch, command: str, url: str, said: str
) -> None:
    if command == "serve" and url.startswith("postgresql"):
        command = "migrate"  # serving starts, and waits for its database
    monkeypatch.setenv("COURSES_DATABASE_URL", url)
    done = run(courses, command)
    assert (done.exit_code, type(done.exception)) == (1, SystemExit)
    assert said in done.output
    assert "u:password" not in done.output
    assert "with a password" not in done.output


def test_reset_refuses_another_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSES_DATABASE_URL", "postgresql://u:hidden@h/d")
    result = run(courses, "reset", "--yes")
    assert result.exit_code == 1
    assert "hidden" not in result.output


def test_an_admin_is_made_once() -> None:
    run(users, "migrate")
    made = run(users, "create-admin", "--email", "root@learn.test", input="a long enough secret\n")
    assert made.exit_code == 0, made.output
    assert "secret" not in made.output
    assert run(users, "create-admin", "--email", "ROOT@learn.test", input="a long enough secret\n").exit_code == 1
    assert run(users, "create-admin", "--email", "other@learn.test", input="short\n").exit_code == 1
    assert run(users, "create-admin", "--email", "nonsense", input="a long enough secret\n").exit_code == 1


def test_pruning_an_empty_database() -> None:
    run(users, "migrate")
    assert "0 ended sessions deleted" in run(users, "prune").output


def states() -> Sequence[str]:
    return [line.split()[2] for line in run(users, "keys", "list").output.splitlines()]


def test_the_life_of_a_key(empty_folder: Path) -> None:
    ring_file = empty_folder / ".data" / "users.keys.json"
    assert (
        "no keys yet at .data/users.keys.json; make one with `users keys rotate`" in run(users, "keys", "list").output
    )
    assert run(users, "keys", "rotate").exit_code == 0
    assert stat.S_IMODE(ring_file.stat().st_mode) == 0o600
    assert states() == ["signing"]
    assert run(users, "keys", "rotate").exit_code == 0
    assert states() == ["signing", "next"]
    assert run(users, "keys", "rotate", "--now", "--algorithm", "RS256").exit_code == 0
    # The one that was next never signed anything.
    first, third = read_ring(ring_file.read_bytes()).keys
    assert [key.algorithm for key in (first, third)] == ["EdDSA", "RS256"]
    assert states() == ["retiring", "signing"]
    assert run(users, "keys", "retire", first.key_id).exit_code == 0
    assert run(users, "keys", "retire", first.key_id).exit_code == 1
    last = run(users, "keys", "retire", third.key_id)
    assert (last.exit_code, "rotate --now" in last.output) == (1, True)
    listed = run(users, "keys", "list").output
    assert all(private not in listed for private in (third.jwk["d"], third.jwk["p"]))


def test_a_ring_from_the_environment_is_printed_not_written(
    monkeypatch: pytest.MonkeyPatch, empty_folder: Path
) -> None:
    ring = KeyRing(()).rotate("EdDSA", int(time.time()), 0, 0)
    monkeypatch.setenv("USERS_SIGNING_KEYS", ring.to_json().decode())
    assert run(users, "keys", "rotate").exit_code == 1
    printed = json.loads(run(users, "keys", "rotate", "--print").output)
    assert printed["keys"][0]["kid"] == ring.keys[0].key_id
    assert len(printed["keys"]) == 2
    assert not (empty_folder / ".data").exists()


def test_a_rotation_never_makes_a_good_token_bad() -> None:
    life, lead = 600, 100
    ring = KeyRing(()).rotate("EdDSA", 1_000, 0, life).rotate("EdDSA", 2_000, lead, life)
    old, new = ring.keys
    assert ring.signing_key(2_000 + lead - 1) is old
    assert ring.signing_key(2_000 + lead) is new
    last_token_expires = 2_000 + lead - 1 + life
    assert old in ring.published(last_token_expires + 5)
    assert ring.published(2_000 + lead + life + 61) == [new]
    assert [ring.state(old, 9_999), ring.state(new, 9_999)] == ["gone", "signing"]
    assert ring.rotate("EdDSA", 9_999, lead, life).keys[0] == new.__class__(
        **{**{name: getattr(new, name) for name in new.__slots__}, "retires_at": 9_999 + lead + life + 60}
    )


@pytest.mark.parametrize("seed", range(20))
def test_no_order_of_rotations_makes_a_good_token_bad(seed: int) -> None:
    chance, life = Random(seed), 600
    ring = KeyRing(()).rotate("EdDSA", 0, 0, life)
    issued: list[tuple[int, str]] = []
    for now in range(0, 20_000, 50):
        if chance.random() < 0.05:
            ring = ring.rotate("EdDSA", now, chance.choice([0, 0, 200, 600]), life)
        issued.append((now + life, ring.signing_key(now).key_id))
        published = {key.key_id for key in ring.published(now)}
        assert {key_id for expires, key_id in issued if expires > now} <= published


def test_the_key_that_signs_in_place_of_a_retired_one_stays() -> None:
    life = 600
    ring = KeyRing(()).rotate("EdDSA", 0, 0, life).rotate("EdDSA", 1_000, 0, life)
    old, new = ring.keys
    assert old.retires_at is not None
    left = ring.retire(new.key_id, 1_100, life)
    assert left.signing_key(9_999_999).key_id == old.key_id
    # One that another waits to replace stays for as long as its tokens.
    waiting = ring.rotate("EdDSA", 1_100, 300, life)
    left = waiting.retire(new.key_id, 1_200, life)
    assert left.signing_key(1_399).key_id == old.key_id
    assert left.signing_key(1_400).key_id == waiting.keys[2].key_id
    assert old.key_id in {key.key_id for key in left.published(1_399 + life)}
    assert left.published(1_400 + life + 60) == [waiting.keys[2]]


@pytest.mark.parametrize("arguments", [["list"], ["rotate"], ["rotate", "--print"], ["retire", "x"]])
@pytest.mark.parametrize("source", ["file", "environment"])
def test_a_ring_that_is_none_is_said_plainly(
    monkeypatch: pytest.MonkeyPatch, empty_folder: Path, source: str, arguments: list[str]
) -> None:
    if source == "file":
        (empty_folder / "ring.json").write_text("private nonsense")
        monkeypatch.setenv("USERS_SIGNING_KEYS_FILE", "ring.json")
    else:
        monkeypatch.setenv("USERS_SIGNING_KEYS", "private nonsense")
    done = run(users, "keys", *arguments)
    assert (done.exit_code, type(done.exception)) == (1, SystemExit)
    assert done.output.startswith("Error: ")
    assert "nonsense" not in done.output


def test_a_ring_that_cannot_be_written_is_said_plainly(monkeypatch: pytest.MonkeyPatch, empty_folder: Path) -> None:
    (empty_folder / "file").write_text("")
    monkeypatch.setenv("USERS_SIGNING_KEYS_FILE", "file/ring.json")
    done = run(users, "keys", "rotate")
    assert (done.exit_code, type(done.exception)) == (1, SystemExit)
    assert "the key ring can't be written to file/ring.json: " in done.output


def test_a_named_ring_must_exist(empty_folder: Path) -> None:
    store = KeyRingStore(UsersSettings(signing_keys_file=empty_folder / "mounted.json"))
    with pytest.raises(KeyRingError, match="users keys rotate"):
        store.ring()
    symmetric = b'{"keys": [{"kid": "a", "alg": "HS256", "kty": "oct", "k": "aa", "d": 1}]}'
    for spoilt in (b"", b"{}", b'{"keys": []}', symmetric):
        (empty_folder / "mounted.json").write_bytes(spoilt)
        with pytest.raises(KeyRingError):
            KeyRingStore(UsersSettings(signing_keys_file=empty_folder / "mounted.json")).ring()


def test_a_changed_ring_is_read_again_and_a_spoilt_one_is_not_taken(
    empty_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("subgraphs.users.signing_keys.LOOK_AGAIN_AFTER", -1.0)
    store = KeyRingStore(UsersSettings())
    first = store.ring()
    assert KeyRingStore(UsersSettings()).ring() == first
    rotated = first.rotate("EdDSA", int(time.time()), 0, 600)
    store.write(rotated)
    assert store.ring() == rotated
    store.path.write_bytes(b"half of a f")
    assert store.ring() == rotated
    store.path.unlink()
    assert store.ring() == rotated
    assert list(empty_folder.glob(".data/.keys-*")) == []


def test_no_key_is_shown_by_its_repr() -> None:
    ring = KeyRing(()).rotate("EdDSA", 1, 0, 0)
    assert ring.keys[0].jwk["d"] not in repr(ring)


@pytest.mark.parametrize("settings", [ServiceSettings, UsersSettings, CoursesSettings, EnrollmentsSettings])
def test_every_setting_is_documented(settings: type[ServiceSettings]) -> None:
    for name, field in settings.model_fields.items():
        if name not in ("port", "database_url") or settings is ServiceSettings:
            assert f"| `{name.upper()}` |" in README, name
            assert (field.description or "") in README, name


@pytest.mark.parametrize("service", SERVICES)
def test_every_command_is_documented(service: str) -> None:
    for name, command in SERVICES[service].commands.items():
        shown = "users" if name in ("migrate", "revision", "seed", "serve", "schema", "reset") else service
        assert f"`{shown} {name}" in README, name
        for inner in getattr(command, "commands", {}):
            assert f"`{shown} {name} {inner}" in README, inner


def test_every_error_code_is_documented() -> None:
    folder = Path(next(iter(subgraphs.__path__)))
    text = "\n".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.py"))
    before = r'(?:Refused\(|HttpRefusal\(\d+, |code = |error_code: str = |, |code": )'
    codes = set(re.findall(before + r'"([A-Z][A-Z_]{6,})"', text))
    codes -= {"OPTIONS", "STUDENT", "INSTRUCTOR", "PUBLISHED", "ARCHIVED", "PRIVATE"}
    assert len(codes) > 25
    assert {code for code in codes if f"`{code}`" not in README} == set()
