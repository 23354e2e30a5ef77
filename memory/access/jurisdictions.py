"""Where personal data may go: dated, sourced rows that people review. Not legal advice.

A jurisdiction is the law that protects the people a document is about, as ISO 3166-1 alpha-2. A place is where their
data is processed or read: a country, or a regime inside one (`US-DPF`: organisations certified under the EU-US Data
Privacy Framework). A row says that a jurisdiction's law allows a place, from `effective` and before `expires`. What no
row in force says is not allowed: an unknown place, an unknown jurisdiction, a row that nobody has reviewed in time.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class TransferRule:
    """One row, for one jurisdiction and one place. `source` says where to read it up; on `expires` it is void."""

    origin: str
    destination: str
    mechanism: str
    source: str
    effective: date
    reviewed_on: date
    expires: date

    def in_force(self, day: date) -> bool:
        """Say whether this row permits anything on `day`."""
        return self.effective <= day < self.expires


class Jurisdictions:
    """All rows, by place."""

    def __init__(self, rules: Iterable[TransferRule]) -> None:
        self.rules = tuple(rules)
        self._by_place: dict[str, list[TransferRule]] = {}
        for rule in self.rules:
            self._by_place.setdefault(rule.destination, []).append(rule)

    def cleared_for(self, place: str | None, day: date) -> frozenset[str]:
        """Return the jurisdictions whose law allows processing in `place` on `day` (UTC); None is unknown: none."""
        if place is None:
            return frozenset()
        return frozenset(rule.origin for rule in self._by_place.get(place, ()) if rule.in_force(day))
