"""What a benchmark says: rows that met or missed a target, and tables beside them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One promise. `met` is None for a figure without a target."""

    what: str
    target: str
    measured: str
    met: bool | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Figures that explain a row."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Report:
    """The answer to the one question of a benchmark."""

    rows: tuple[Row, ...]
    tables: tuple[Table, ...] = ()

    @property
    def missed(self) -> int:
        """How many targets were not met."""
        return sum(row.met is False for row in self.rows)

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON types."""
        return asdict(self)


def at_most(what: str, measured: float, limit: float, form: str = "{:.2f}") -> Row:
    """Return the row of a figure that must not exceed `limit`."""
    return Row(what, f"≤ {form.format(limit)}", form.format(measured), measured <= limit)


def at_least(what: str, measured: float, limit: float, form: str = "{:.3f}") -> Row:
    """Return the row of a figure that must reach `limit`."""
    return Row(what, f"≥ {form.format(limit)}", form.format(measured), measured >= limit)


def exactly(what: str, measured: int, wanted: int) -> Row:
    """Return the row of a count that must be `wanted`."""
    return Row(what, f"{wanted:,}", f"{measured:,}", measured == wanted)


def show(report: Report) -> None:
    """Print the tables, then the rows."""
    for table in report.tables:
        print(f"\n{table.title}")
        _print(table.columns, table.rows)
    print()
    verdicts = {True: "met", False: "MISSED", None: ""}
    _print(
        ("what", "target", "measured", ""),
        [(row.what, row.target, row.measured, verdicts[row.met]) for row in report.rows],
    )


def _print(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print aligned columns as Markdown, so that a run can be pasted into README.md."""
    widths = [max(len(row[at]) for row in (columns, *rows)) for at in range(len(columns))]
    for row in (columns, tuple("-" * width for width in widths), *rows):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |")
