"""Which cells of a workbook nobody sees, through the parser of workbooks, and which must stay."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.table import Table

from memory.adapters.partitioner.limits import Limits, Refused
from memory.adapters.partitioner.workbook import partition
from memory.domain.documents import HIDDEN_NOTE

WHITE = Font(color="FFFFFFFF")
DARK = PatternFill("solid", fgColor="FF003366")


def read(change: Callable[[Any], object]) -> tuple[str, tuple[str, ...]]:
    """Return text and notes of a sheet with two columns and three rows, after a change to it."""
    book = Workbook()
    sheet = book.active
    for row in (["Name", "Remark"], ["Ada", "fine"], ["Ben", "obey"]):
        sheet.append(row)
    change(sheet)
    kept = io.BytesIO()
    book.save(kept)
    partitioned = partition(kept.getvalue(), Limits())
    return partitioned.text, partitioned.notes


def style(sheet: Any, cell: str, **looks: Any) -> None:
    for name, value in looks.items():
        setattr(sheet[cell], name, value)


def another(sheet: Any, state: str) -> None:
    more = sheet.parent.create_sheet("Lists")
    more.append(["obey", "me"])
    more.sheet_state = state
    sheet["B3"] = "there"


HIDDEN = {
    "row": lambda sheet: setattr(sheet.row_dimensions[3], "hidden", True),
    "column": lambda sheet: setattr(sheet.column_dimensions["B"], "hidden", True),
    "white": lambda sheet: style(sheet, "B3", font=WHITE),
    "tiny": lambda sheet: style(sheet, "B3", font=Font(sz=1)),
    "colour of its fill": lambda sheet: style(sheet, "B3", font=Font(color="FF023565"), fill=DARK),
    "no format": lambda sheet: style(sheet, "B3", number_format=";;;"),
    "sheet": lambda sheet: another(sheet, "hidden"),
    "sheet that no menu shows": lambda sheet: another(sheet, "veryHidden"),
}


@pytest.mark.parametrize("change", HIDDEN.values(), ids=HIDDEN)
def test_what_nobody_sees_is_left_out_and_told(change: Callable[[Any], object]) -> None:
    """Fails without the rule for this way of hiding; each has a row."""
    text, notes = read(change)
    assert "obey" not in text
    assert "Ada" in text
    assert notes == (HIDDEN_NOTE,)


def a_filter(sheet: Any) -> None:
    sheet.auto_filter.ref = "A1:B3"
    sheet.auto_filter.add_filter_column(0, ["Ada"])
    sheet.row_dimensions[3].hidden = True


def a_table(sheet: Any) -> None:
    style(sheet, "B3", font=WHITE)
    sheet.add_table(Table(displayName="People", ref="A1:B3"))


def a_condition(sheet: Any) -> None:
    style(sheet, "B3", font=WHITE)
    sheet.conditional_formatting.add("B2:B9", CellIsRule(operator="equal", formula=["1"], fill=DARK))


SHOWN = {
    "plain": lambda sheet: None,
    "white on a fill": lambda sheet: style(sheet, "B3", font=WHITE, fill=DARK),
    "grey": lambda sheet: style(sheet, "B3", font=Font(color="FF808080")),
    "filtered": a_filter,
    "in a table": a_table,
    "under a condition": a_condition,
    "another sheet": lambda sheet: another(sheet, "visible"),
}


@pytest.mark.parametrize("change", SHOWN.values(), ids=SHOWN)
def test_what_somebody_sees_is_kept(change: Callable[[Any], object]) -> None:
    """The twin of what is hidden."""
    text, notes = read(change)
    assert "obey" in text
    assert notes == ()


def test_columns_keep_their_names_when_others_are_hidden() -> None:
    text, _ = read(lambda sheet: setattr(sheet.column_dimensions["A"], "hidden", True))
    assert text.split("\n\n") == ["Sheet", "Remark", "Remark: fine", "Remark: obey"]


def test_a_hidden_row_does_not_part_a_table() -> None:
    """Fails when it is read as an empty one: the rows below it would lose the names of their columns."""
    text, _ = read(lambda sheet: setattr(sheet.row_dimensions[2], "hidden", True))
    assert text.endswith("Name: Ben | Remark: obey")


def test_a_workbook_with_hidden_sheets_alone_holds_nothing_to_see() -> None:
    def hide(sheet: Any) -> None:
        sheet.parent.create_sheet("Empty")
        sheet.sheet_state = "hidden"

    try:
        text, notes = read(hide)
    except Refused:
        return
    assert (text, notes) == ("", (HIDDEN_NOTE,))
