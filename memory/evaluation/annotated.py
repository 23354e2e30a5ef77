"""Texts in which people or a generator marked the sensitive values, in the layout of presidio-research.

A file is a JSON list of objects with `full_text` and `spans`; a span has `entity_type`, `start_position` and
`end_position`, half-open code points of the text, and `entity_value`, which must be what stands there.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from memory.domain.documents import Span
from memory.domain.errors import InvalidRequest

SAME: Mapping[str, frozenset[str]] = {
    "CREDIT_CARD": frozenset({"CREDIT_CARD"}),
    "DATE_TIME": frozenset({"DATE_OF_BIRTH"}),
    "EMAIL_ADDRESS": frozenset({"EMAIL_ADDRESS"}),
    "GPE": frozenset({"LOCATION"}),
    "IBAN_CODE": frozenset({"IBAN_CODE"}),
    "IP_ADDRESS": frozenset({"IP_ADDRESS"}),
    "PERSON": frozenset({"PERSON"}),
    "PHONE_NUMBER": frozenset({"PHONE_NUMBER"}),
    "STREET_ADDRESS": frozenset({"LOCATION"}),
    "US_DRIVER_LICENSE": frozenset({"US_DRIVER_LICENSE"}),
    "US_SSN": frozenset({"US_SSN"}),
    "ZIP_CODE": frozenset({"UK_POSTCODE", "DE_PLZ", "CA_POSTAL_CODE"}),
}
"""The reviewed table: an annotated type, and our types that count as having found it.

Types that are not named here are compared under their own names, so that a file may also use ours.
"""

NOT_LOOKED_FOR = frozenset({"AGE", "DATE_TIME", "DOMAIN_NAME", "NRP", "ORGANIZATION", "TITLE"})
"""Annotated types that no recognizer is made for: they are reported, and left out of the overall figures.

Of dates only those of birth are looked for; the others say nothing about a person by themselves.
"""


@dataclass(frozen=True, slots=True)
class Marked:
    """A range of a text, and the type that it is said to be."""

    entity_type: str
    span: Span


@dataclass(frozen=True, slots=True)
class Example:
    """One text and what is marked in it."""

    text: str
    marked: tuple[Marked, ...]


def open_examples(file: Path) -> list[Example]:
    """Read a file. Raises `InvalidRequest` for one of another layout."""
    try:
        body = json.loads(file.read_text(encoding="utf-8"))
        return [Example(one["full_text"], tuple(map(_marked(one["full_text"]), one["spans"]))) for one in body]
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise InvalidRequest(
            f"{file} is not a list of texts with spans in the layout of presidio-research "
            "(full_text; spans with entity_type, entity_value, start_position, end_position)."
        ) from error


def _marked(text: str) -> Any:
    def read(body: Mapping[str, Any]) -> Marked:
        span = Span(int(body["start_position"]), int(body["end_position"]))
        if span.slice(text) != body["entity_value"]:
            raise ValueError("a span does not hold its value")
        return Marked(str(body["entity_type"]), span)

    return read
