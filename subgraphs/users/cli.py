"""The command `users`: the common commands, the seed, the first admin, and the signing keys."""

from __future__ import annotations

import getpass
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from subgraphs.shared.service_cli import ServiceParts, read_settings, run, service_group
from subgraphs.shared.settings import JwtAlgorithm
from subgraphs.users.settings import UsersSettings
from subgraphs.users.signing_keys import KEY_SET_MAX_AGE, KeyRing, KeyRingError, KeyRingStore

if TYPE_CHECKING:
    from fastapi import FastAPI

    from subgraphs.shared.database import Database
    from subgraphs.shared.federation import SubgraphSchema
    from subgraphs.shared.migration import Migrations


def create_app() -> FastAPI:
    from subgraphs.users.app import create_app

    return create_app()


def read_schema() -> SubgraphSchema:
    from subgraphs.users.schema import SCHEMA

    return SCHEMA


def read_migrations() -> Migrations:
    from subgraphs.users.models import MIGRATIONS

    return MIGRATIONS


PARTS = ServiceParts("users", UsersSettings, create_app, read_schema, read_migrations)
main = service_group(PARTS)


def settings() -> UsersSettings:
    loaded = read_settings(UsersSettings, "users")
    assert isinstance(loaded, UsersSettings)
    return loaded


@main.command(name="seed", help="Make the accounts of a laptop, with one known password. Not for production.")
def seed_command() -> None:
    from subgraphs.users.seed import SEED_PASSWORD, SEEDED_ACCOUNTS, seed

    made = run(lambda database: seed(database, settings()), PARTS, migrated=True)
    click.echo(f"users: {made} accounts made, password {SEED_PASSWORD}")
    for account_id, email, _, role in SEEDED_ACCOUNTS:
        click.echo(f"  {email:<24} {role:<10} {account_id}")


@main.command(name="create-admin", help="Make an admin account. The password comes from a prompt or standard input.")
@click.option("--email", required=True)
@click.option("--display-name", default="Admin", show_default=True)
def create_admin(email: str, display_name: str) -> None:
    from subgraphs.shared.errors import SubgraphError
    from subgraphs.shared.identity import ANONYMOUS, Role
    from subgraphs.users.accounts import check_email, insert_account, new_account
    from subgraphs.users.passwords import PasswordHasher, check_new_password

    password = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")

    async def create(database: Database) -> bool:
        hasher = PasswordHasher(settings())
        try:
            address = check_email(email)
            check_new_password(password, address, settings().password_min_length)
            account = await new_account(hasher, address, password, display_name, Role.ADMIN)
            return await insert_account(database, account, ANONYMOUS, "admin.created") is not None
        except SubgraphError as error:
            raise click.ClickException(error.message) from None
        finally:
            await hasher.close()

    if not run(create, PARTS, migrated=True):
        raise click.ClickException("there is an account with this e-mail address already")
    click.echo(f"users: made the admin {email}")


@main.command(help="Delete ended sessions and forgotten failures. Run it daily.")
@click.option("--keep-days", type=click.IntRange(0), default=30, show_default=True, help="Days to keep ended sessions.")
def prune(keep_days: int) -> None:
    from subgraphs.users.refresh import prune_sessions

    count = run(lambda database: prune_sessions(database, timedelta(days=keep_days)), PARTS, migrated=True)
    click.echo(f"users: {count} ended sessions deleted")


@main.group(help="The keys that sign access tokens.")
def keys() -> None: ...


def key_store() -> KeyRingStore:
    store = KeyRingStore(settings())
    if not store.is_file:
        raise click.ClickException("the key ring comes from USERS_SIGNING_KEYS; rotate it where that is kept")
    return store


def read_ring(store: KeyRingStore) -> KeyRing:
    try:
        return store.ring() if not store.is_file or store.path.exists() else KeyRing(())
    except KeyRingError as error:
        raise click.ClickException(str(error)) from None


def write_ring(store: KeyRingStore, ring: KeyRing) -> None:
    try:
        store.write(ring)
    except OSError as error:
        raise click.ClickException(f"the key ring can't be written to {store.path}: {error.strerror}") from None


@keys.command(name="list", help="Show each key with its state: next, signing, retiring or gone.")
def list_keys() -> None:
    store = KeyRingStore(settings())
    ring = read_ring(store)
    if not ring.keys:
        click.echo(f"users: no keys yet at {store.path}; make one with `users keys rotate`", err=True)
    moment = time.time()
    for key in ring.keys:
        signs_from = datetime.fromtimestamp(key.signs_from, UTC).isoformat()
        retires = datetime.fromtimestamp(key.retires_at, UTC).isoformat() if key.retires_at else "-"
        click.echo(f"{key.key_id}  {key.algorithm:<6} {ring.state(key, moment):<9} from {signs_from}  until {retires}")


@keys.command(help="Add a key. It is published at once and signs after the lead, when every verifier knows it.")
@click.option("--algorithm", type=click.Choice(["EdDSA", "RS256"]), default="EdDSA", show_default=True)
@click.option("--lead", type=click.IntRange(0), default=2 * KEY_SET_MAX_AGE, show_default=True, help="Seconds.")
@click.option("--now", "at_once", is_flag=True, help="Sign with it at once; for a first key or a stolen one.")
@click.option("--print", "prints", is_flag=True, help="Write the new, secret ring to standard output instead.")
def rotate(algorithm: JwtAlgorithm, lead: int, at_once: bool, prints: bool) -> None:
    loaded = settings()
    store = KeyRingStore(loaded)
    if not store.is_file and not prints:
        raise click.ClickException("the key ring comes from USERS_SIGNING_KEYS; use --print and store it there")
    ring = read_ring(store)
    lead = 0 if at_once or not ring.keys else lead
    rotated = ring.rotate(algorithm, int(time.time()), lead, loaded.access_token_life)
    if prints:
        click.echo(rotated.to_json(), nl=False)
        return
    write_ring(store, rotated)
    click.echo(f"users: added key {rotated.keys[-1].key_id}, which signs {f'in {lead} s' if lead else 'now'}")


@keys.command(help="Take a key out at once; each token that it signed stops being good.")
@click.argument("key_id")
def retire(key_id: str) -> None:
    store = key_store()
    try:
        left = read_ring(store).retire(key_id, int(time.time()), settings().access_token_life)
    except KeyRingError as error:
        raise click.ClickException(str(error)) from None
    write_ring(store, left)
    click.echo(f"users: key {key_id} is out")
