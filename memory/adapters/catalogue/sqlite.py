"""How connections to SQLite behave: durable, with foreign keys, many readers beside one writer.

The driver's own transaction control begins late and only for some statements, so reads would not be repeatable. It is
switched off and every transaction begins by our word: a reader gets a snapshot, a writer the write lock at once, so
that it waits its turn instead of failing when it first writes. Source: SQLAlchemy, «Enabling Non-Legacy SQLite
Transactional Modes».
"""

from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event

# Long enough to wait for a large batch of another writer, short enough that a stuck one is noticed.
BUSY_TIMEOUT_S = 30

_PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    f"mmap_size = {2**30}",  # readers share one copy of the hot pages: twenty hits take two thirds of the time
)
_BEGIN = {False: "BEGIN DEFERRED", True: "BEGIN IMMEDIATE"}


def engine(url: URL) -> Engine:
    """Return an engine on a database file, durable and with foreign keys."""
    made = create_engine(
        url,
        hide_parameters=True,  # neither an error nor a log of statements may print documents
        connect_args={"timeout": BUSY_TIMEOUT_S, "cached_statements": 256},
        pool_size=16,
        max_overflow=-1,  # a connection costs a fraction of a millisecond; a request waiting for one costs an answer
    )
    event.listen(made, "connect", _prepare)
    event.listen(made, "begin", _begin)
    return made


def reader(engine: Engine) -> Engine:
    """Return the engine of reading transactions."""
    return engine


def writer(engine: Engine) -> Engine:
    """Return the engine of writing transactions, on the same connections; each takes the write lock as it begins."""
    return engine.execution_options(writes=True)


def lock_schema(_connection: Connection) -> None:
    """The write lock, which the transaction has, is enough."""


def _prepare(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(_BEGIN[connection.get_execution_options().get("writes", False)])
