"""``homepage`` of ``router.yaml``: the page, its example operations, and who may sign in there."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from router.config.validation import Section


class Account(Section):
    """An account that the page can sign in as."""

    label: str
    """What the page calls it."""
    variables: dict[str, Any] = Field(default_factory=dict)
    """Variables of the sign-in operation."""


class SignIn(Section):
    """Sign-in on the page, by an operation of the graph."""

    operation: str
    """The operation, such as a mutation that returns a token."""
    token_path: str
    """Where the token stands in `data`, with dots."""
    accounts: tuple[Account, ...] = ()
    """Accounts for one click."""


class Example(Section):
    """An example operation, as a tab of the page."""

    name: str
    """The tab's name."""
    query: str
    """The operation."""
    variables: dict[str, Any] | None = None
    """Its variables."""
    account: str | None = None
    """Label of the account to run it as."""


class Homepage(Section):
    """The page with the editor, the plan and the examples."""

    enabled: bool = False
    """Serve it at `/`; `--dev` turns it on."""
    sign_in: SignIn | None = None
    """Sign-in by one click."""
    examples: tuple[Example, ...] = ()
    """Example operations."""
