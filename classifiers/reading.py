"""The text as a person reads it.

Zero-width characters, soft hyphens and bidirectional marks hide a number from every pattern, and so do full-width
digits, typographic dashes and no-break spaces. Recognizers see a view without the first and with plain forms of the
others; `Reading.original` maps their offsets back to the canonical text.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from memory.domain.documents import Span


@dataclass(frozen=True, slots=True)
class Reading:
    """What recognizers see. `offsets`: the canonical offset of each code point of `text`, None if all are equal."""

    text: str
    offsets: Sequence[int] | None

    def original(self, start: int, end: int) -> Span:
        """Return the span of the canonical text behind a non-empty range of the view."""
        if self.offsets is None:
            return Span(start, end)
        return Span(self.offsets[start], self.offsets[end - 1] + 1)


def read(text: str) -> Reading:
    """Return the view that recognizers work on."""
    if text.isascii():
        return Reading(text, None)
    plain = text.translate(_PLAIN)
    if not any(unicodedata.category(character) == "Cf" for character in set(plain)):
        return Reading(plain, None)
    offsets = [offset for offset, character in enumerate(plain) if unicodedata.category(character) != "Cf"]
    return Reading("".join(plain[offset] for offset in offsets), offsets)


class _PlainForms(dict[int, str]):
    """Code point → one plain character, computed once each; one for one, so that offsets stay."""

    def __missing__(self, code_point: int) -> str:
        character = chr(code_point)
        self[code_point] = plain = _plain(character)
        return plain


def _plain(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Pd" or character == "\N{MINUS SIGN}":
        return "-"
    if category == "Zs":
        return " "
    if category == "Nd":
        return str(unicodedata.digit(character))
    wide = unicodedata.normalize("NFKC", character) if "\uff01" <= character <= "\uff5e" else character
    return wide if len(wide) == 1 else character


_PLAIN = _PlainForms()
