"""What is printed once everything is up: the address, the accounts, and commands that can be pasted.

Enters: router.yaml's `homepage` section and the router's address. Leaves: text.
Invariant: the commands need nothing but a shell, curl and sed.
"""

import json
import shlex
from pathlib import Path
from typing import Any

import yaml

CUT_OUT = r"""sed -n 's/.*"%s": *"\([^"]*\)".*/\1/p'"""


def read_homepage(router_config: Path) -> dict[str, Any]:
    homepage = (yaml.safe_load(router_config.read_text()) or {}).get("homepage")
    return homepage if isinstance(homepage, dict) else {}


def welcome(url: str, homepage: dict[str, Any]) -> str:
    parts = [f"The supergraph is up. Open {url}/ or send queries to {url}/graphql."]
    sign_in = homepage.get("sign_in") or {}
    examples = homepage.get("examples") or []
    if sign_in.get("accounts"):
        parts.append("Accounts (one click on the page signs in):\n" + accounts(sign_in["accounts"]))
    if examples:
        parts.append("Or paste:\n" + indent(commands(f"{url}/graphql", sign_in, examples[0])))
    parts.append("Ctrl-C stops everything. `make reset` starts the data over.")
    return "\n" + "\n\n".join(parts) + "\n"


def accounts(entries: list[dict[str, Any]]) -> str:
    return "\n".join(
        f"  {entry['label']:<36} password {entry['variables']['password']}"
        if "password" in entry.get("variables", {})
        else f"  {entry['label']}"
        for entry in entries
    )


def commands(endpoint: str, sign_in: dict[str, Any], example: dict[str, Any]) -> str:
    account = next((each for each in sign_in.get("accounts", []) if each["label"] == example.get("account")), None)
    if account is None:
        return curl(endpoint, example["query"], example.get("variables"))
    token = sign_in["token_path"].rpartition(".")[2]
    asking = curl(endpoint, sign_in["operation"], account["variables"])
    return "\n".join(
        [
            f"TOKEN=$({asking} \\\n  | {CUT_OUT % token})",
            curl(endpoint, example["query"], example.get("variables"), '-H "authorization: Bearer $TOKEN"'),
        ]
    )


def curl(endpoint: str, query: str, variables: dict[str, Any] | None, header: str = "") -> str:
    body: dict[str, Any] = {"query": " ".join(query.split())}
    if variables:
        body["variables"] = variables
    headers = " ".join(filter(None, ["-H 'content-type: application/json'", header]))
    return f"curl -sS {endpoint} {headers} \\\n  -d {shlex.quote(json.dumps(body))}"


def indent(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
