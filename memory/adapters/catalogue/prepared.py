"""Queries and insertions of the hot paths, compiled once and executed by the driver itself.

For a short query SQLAlchemy's machinery costs more than the database: 80 of 85 µs for an empty list of withdrawals, and
three times as much when a search has just swept the processor's caches. What is kept of it is its compiler, its types
and the transaction; so a prepared query says the same on every database.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import CompoundSelect, Connection, Dialect, Insert, Select, Table, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import TypeEngine

from memory.adapters.catalogue.faults import fault

Processor = Callable[[Any], Any]
Statement = Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]
T = TypeVar("T")

_INSERT: Mapping[str, Callable[[Table], sqlite.Insert | postgresql.Insert]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}


def padded(items: Sequence[T]) -> list[T]:
    """Repeat the last item up to a power of two: a few lengths, so that few statements are ever compiled."""
    return [*items, *[items[-1]] * ((1 << (len(items) - 1).bit_length()) - len(items))]


class Prepared:
    """One SELECT without expanding parameters. Made at import or under a cache, never per request."""

    def __init__(self, statement: Statement) -> None:
        self._statement = statement
        self._forms: dict[str, _Form] = {}

    def one(self, connection: Connection, **values: Any) -> list[Any] | None:
        """Return the only row, None where there is none."""
        return next(self.rows(connection, values), None)

    def rows(self, connection: Connection, values: Mapping[str, Any] | None = None) -> Iterator[list[Any]]:
        """Execute in the transaction of `connection`, which has begun, and yield the rows, typed as SQLAlchemy would.

        Raises as any statement does.
        """
        form = self._forms.get(connection.dialect.name)
        if form is None:
            form = self._forms[connection.dialect.name] = _Form(self._statement, connection.dialect)
        for row in _fetched(connection, form.sql, form.parameters(values or {})):
            typed = list(row)
            for at, process in form.results:
                typed[at] = process(typed[at])
            yield typed


@lru_cache
def insertion(table: Table, columns: tuple[str, ...], dialect: Dialect, *, missing: bool) -> "Insertion":
    """Return the INSERT of rows with exactly these columns; with `missing`, of those whose primary key is new alone."""
    keys = list(table.primary_key)
    statement = _INSERT[dialect.name](table).on_conflict_do_nothing(index_elements=keys) if missing else insert(table)
    return Insertion(statement, columns, dialect)


class Insertion:
    """One INSERT of any number of rows that name the same columns, all others being left to their defaults."""

    def __init__(self, statement: Insert, columns: Sequence[str], dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=list(columns), for_executemany=True)
        self._values = _Values(compiled, dialect)
        self._sql = str(compiled)

    def execute(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
        """Insert the rows in order, in the transaction of `connection`; return how many went in.

        Raises as any statement does.
        """
        with _driven(connection) as cursor:
            cursor.executemany(self._sql, [self._values.of(row) for row in rows])
            return int(cursor.rowcount)


def _fetched(connection: Connection, sql: str, parameters: Any) -> Sequence[Sequence[Any]]:
    with _driven(connection) as cursor:
        cursor.execute(sql, parameters)
        rows: Sequence[Sequence[Any]] = cursor.fetchall()
        return rows


@contextmanager
def _driven(connection: Connection) -> Iterator[Any]:
    """Lend a cursor of the driver, whose errors become ours."""
    cursor = connection.connection.cursor()
    try:
        yield cursor
    except connection.dialect.loaded_dbapi.Error as error:
        raise fault(error, connection.dialect) from error
    finally:
        cursor.close()


class _Form:
    """What a query is on one kind of database: its text, and how values go in and come out."""

    def __init__(self, statement: Statement, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self.sql = str(compiled)
        self.parameters = _Values(compiled, dialect).of
        results = ((at, _result(column.type, dialect)) for at, column in enumerate(statement.selected_columns))
        self.results = [(at, process) for at, process in results if process is not None]


class _Values:
    """How the values of a statement go in; those that it holds itself go in with them."""

    def __init__(self, compiled: Any, dialect: Dialect) -> None:
        self._order = compiled.positiontup
        self._binds = {name: _bound(bind.type, dialect) for name, bind in compiled.binds.items()}
        held = compiled.construct_params(_check=False).items()
        self._held = {name: self._bind(name, value) for name, value in held if not compiled.binds[name].required}

    def of(self, values: Mapping[str, Any]) -> Any:
        """Return the parameters as the driver takes them, by place or by name."""
        merged = {**self._held, **{name: self._bind(name, value) for name, value in values.items()}}
        return merged if self._order is None else tuple(merged[name] for name in self._order)

    def _bind(self, name: str, value: Any) -> Any:
        process = self._binds[name]
        return value if process is None else process(value)


def _bound(type_: TypeEngine[Any], dialect: Dialect) -> Processor | None:
    return type_.dialect_impl(dialect).bind_processor(dialect)


def _result(type_: TypeEngine[Any], dialect: Dialect) -> Processor | None:
    return type_.dialect_impl(dialect).result_processor(dialect, None)
