"""What `make up` would start, read from environment variables."""

from dataclasses import replace
from pathlib import Path

import pytest

from dev.prepared import forget_prepared
from dev.product import DEFAULT_PORTS, SUBGRAPHS, BadSetting, read_product


def test_chosen_ports_reach_every_process_that_needs_them(tmp_path: Path) -> None:
    product = read_product({"USERS_PORT": "4101", "ROUTER_PORT": "4100", "DATA_DIR": str(tmp_path)})
    assert product.ports == {**DEFAULT_PORTS, "users": 4101, "router": 4100}
    assert product.url == "http://127.0.0.1:4100"
    environment = product.environment()
    assert environment["USERS_PORT"] == "4101"
    assert environment["ENROLLMENTS_USERS_URL"] == "http://127.0.0.1:4101/graphql"
    assert environment["COURSES_JWKS_URL"] == "http://127.0.0.1:4101/.well-known/jwks.json"
    assert environment["COURSES_DATABASE_URL"] == f"sqlite:///{tmp_path}/courses.sqlite3"
    users, *_, router = product.services()
    assert users.command[1:] == ["serve", "--port", "4101"]
    assert router.command[-2:] == ["--listen", "127.0.0.1:4100"]


@pytest.mark.parametrize("text", ["abc", "0", "65536", "-1", "4000.0", "٤٠٠٠"])
def test_what_is_not_a_port_is_refused_by_name(text: str) -> None:
    with pytest.raises(BadSetting, match=f"COURSES_PORT={text} is not a port"):
        read_product({"COURSES_PORT": text})


def test_two_services_cannot_share_a_port() -> None:
    with pytest.raises(BadSetting, match="are both 4001; give each its own"):
        read_product({"COURSES_PORT": "4001"})


def test_an_empty_variable_means_the_default() -> None:
    assert read_product({"ROUTER_PORT": ""}).ports == DEFAULT_PORTS


def test_signing_keys_are_made_once(tmp_path: Path) -> None:
    product = read_product({"DATA_DIR": str(tmp_path)})
    assert product.preparations()["users"][-3:] == ["keys rotate --now", "migrate", "seed"]
    product.signing_keys.touch()
    assert product.preparations()["users"][-3:] == ["users", "migrate", "seed"]


def test_a_prepared_database_is_not_looked_at_again_until_it_or_its_code_changes(tmp_path: Path) -> None:
    product = read_product({"DATA_DIR": str(tmp_path)})
    product.signing_keys.touch()
    for name in SUBGRAPHS:
        (tmp_path / f"{name}.sqlite3").touch()
    product.note_prepared()
    assert list(product.preparations()) == ["router"]
    (tmp_path / "courses.sqlite3").rename(tmp_path / "old")
    (tmp_path / "courses.sqlite3").touch()
    assert list(product.preparations()) == ["courses", "router"]
    (tmp_path / "users.sqlite3").unlink()
    assert list(product.preparations()) == ["users", "courses", "router"]
    forget_prepared(tmp_path)
    assert list(product.preparations()) == [*SUBGRAPHS, "router"]


def test_postgresql_is_chosen_by_name(tmp_path: Path) -> None:
    product = read_product({"DATABASE": "postgres", "DATA_DIR": str(tmp_path)})
    assert product.postgres == tmp_path / "postgres"
    urls = {name: f"postgresql://postgres:@/{name}?host=/run" for name in SUBGRAPHS}
    environment = replace(product, database_urls=urls).environment()
    assert environment["COURSES_DATABASE_URL"] == urls["courses"]
    with pytest.raises(BadSetting, match="DATABASE=oracle is not known; it is sqlite or postgres"):
        read_product({"DATABASE": "oracle"})


def test_a_change_of_database_prepares_the_other(tmp_path: Path) -> None:
    on_files = read_product({"DATA_DIR": str(tmp_path)})
    on_server = read_product({"DATABASE": "postgres", "DATA_DIR": str(tmp_path)})
    on_files.signing_keys.touch()
    for name in SUBGRAPHS:
        (tmp_path / f"{name}.sqlite3").touch()
    on_files.note_prepared()
    assert list(on_server.preparations()) == [*SUBGRAPHS, "router"]
    on_server.postgres.mkdir()
    (on_server.postgres / "PG_VERSION").touch()
    on_server.note_prepared()
    assert list(on_server.preparations()) == ["router"]
    assert list(on_files.preparations()) == [*SUBGRAPHS, "router"]
