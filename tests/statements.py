"""Counts what a catalogue says to its database, at the driver: what SQLAlchemy executes and what goes round it.

One call of the driver is one statement, also where it takes many rows: those travel together. Left out are the words
that begin and end a transaction, and the question whether a rested connection still lives.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import event

from memory.adapters.catalogue import SqlCatalogue

_COUNTED = re.compile(r"\s*(SELECT (?!1$)|INSERT|UPDATE|DELETE|WITH)")


@contextmanager
def statements(catalogue: SqlCatalogue) -> Iterator[list[str]]:
    """Collect the statements of every session of a catalogue, whichever thread opens it, until the block ends."""
    seen: list[str] = []
    connecting = _Connecting(seen)
    engine = catalogue._engine
    event.listen(engine, "do_connect", connecting)
    engine.dispose()  # connections are told what they are as they are made
    try:
        yield seen
    finally:
        event.remove(engine, "do_connect", connecting)
        engine.dispose()


class _Connecting:
    """Has the drivers make connections that tell."""

    def __init__(self, seen: list[str]) -> None:
        self._telling = {
            "sqlite": {"factory": _telling_connection(_telling_cursor(sqlite3.Cursor, seen))},
            "postgresql": {"cursor_factory": _telling_cursor(psycopg.Cursor, seen)},
        }

    def __call__(self, dialect: Any, _record: Any, arguments: Any, parameters: dict[str, Any]) -> Any:
        return dialect.connect(*arguments, **parameters, **self._telling[dialect.name])


def _telling_connection(cursor: Any) -> type[sqlite3.Connection]:
    class Telling(sqlite3.Connection):
        def cursor(self, _factory: Any = None) -> Any:
            return super().cursor(cursor)

    return Telling


def _telling_cursor(kind: Any, seen: list[str]) -> Any:
    class Telling(kind):  # type: ignore[misc]
        def execute(self, query: Any, *values: Any, **options: Any) -> Any:
            _note(query, seen)
            return super().execute(query, *values, **options)

        def executemany(self, query: Any, *values: Any, **options: Any) -> Any:
            _note(query, seen)
            return super().executemany(query, *values, **options)

    return Telling


def _note(query: Any, seen: list[str]) -> None:
    if _COUNTED.match(str(query)):
        seen.append(str(query))
