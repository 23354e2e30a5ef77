"""Column types: how domain values are written so that they come back equal, and sort and compare exactly.

Times are microseconds since 1970 in UTC; names compare by code point on every database; structured values are JSON
text in their canonical form.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from sqlalchemy import BigInteger, Dialect, Enum, Text, TypeDecorator
from sqlalchemy.types import TypeEngine

from memory.domain.documents import Provenance
from memory.domain.identity import PrincipalToken
from memory.domain.syncs import SyncTrouble

_ORIGIN = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@lru_cache(maxsize=65_536)
def _parse_token(text: str) -> PrincipalToken:
    """The same few tokens come back again and again, so they are read once."""
    return PrincipalToken.parse(text)


@lru_cache(maxsize=8_192)
def _decoded(decode: Callable[[Any], Any], text: str) -> Any:
    """As with tokens; half the time of reading twenty hits would go into JSON. The values are immutable."""
    return decode(json.loads(text))


class Instant(TypeDecorator[datetime]):
    """A moment, exact to the microsecond; comes back in UTC. A time without a zone is refused with `ValueError`."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Return whole microseconds."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time must carry its zone")
        return (value - _ORIGIN) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC."""
        return None if value is None else _ORIGIN + timedelta(microseconds=value)


class Token(TypeDecorator[PrincipalToken]):
    """A principal token as `issuer|kind|id`."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: PrincipalToken | None, dialect: Dialect) -> str | None:
        """Return the written form."""
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> PrincipalToken | None:
        """Read the written form."""
        return None if value is None else _parse_token(value)


class Json(TypeDecorator[Any]):
    """A structured value, through the two given functions to and from what JSON can say."""

    impl = Text
    cache_ok = True

    def __init__(self, encode: Callable[[Any], Any], decode: Callable[[Any], Any]) -> None:
        super().__init__()
        self.encode = encode
        self.decode = decode

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Return ASCII JSON, so that no database sees a character it would refuse."""
        return None if value is None else json.dumps(self.encode(value), sort_keys=True)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Read the value back."""
        return None if value is None else _decoded(self.decode, value)


def key() -> TypeEngine[str]:
    """Return the type of an identifier: compared and ordered by code point, whatever the database's locale."""
    return Text().with_variant(Text(collation="C"), "postgresql")


def choice(members: type[StrEnum]) -> Enum:
    """Return the type of a closed list, written as its words."""
    return Enum(members, native_enum=False, length=16, values_callable=list)


def names() -> Json:
    """Return the type of a set of strings."""
    return Json(sorted, frozenset)


def path() -> Json:
    """Return the type of an ordered path of strings."""
    return Json(list, tuple)


def counts() -> Json:
    """Return the type of numbers by name."""
    return Json(dict, MappingProxyType)


def trouble() -> Json:
    """Return the type of the items that a sync could not bring in."""
    return Json(_trouble_to_json, _trouble_from_json)


def provenance() -> Json:
    """Return the type of `Provenance`."""
    return Json(_provenance_to_json, _provenance_from_json)


def _trouble_to_json(items: tuple[SyncTrouble, ...]) -> list[list[str]]:
    return [[item.external_id, item.change, item.reason] for item in items]


def _trouble_from_json(body: list[list[str]]) -> tuple[SyncTrouble, ...]:
    return tuple(SyncTrouble(*item) for item in body)


def _provenance_to_json(value: Provenance) -> dict[str, Any]:
    body = {name: getattr(value, name) for name in Provenance.__slots__}
    return {**body, "attributes": dict(value.attributes)}


def _provenance_from_json(body: dict[str, Any]) -> Provenance:
    return Provenance(**body)
