"""The log says when and where, and never what was being said."""

import logging
import re

import pytest

from memory.api.logs import MAX_FRAMES, TextFreeFormatter, trace

SECRET = "the salary of Mira is 71,000"


def raised(depth: int = 0) -> RuntimeError:
    """Return an error that quotes a document, with a cause that quotes it too."""
    try:
        _deeper(depth)
    except RuntimeError as error:
        return error
    raise AssertionError("nothing was raised")


def _deeper(depth: int) -> None:
    if depth:
        _deeper(depth - 1)
    try:
        int(SECRET)
    except ValueError as error:
        raise RuntimeError(SECRET) from error


def test_a_trace_names_classes_and_lines_and_quotes_nothing() -> None:
    """Fails when the message of an exception, or of its cause, is written."""
    found = trace(raised())
    assert re.fullmatch(
        r"RuntimeError at \S+test_logs\.py:\d+ > \S+test_logs\.py:\d+, because of ValueError at \S+test_logs\.py:\d+",
        found,
    )


def test_a_deep_error_is_cut_to_its_innermost_lines() -> None:
    found = trace(raised(depth=100)).split(", because of ")[0]
    assert found.count("test_logs.py") == MAX_FRAMES


def test_an_error_without_frames_and_one_that_causes_itself_end() -> None:
    error = RuntimeError(SECRET)
    error.__cause__ = error
    assert trace(error) == "RuntimeError at an unknown place"


def test_a_context_that_was_set_aside_is_left_out() -> None:
    with pytest.raises(RuntimeError) as caught:
        _set_aside()
    assert "ValueError" not in trace(caught.value)


def _set_aside() -> None:
    try:
        int(SECRET)
    except ValueError:
        raise RuntimeError(SECRET) from None


def test_a_line_of_the_log_has_its_time_in_utc() -> None:
    record = logging.makeLogRecord({"name": "memory", "levelname": "ERROR", "msg": "broken", "created": 1_772_452_800})
    assert TextFreeFormatter().format(record) == "2026-03-02T12:00:00Z ERROR memory: broken"


def test_what_a_library_logs_of_an_exception_is_without_its_message() -> None:
    """A web server logs each exception that reaches it. Fails with the formatter of `logging` itself."""
    error = raised()
    record = logging.makeLogRecord({"msg": "failed", "exc_info": (type(error), error, error.__traceback__)})
    written = TextFreeFormatter().format(record)
    assert SECRET not in written
    assert "RuntimeError at " in written
