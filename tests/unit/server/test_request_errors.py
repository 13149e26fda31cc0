"""Every code that a response can carry is documented, and nothing else is."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
CODE = re.compile(r"[A-Z]+(_[A-Z]+)*")
SOURCES = ["server", "pipeline", "execution", "operation/limits.py", "operation/validation.py", "errors.py"]
#: Words in capitals that are no codes: methods of HTTP, locations and the like.
NO_CODES = {"CONNECT", "DELETE", "OPTIONS", "REDACTED"}


def codes_of_the_source() -> set[str]:
    found: set[str] = set()
    for source in SOURCES:
        path = ROOT / "router" / source
        for file in [path] if path.is_file() else path.rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) >= 8:
                    found.update([node.value] if CODE.fullmatch(node.value) else [])
    return found - NO_CODES


def test_every_code_is_documented() -> None:
    page = (ROOT / "docs" / "request-errors.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", page, re.MULTILINE))
    assert documented == codes_of_the_source()
