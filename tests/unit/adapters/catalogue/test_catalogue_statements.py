"""What the hot paths cost in statements on either database, and that none of them reads a whole table."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from memory.adapters.catalogue import SqlCatalogue, open_catalogue
from memory.domain.documents import Span
from memory.domain.permissions import UNKNOWN_ACL
from memory.domain.ports.catalogue import Reading
from memory.testing.catalogue_story import compartment, day, document, finding, history

TEXTS = [("d1", "t1", Span(0, 10)), ("d1", "t2", Span(5_000, 5_010)), ("d1", "t3", Span(0, 0))]
PLACES = [("d1", version, range(at, at + 3)) for version in (1, 2) for at in range(50)]

Told = tuple[str, Any]
"""A statement and its values; SQLite's have been written into it."""

COSTS: list[tuple[str, int, Callable[[Reading], object]]] = [
    ("position", 1, lambda session: session.access.position()),
    ("changes of nothing", 5, lambda session: session.access.changes(session_revision(session))),
    ("changes of one ACL", 6, lambda session: session.access.changes(session_revision(session) - 1)),
    ("hits now", 1, lambda session: session.documents.hits([f"p-{name}" for name in "abcdefg"], moment=None)),
    ("hits then", 1, lambda session: session.documents.hits([f"p-{name}" for name in "abcdefg"], moment=day(1))),
    ("governed", 1, lambda session: session.documents.governed([("d1", number) for number in range(100)])),
    ("neighbours now", 1, lambda session: session.documents.neighbours(PLACES, moment=None)),
    ("neighbours then", 1, lambda session: session.documents.neighbours(PLACES, moment=day(1))),
    ("slices", 1, lambda session: session.documents.slices(TEXTS)),
    ("passages", 1, lambda session: session.documents.passages([(*one, Span(0, one[2].end)) for one in TEXTS])),
    ("findings", 1, lambda session: session.documents.findings([*TEXTS, ("d1", "t1", None)])),
    ("withdrawn", 1, lambda session: session.outbox.withdrawn()),
    ("points", 1, lambda session: session.outbox.points(["p-a", "p-b"])),
    ("last syncs", 1, lambda session: session.sources.last_syncs()),
    ("unfinished syncs", 1, lambda session: session.sources.unfinished_syncs()),
    ("visible", 1, lambda session: session.documents.visible([1, 2, 3], after="", limit=9)),
]


def session_revision(session: Reading) -> int:
    """Return the revision without a statement that the test would count."""
    return int(session.documents._connection.info["revision"])  # type: ignore[attr-defined]


@contextmanager
def statements(session: Any) -> Iterator[list[Told]]:
    """Collect the statements that are executed inside, with their values, as the driver sees them."""
    seen: list[Told] = []
    driver = session.documents._connection.connection.driver_connection
    if isinstance(driver, psycopg.Connection):
        driver.cursor_factory = recording(seen)
        yield seen
        driver.cursor_factory = psycopg.Cursor
    else:
        driver.set_trace_callback(lambda statement: seen.append((statement, None)))
        yield seen
        driver.set_trace_callback(None)


def recording(seen: list[Told]) -> type[psycopg.Cursor[Any]]:
    """Return a kind of cursor that tells what it executes."""

    class Recording(psycopg.Cursor[Any]):
        def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
            seen.append((query, params))
            return super().execute(query, params, **options)

        def executemany(self, query: Any, params_seq: Any, **options: Any) -> None:
            rows = list(params_seq)
            seen.extend((query, row) for row in rows)
            super().executemany(query, rows, **options)

    return Recording


@pytest.fixture(params=["url", "postgresql_url"], ids=["sqlite", "postgresql"])
def told(request: pytest.FixtureRequest) -> Iterator[SqlCatalogue]:
    """Return a catalogue with a document, its texts and findings, and one ACL that changed last."""
    catalogue = open_catalogue(request.getfixturevalue(request.param))
    history(catalogue)
    with catalogue.write() as session:
        document(session, "d2")
        for name in ("t1", "t2", "t3"):
            session.documents.add_text("d1", name, "x" * 6_000)
            session.documents.add_findings("d1", name, [finding(0, 5)], "c")
        compartment(session, "other")
    with catalogue.write() as session:
        session.access.set_acl("wiki", "other", UNKNOWN_ACL, day(1))
    yield catalogue
    catalogue.close()


@pytest.mark.parametrize(("name", "cost", "ask"), COSTS, ids=[name for name, _, _ in COSTS])
def test_hot_paths_cost_a_fixed_number_of_indexed_statements(
    told: SqlCatalogue, name: str, cost: int, ask: Callable[[Reading], object]
) -> None:
    with told.read() as session:
        session.documents._connection.info["revision"] = session.access.position().revision
        with statements(session) as seen:
            ask(session)
        assert len(seen) == cost
        scanned = {table for one in seen for table in _scanned(session, *one)}
    assert scanned <= {"state", "sources"}, f"{name} reads a whole table"  # two tables of a few rows


def test_an_acl_that_changes_writes_the_same_few_rows_however_many_scopes_there_are(told: SqlCatalogue) -> None:
    def cost(key: str, seen_at: float) -> int:
        with told.write() as session, statements(session) as seen:
            session.access.set_acl("wiki", key, UNKNOWN_ACL, day(seen_at))
        return sum(statement.startswith(("INSERT", "UPDATE", "DELETE")) for statement, _ in seen)

    assert cost("folder", 1) == 4  # the counters, the log of epochs, the old row and the new
    assert cost("folder", 2) == 2  # the counters, and when it was seen
    assert cost("folder", 2) == 0


def _scanned(session: Any, statement: str, values: Any) -> set[str]:
    """Return the tables that the database would read from end to end."""
    driver = session.documents._connection.connection.driver_connection
    if isinstance(driver, psycopg.Connection):
        driver.execute("SET LOCAL enable_seqscan = off")  # tables this small are scanned when anything else is dearer
        plan = "\n".join(row[0] for row in driver.execute(f"EXPLAIN {statement}".encode(), values))
        return set(re.findall(r"Seq Scan on (\w+)", plan))
    steps = [row[3] for row in driver.execute(f"EXPLAIN QUERY PLAN {statement}")]
    return {step.split()[1] for step in steps if step.startswith("SCAN") and "INDEX" not in step} - {"CONSTANT"}
