"""Opens the catalogue: sessions on an engine, and the one place where vendor errors become ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, event, make_url
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError

from memory.adapters.catalogue import schema, sqlite
from memory.adapters.catalogue.access import SqlAccessReader, SqlAccessWriter
from memory.adapters.catalogue.documents import SqlDocumentReader, SqlDocumentWriter
from memory.adapters.catalogue.embeddings import SqlEmbeddingReader, SqlEmbeddingWriter
from memory.adapters.catalogue.outbox import SqlOutboxReader, SqlOutboxWriter
from memory.adapters.catalogue.sources import SqlSourceReader, SqlSourceWriter
from memory.adapters.catalogue.transaction import Counters
from memory.domain.errors import CatalogueUnavailable, Conflict, Misconfigured
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
        self._writer = engine.execution_options(writes=True)
        self._clock = clock

    @contextmanager
    def read(self) -> Iterator[SqlReading]:
        """Open a consistent view. Raises `CatalogueUnavailable`."""
        with self._engine.connect() as connection, connection.begin():
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
    """Return the catalogue at a SQLAlchemy URL (`sqlite:////path/to/file`); `clock` dates the log of epochs.

    Raises `Misconfigured` if its schema is older or newer than this software, `CatalogueUnavailable` if it cannot be
    opened.
    """
    engine = _engine(url)
    try:
        with engine.connect() as connection:
            schema.require_current(connection)
    except BaseException:
        engine.dispose()
        raise
    return SqlCatalogue(engine, clock or SystemClock())


def migrate(url: str) -> None:
    """Create the schema of the catalogue, or bring it up to date; all of it or nothing."""
    engine = _engine(url)
    try:
        with engine.execution_options(writes=True).begin() as connection:
            schema.upgrade(connection)
    finally:
        engine.dispose()


def _engine(url: str) -> Engine:
    try:
        dialect = make_url(url).get_backend_name()
    except ArgumentError as error:
        raise Misconfigured("The catalogue's URL cannot be read; write sqlite:////path/to/file.") from error
    if dialect != "sqlite":
        raise Misconfigured("The catalogue runs on SQLite; write its URL as sqlite:////path/to/file.")
    engine = sqlite.engine(url)
    event.listen(engine, "handle_error", _translate)
    return engine


def _translate(context: ExceptionContext) -> None:
    """Raise ours for a database's error. What is not the database's (a wrong type, say) is a mistake of the caller."""
    error = context.sqlalchemy_exception
    if isinstance(error, IntegrityError):
        raise Conflict from error
    if isinstance(error, DBAPIError):
        raise CatalogueUnavailable from error
