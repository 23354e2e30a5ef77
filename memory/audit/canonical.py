"""One way to write a fact, so that equal facts have equal bytes: what goes in are plain values, what leaves is JSON.

The output is a subset of RFC 8785 (JCS): no whitespace, UTF-8, keys sorted, the same escapes. Three things are refused
that JCS would write: numbers with a fraction (their text depends on the writer), integers beyond ±(2^53 - 1) (readers
that use doubles would round them), and keys outside ASCII (only there do code-point order, used here, and JCS's UTF-16
order differ). Strings are not normalised: an id is recorded as it is.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

_LARGEST = 2**53 - 1
_BARE = frozenset({str, bool, type(None)})
_STRINGS = (str, bool)
_LISTS = (list, tuple)


def canonical_json(value: Any) -> bytes:
    """Return the canonical bytes of dicts, lists, tuples, strings, integers, booleans and None.

    Raises `ValueError` for anything else: a value that has no single text does not belong into the log.
    """
    _require_plain(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def timestamp(moment: datetime) -> str:
    """Return ISO 8601 in UTC with microseconds, always 27 characters. Raises `ValueError` without a time zone."""
    if moment.tzinfo is None:
        raise ValueError("a recorded time needs a time zone")
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _require_plain(value: Any) -> None:
    if type(value) in _BARE:  # nearly all of them, and of two hundred in a receipt each is looked at
        return
    if isinstance(value, _STRINGS):
        return
    if isinstance(value, int):
        if abs(value) > _LARGEST:
            raise ValueError("an integer beyond 2^53 - 1 is not read equally everywhere")
    elif isinstance(value, _LISTS):
        for item in value:
            _require_plain(item)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if not (isinstance(key, str) and key.isascii()):
                raise ValueError("keys of recorded facts are ASCII strings")
            _require_plain(item)
    else:
        raise ValueError(f"{type(value).__name__} has no canonical form")
