"""`make reset` deletes the data, only the data, and not under a running launcher."""

import os
from pathlib import Path

import pytest

from dev.data_lock import DataInUse, hold_data
from dev.product import Product, read_product
from dev.reset import reset


@pytest.fixture
def product(tmp_path: Path) -> Product:
    for name in ("users.sqlite3", "users.sqlite3-wal", "users.keys.json", "supergraph.graphql", "notes.txt"):
        (tmp_path / name).touch()
    return read_product({"DATA_DIR": str(tmp_path)})


def test_it_leaves_what_it_did_not_write(product: Product) -> None:
    assert reset(product) == 4
    assert sorted(file.name for file in product.data.iterdir()) == ["lock", "notes.txt"]


def test_it_refuses_while_the_data_is_held_and_says_by_whom(product: Product) -> None:
    with hold_data(product.data), pytest.raises(DataInUse, match=rf"`make up` \(process {os.getpid()}\)"):
        reset(product)
    assert (product.data / "users.sqlite3").exists()
    assert reset(product) == 4


def test_the_data_is_closed_to_other_accounts_of_the_machine(product: Product) -> None:
    with hold_data(product.data):
        assert product.data.stat().st_mode & 0o077 == 0
