"""Reading a source's settings: a decoded JSON or TOML table in, checked values out.

Unknown keys are refused: a misspelt `deny` must not be a rule that nobody enforces.
"""

import hashlib
import json
from collections.abc import Collection, Mapping

from memory.domain.errors import Misconfigured


def refuse_unknown(body: Mapping[str, object], known: Collection[str], place: str) -> None:
    """Raise `Misconfigured` if `body` has a key that is not in `known`."""
    unknown = sorted(set(body) - set(known))
    if unknown:
        raise Misconfigured(f"Unknown key {unknown[0]!r} in {place}; known are: {', '.join(sorted(known))}.")


def read_strings(body: Mapping[str, object], key: str, place: str) -> tuple[str, ...]:
    """Return the list of strings under `key`, empty if absent. Raises `Misconfigured`."""
    value = body.get(key, [])
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise Misconfigured(f"{key!r} in {place} must be a list of strings.")
    return tuple(value)


def read_string(body: Mapping[str, object], key: str, place: str) -> str | None:
    """Return the string under `key`, None if absent. Raises `Misconfigured`."""
    value = body.get(key)
    if value is not None and (not isinstance(value, str) or not value):
        raise Misconfigured(f"{key!r} in {place} must be a string that is not empty.")
    return value


def read_size(body: Mapping[str, object], key: str, place: str, default: int) -> int:
    """Return the positive whole number under `key`. Raises `Misconfigured`."""
    value = body.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        raise Misconfigured(f"{key!r} in {place} must be a whole number above 0.")
    return value


def read_table(body: Mapping[str, object], key: str, place: str) -> Mapping[str, object]:
    """Return the table under `key`, empty if absent. Raises `Misconfigured`."""
    value = body.get(key, {})
    if not isinstance(value, Mapping):
        raise Misconfigured(f"{key!r} in {place} must be a table.")
    return value


def digest(*facts: object) -> str:
    """Return a short name of JSON values: equal settings have equal digests."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:32]
