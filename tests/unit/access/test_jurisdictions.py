"""Which law allows which place, by day."""

from datetime import date

import pytest

from memory.access.jurisdictions import Jurisdictions, TransferRule

RULE = TransferRule(
    "DE", "GB", "adequacy", "https://law.example", date(2021, 6, 28), date(2026, 1, 1), date(2027, 1, 1)
)
FACTS = Jurisdictions([RULE])


@pytest.mark.parametrize(
    ("day", "cleared"),
    [
        (date(2021, 6, 27), set()),
        (date(2021, 6, 28), {"DE"}),
        (date(2026, 12, 31), {"DE"}),
        (date(2027, 1, 1), set()),
        (date(2030, 1, 1), set()),
    ],
)
def test_a_row_permits_from_its_first_day_and_before_its_last(day: date, cleared: set[str]) -> None:
    """Bites when `expires` is not read: law that nobody has looked at again would go on permitting."""
    assert FACTS.cleared_for("GB", day) == cleared


@pytest.mark.parametrize("place", [None, "", "US", "DE", "gb"])
def test_a_place_without_a_row_is_cleared_for_nothing(place: str | None) -> None:
    assert FACTS.cleared_for(place, date(2026, 1, 1)) == frozenset()
    assert FACTS.cleared_for("GB", date(2026, 1, 1)) == {"DE"}
