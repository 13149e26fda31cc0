"""`make secrets`: what compose.yaml needs and no repository may hold.

Enters: the project's folder. Leaves: .secrets/ with passwords, the key ring that signs access tokens, and the secret of
signed calls.
Invariant: what is there stays, so it can be run again; nobody but the user can enter the folder.
"""

import os
import secrets
import subprocess
import sys
from pathlib import Path

from dev.product import COMMANDS, ROOT, SUBGRAPHS


def write_secrets(folder: Path) -> list[Path]:
    """Write what is missing, and return it."""
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)
    made = []
    databases = folder / "databases.env"
    if not databases.exists():
        passwords = {name: secrets.token_urlsafe(24) for name in SUBGRAPHS}
        for name, password in passwords.items():
            url = f"postgresql://{name}:{password}@postgres/{name}"
            made.append(_write(folder / f"{name}.env", f"{name.upper()}_DATABASE_URL={url}\n"))
        lines = [f"{name.upper()}_PASSWORD={password}\n" for name, password in passwords.items()]
        made.append(_write(databases, "".join(lines)))
    for name in ("postgres-password", "grafana-password"):
        if not (folder / name).exists():
            made.append(_write(folder / name, secrets.token_urlsafe(24)))
    signature = folder / "signature.env"
    if not signature.exists():
        secret = secrets.token_urlsafe(32)
        lines = [f"{prefix}SIGNATURE_SECRETS={secret}\n" for prefix in ("", *(f"{n.upper()}_" for n in SUBGRAPHS))]
        made.append(_write(signature, "".join(lines)))
    ring = folder / "users.keys.json"
    if not ring.exists():
        # The path names the ring that there is: none, so a first one is made, which signs at once.
        environment = {**os.environ, "USERS_SIGNING_KEYS_FILE": str(ring)}
        command = [str(COMMANDS / "users"), "keys", "rotate", "--now", "--print"]
        made.append(_write(ring, subprocess.run(command, env=environment, capture_output=True, check=True).stdout))
    return made


def _write(path: Path, content: str | bytes) -> Path:
    """Readable by all, behind the folder's own lock: the containers' user is another one."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    path.chmod(0o644)
    return path


def main() -> int:
    made = write_secrets(ROOT / ".secrets")
    print("\n".join(f"made {path.relative_to(ROOT)}" for path in made) or "All secrets are there already.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
