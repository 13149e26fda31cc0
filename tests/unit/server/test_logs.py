"""The log's lines: one an event, and none forged."""

import json
import logging

from router.server.logs import JsonLines, TextLines

EVIL = "line one\r\n12:00:00 INFO router forged\n"


def record(message: str, **fields: object) -> logging.LogRecord:
    made = logging.LogRecord("router.request", logging.INFO, __file__, 1, message, (), None)
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def test_text_is_one_line() -> None:
    line = TextLines().format(record(EVIL, operation_name="A\nB", status=200))
    assert "\n" not in line
    assert "\r" not in line
    assert "INFO router.request line one" in line
    assert line.endswith("status=200")


def test_json_is_one_line_with_its_fields() -> None:
    line = JsonLines().format(record(EVIL, request_id="r1", status=200, duration_ms=1.5))
    assert "\n" not in line
    entry = json.loads(line)
    assert entry["message"] == EVIL
    assert (entry["level"], entry["logger"]) == ("info", "router.request")
    assert (entry["request_id"], entry["status"], entry["duration_ms"]) == ("r1", 200, 1.5)
    assert "operation_name" not in entry


def test_exceptions_are_kept() -> None:
    try:
        raise ValueError("inside")
    except ValueError as error:
        made = record("failed")
        made.exc_info = (ValueError, error, error.__traceback__)
    assert "ValueError: inside" in json.loads(JsonLines().format(made))["exception"]
    assert "ValueError: inside" in TextLines().format(made)
    assert "\n" not in TextLines().format(made)
