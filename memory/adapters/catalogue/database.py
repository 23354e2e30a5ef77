"""Opens the catalogue: sessions on the engine of the database that its URL names."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError

from memory.adapters.catalogue import postgresql, schema, sqlite
from memory.adapters.catalogue.access import SqlAccessReader, SqlAccessWriter
from memory.adapters.catalogue.documents import SqlDocumentReader, SqlDocumentWriter
from memory.adapters.catalogue.embeddings import SqlEmbeddingReader, SqlEmbeddingWriter
from memory.adapters.catalogue.faults import translating
from memory.adapters.catalogue.outbox import SqlOutboxReader, SqlOutboxWriter
from memory.adapters.catalogue.sources import SqlSourceReader, SqlSourceWriter
from memory.adapters.catalogue.transaction import Counters
from memory.domain.errors import Misconfigured
from memory.domain.ports.surroundings import Clock, SystemClock


@dataclass(frozen=True, slots=True)
class SqlReading:
    """One consistent view."""

    access: SqlAccessReader
    documents: SqlDocumentReader
    embeddings: SqlEmbeddingReader
    outbox: SqlOutboxReader
    sources: SqlSourceReader

    @classmethod
    def on(cls, connection: Connection) -> "SqlReading":
        """Return the repositories of one reading transaction."""
        return cls(
            SqlAccessReader(connection),
            SqlDocumentReader(connection),
            SqlEmbeddingReader(connection),
            SqlOutboxReader(connection),
            SqlSourceReader(connection),
        )


@dataclass(frozen=True, slots=True)
class SqlWriting:
    """One transaction."""

    access: SqlAccessWriter
    documents: SqlDocumentWriter
    embeddings: SqlEmbeddingWriter
    outbox: SqlOutboxWriter
    sources: SqlSourceWriter

    @classmethod
    def on(cls, connection: Connection, clock: Clock) -> "SqlWriting":
        """Return the repositories of one writing transaction, which share its counters."""
        counters = Counters(connection, clock)
        return cls(
            SqlAccessWriter(connection, counters),
            SqlDocumentWriter(connection, counters),
            SqlEmbeddingWriter(connection, counters),
            SqlOutboxWriter(connection, counters),
            SqlSourceWriter(connection, counters),
        )


class SqlCatalogue:
    """The catalogue in a SQL database; safe from any number of threads, each session from one at a time."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        store = _STORES[engine.dialect.name]
        self._reader = store.reader(engine)
        self._writer = store.writer(engine)
        self._clock = clock

    @contextmanager
    def read(self) -> Iterator[SqlReading]:
        """Open a consistent view. Raises `CatalogueUnavailable`."""
        with self._reader.begin() as connection:
            yield SqlReading.on(connection)

    @contextmanager
    def write(self) -> Iterator[SqlWriting]:
        """Open a transaction, durable when the block ends, gone if it raises. Raises `CatalogueUnavailable`."""
        with self._writer.begin() as connection:
            yield SqlWriting.on(connection, self._clock)

    def close(self) -> None:
        """Release all connections."""
        self._engine.dispose()


def open_catalogue(url: str, clock: Clock | None = None) -> SqlCatalogue:
    """Return the catalogue at a SQLAlchemy URL (`sqlite:////path/to/file` or `postgresql://user:password@host/name`).

    `clock` dates the log of epochs. Raises `Misconfigured` if its schema is older or newer than this software,
    `CatalogueUnavailable` if it cannot be opened.
    """
    engine = _engine(url)
    try:
        with engine.connect() as connection:
            schema.require_current(connection)
    except BaseException:
        engine.dispose()
        raise
    return SqlCatalogue(engine, clock or SystemClock())


def migrate(url: str) -> bool:
    """Create the schema of the catalogue, or bring it up to date; all of it or nothing. Say whether there was none."""
    engine = _engine(url)
    store = _STORES[engine.dialect.name]
    try:
        with store.writer(engine).begin() as connection:
            store.lock_schema(connection)
            new = schema.current_revision(connection) is None
            schema.upgrade(connection)
    finally:
        engine.dispose()
    return new


class _Store(Protocol):
    """How connections to one kind of database behave: a module for each."""

    def engine(self, url: URL) -> Engine:
        """Return an engine on the database."""
        ...

    def reader(self, engine: Engine) -> Engine:
        """Return the engine of reading transactions, on the same connections."""
        ...

    def writer(self, engine: Engine) -> Engine:
        """Return the engine of writing transactions, on the same connections."""
        ...

    def lock_schema(self, connection: Connection) -> None:
        """Let one process migrate at a time."""
        ...


_STORES: Mapping[str, _Store] = {"sqlite": sqlite, "postgresql": postgresql}


def _engine(url: str) -> Engine:
    try:
        address = make_url(url)
        store = _STORES[address.get_backend_name()]
    except (ArgumentError, KeyError):  # the cause would repeat the URL, and with it a password
        raise Misconfigured(
            "The catalogue runs on SQLite and PostgreSQL; write its URL as sqlite:////path/to/file or "
            "postgresql://user@host/name."
        ) from None
    return translating(store.engine(address))
