"""Tables become rows that can be understood alone."""

from hypothesis import given
from hypothesis import strategies as st

from memory.adapters.partitioner import delimited
from memory.adapters.partitioner.html import read
from memory.adapters.partitioner.limits import Limits
from memory.adapters.partitioner.pieces import joined
from memory.adapters.partitioner.tables import Tables
from memory.domain.documents import Element, ElementKind, PartitionedText
from memory.testing.partitioner_contract import assert_whole

CELLS = st.lists(st.lists(st.text(max_size=20), max_size=5), max_size=6)
ROWS = [["Region", "Sales"], ["North", "12"], ["", "7"]]


def values(partitioned: PartitionedText) -> list[list[tuple[int, str]]]:
    rows = [element.row for element in partitioned.elements if element.row]
    return [[(cell.column, cell.span.slice(partitioned.text)) for cell in row.cells] for row in rows]


def texts(elements: tuple[Element, ...], text: str) -> list[str]:
    return [element.span.slice(text) for element in elements]


def test_each_row_names_its_columns_and_knows_where_its_values_stand() -> None:
    """Fails when the name of a column is counted as part of the value."""
    found = joined(Tables().rows(ROWS), parser="p", parser_version="1")
    assert texts(found.elements, found.text) == ["Region | Sales", "Region: North | Sales: 12", "Sales: 7"]
    assert values(found) == [[(0, "Region"), (1, "Sales")], [(0, "North"), (1, "12")], [(1, "7")]]
    assert [element.row and element.row.header for element in found.elements] == [True, False, False]


def test_numbers_on_top_are_no_header() -> None:
    found = joined(Tables().rows([["1", "2"], ["3", "4"]]), parser="p", parser_version="1")
    assert found.text == "1 | 2\n\n3 | 4"


def test_the_tables_of_a_document_are_told_apart() -> None:
    tables = Tables()
    pieces = [*tables.rows(ROWS), *tables.rows(ROWS)]
    assert [piece.row and piece.row.table for piece in pieces] == [0, 0, 0, 1, 1, 1]


@given(CELLS)
def test_every_value_is_in_its_row_exactly_once_more_than_its_name(cells: list[list[str]]) -> None:
    found = joined(Tables().rows(cells), parser="p", parser_version="1")
    kept = [[(n, " ".join(c.replace("\0", "").split())) for n, c in enumerate(row)] for row in cells]
    assert values(found) == [row for row in ([(n, c) for n, c in row if c] for row in kept) if row]
    assert_whole(found)


def test_a_csv_file_stays_as_it_is_and_its_header_is_the_title_of_its_rows() -> None:
    """Fails when quotes or delimiters are taken for parts of a value."""
    source = '\ufeffname;city\r\n"Meier; Ruth";Bern\r\n\r\n"says ""hi""";\r\n'
    found = delimited.partition(source.encode(), Limits())
    assert found.text == source
    assert values(found) == [
        [(0, "name"), (1, "city")],
        [(0, "Meier; Ruth"), (1, "Bern")],
        [(0, 'says ""hi""')],
    ]
    assert [element.kind for element in found.elements] == [ElementKind.TITLE, ElementKind.TABLE, ElementKind.TABLE]
    assert_whole(found)


@given(st.text(alphabet='ab";,\t\r\n \ufeff', min_size=1).filter(lambda text: text.replace("\ufeff", "").strip()))
def test_no_csv_file_loses_a_character(source: str) -> None:
    """Fails when a quote that is never closed ends the reading."""
    found = delimited.partition(source.encode(), Limits())
    assert found.text == source
    assert_whole(found)


def test_cells_that_span_rows_and_columns_stand_below_the_names_of_all_of_them() -> None:
    """Fails without `_fill`: `b` would be read as a value of the first column."""
    page = "<table><tr><th>Year<th>Plan<th>Real<tr><td rowspan=2>2025<td>a<td>b<tr><td colspan=2>c</table>"
    pieces, _ = read(page, Tables())
    assert [piece.text for piece in pieces][1:] == [
        "Year: 2025 | Plan: a | Real: b",
        "Year: 2025 | Plan: c | Real: c",
    ]
