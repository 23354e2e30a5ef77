"""Which cells of a workbook nobody sees: in hidden rows and columns, set to show nothing, or as pale as their ground.

Rows that a filter hides are seen: whoever opens the sheet is told that it is filtered. A white font without a fill is
hidden only where no table and no conditional format may put a fill under it.
"""

import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from lxml import etree
from openpyxl.utils.cell import column_index_from_string, coordinate_from_string, range_boundaries

from memory.adapters.partitioner.colours import WHITE, Colour, alike, from_hex
from memory.adapters.partitioner.packages import part
from memory.adapters.partitioner.trees import local, tree

UNFORMATTED = ";;;"
"""The format of numbers that shows nothing."""
WHITE_OF_THEME = "0"

T = TypeVar("T")
Area = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class _Looks:
    """Formats of cells, by number, that hide what is in them: anywhere, or where no other fill lies under them."""

    always: frozenset[int]
    unfilled: frozenset[int]


@dataclass(slots=True)
class Concealed:
    """The hidden cells of one sheet; rows and columns count from 1."""

    rows: set[int] = field(default_factory=set)
    columns: list[tuple[int, int]] = field(default_factory=list)
    cells: set[tuple[int, int]] = field(default_factory=set)

    def __bool__(self) -> bool:
        """Say whether anything is hidden."""
        return bool(self.rows or self.columns or self.cells)

    def hides(self, row: int, column: int) -> bool:
        """Say whether nobody sees a cell."""
        return (
            row in self.rows
            or (row, column) in self.cells
            or any(first <= column <= last for first, last in self.columns)
        )


class Veil:
    """What is hidden in one workbook."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        names = archive.namelist()
        styles = tree(part(archive, "xl/styles.xml")) if "xl/styles.xml" in names else None
        self._looks = _looks(styles) if styles is not None else _Looks(frozenset(), frozenset())
        tables = [tree(part(archive, one)) for one in names if one.startswith("xl/tables/") and one.endswith(".xml")]
        self._tables = [area for one in tables for area in _areas(one.get("ref"))]

    def of(self, sheet: str) -> Concealed:
        """Return what is hidden on the sheet that is kept in this part of the package. Raises `Refused`."""
        content = part(self._archive, sheet)
        concealed = Concealed()
        if b"hidden" in content or self._looks.always or self._looks.unfilled:
            _Sheet(self._looks, self._tables, concealed).read(content)
        return concealed


class _Sheet:
    """Reads one sheet, element by element."""

    def __init__(self, looks: _Looks, tables: Iterable[Area], concealed: Concealed) -> None:
        self._looks = looks
        self._concealed = concealed
        self._grounds = list(tables)
        self._filtered: list[Area] = []
        self._unfilled: list[tuple[int, int]] = []
        self._row = self._column = 0

    def read(self, content: bytes) -> None:
        """Gather what is hidden; whether something lies under a cell, or a filter over it, is told after the cells."""
        for event, element in etree.iterparse(
            io.BytesIO(content), events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False
        ):
            if event == "start":
                self._begin(element)
            else:
                self._end(element)
        rows, cells = self._concealed.rows, self._concealed.cells
        rows -= {one for one in rows if any(top <= one <= bottom for _, top, _, bottom in self._filtered)}
        cells |= {one for one in self._unfilled if not any(_within(one, area) for area in self._grounds)}

    def _begin(self, element: etree._Element) -> None:
        match local(element):
            case "row":
                self._row, self._column = _number(element.get("r"), self._row + 1), 0
                if _is_on(element.get("hidden")):
                    self._concealed.rows.add(self._row)
            case "c":
                self._column = _column(element.get("r"), self._column + 1)
                self._judge(_number(element.get("s"), 0))
            case "col" if _is_on(element.get("hidden")):
                self._concealed.columns.append((_number(element.get("min"), 1), _number(element.get("max"), 0)))
            case "conditionalFormatting":
                self._grounds += _areas(element.get("sqref"))

    def _judge(self, look: int) -> None:
        if look in self._looks.always:
            self._concealed.cells.add((self._row, self._column))
        elif look in self._looks.unfilled:
            self._unfilled.append((self._row, self._column))

    def _end(self, element: etree._Element) -> None:
        name = local(element)
        if name == "autoFilter" and len(element):
            self._filtered += _areas(element.get("ref"))
        elif name == "row":
            element.clear()
            above = element.getparent()
            while above is not None and element.getprevious() is not None:
                del above[0]  # or a million empty rows would be kept


def _looks(styles: etree._Element) -> _Looks:
    parts = {local(one): list(one) for one in styles}
    fonts = [(_colour(one, "color"), _size(one)) for one in parts.get("fonts", [])]
    fills = [_fill(one) for one in parts.get("fills", [])]
    silent = {one.get("numFmtId") for one in parts.get("numFmts", []) if one.get("formatCode", "") == UNFORMATTED}
    always, unfilled = set(), set()
    for number, look in enumerate(parts.get("cellXfs", [])):
        colour, size = _at(fonts, look.get("fontId"), (None, None))
        filled, ground = _at(fills, look.get("fillId"), (False, None))
        if look.get("numFmtId") in silent or (size is not None and size <= 1) or (filled and alike(colour, ground)):
            always.add(number)
        elif not filled and alike(colour, WHITE):
            unfilled.add(number)
    return _Looks(frozenset(always), frozenset(unfilled))


def _at(items: list[T], index: str | None, otherwise: T) -> T:
    number = _number(index, 0)
    return items[number] if number < len(items) else otherwise


def _colour(element: etree._Element, name: str) -> Colour | None:
    found = next((one for one in element if local(one) == name), None)
    if found is None:
        return None
    if found.get("theme") == WHITE_OF_THEME and found.get("tint") is None:
        return WHITE
    return from_hex((found.get("rgb") or "")[-6:])


def _size(font: etree._Element) -> float | None:
    told = next((one.get("val") for one in font if local(one) == "sz"), None)
    try:
        return None if told is None else float(told)
    except ValueError:
        return None


def _fill(element: etree._Element) -> tuple[bool, Colour | None]:
    """Say whether there is a fill, and its colour where it is one."""
    pattern = next((one for one in element if local(one) == "patternFill"), None)
    if pattern is None:
        return len(element) > 0, None
    kind = pattern.get("patternType", "none")
    return kind != "none", _colour(pattern, "fgColor") if kind == "solid" else None


def _areas(told: str | None) -> Iterable[Area]:
    for one in (told or "").split()[:1000]:
        try:
            left, top, right, bottom = range_boundaries(one)
        except (ValueError, TypeError):
            continue
        if left and top and right and bottom:
            yield left, top, right, bottom


def _within(cell: tuple[int, int], area: Area) -> bool:
    return area[0] <= cell[1] <= area[2] and area[1] <= cell[0] <= area[3]


def _column(told: str | None, otherwise: int) -> int:
    try:
        return int(column_index_from_string(coordinate_from_string(told or "")[0]))
    except ValueError:
        return otherwise


def _number(told: str | None, otherwise: int) -> int:
    return int(told) if told is not None and told.isdecimal() and len(told) < 9 else otherwise


def _is_on(told: str | None) -> bool:
    return told in ("1", "true")
