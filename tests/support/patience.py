"""Time-outs of a subgraph as a busy machine needs them, for tests that aren't about time-outs."""

_SECONDS = {
    "JWKS_TIMEOUT": 30,
    "READY_TIMEOUT": 30,
    "REQUEST_TIMEOUT": 60,
    "DATABASE_POOL_TIMEOUT": 60,
    "DATABASE_CONNECT_TIMEOUT": 60,
    "DATABASE_STATEMENT_TIMEOUT": 60,
}


def patience(*services: str) -> dict[str, str]:
    """Environment variables for processes of the services."""
    found = {f"{service.upper()}_{name}": str(seconds) for service in services for name, seconds in _SECONDS.items()}
    return found | ({"ENROLLMENTS_SIBLING_TIMEOUT": "30"} if "enrollments" in services else {})
