"""How connections to PostgreSQL behave: a reader sees one state for as long as it looks, writers follow one another.

A reader's transaction is REPEATABLE READ and READ ONLY: its first statement takes the snapshot that all others see. A
writer's is READ COMMITTED, because it begins by locking the row of the counters (`transaction.Counters`) and must see,
once it has waited for its turn, what the writer before it committed; with the snapshot of a REPEATABLE READ it would
fail instead. Nobody else writes until it ends, so its view does not change under it either.
"""

import time
from ipaddress import ip_address
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

from memory.domain.errors import Misconfigured

# Enough for a moment's peak in one process; PostgreSQL serves 100 connections unless told otherwise, to all of them.
POOL = 16
CONNECT_TIMEOUT_S = 10

# A connection that was used this recently is not asked whether it lives: that is one of eight round trips of a request.
RESTED_S = 1.0
_USED = "used"

# As long as on SQLite: long enough to wait for a large batch of another writer, short enough to notice a stuck one. A
# query is never that long, and what a vanished process held is released after it.
LOCK_TIMEOUT_S = 30

_SESSION = {
    # What a reader's transaction is. As defaults of the session they cost nothing per request; a writer says otherwise.
    "default_transaction_isolation": "repeatable\\ read",
    "default_transaction_read_only": "on",
    "lock_timeout": f"{LOCK_TIMEOUT_S}s",
    "idle_in_transaction_session_timeout": "10min",
    # Statements are prepared once and asked by keys: planning anew for every set of values takes longer (1.5 ms for
    # the query of hits) than answering (0.4 ms).
    "plan_cache_mode": "force_generic_plan",
    # Every statement has its index. Before a table that grew was analysed, the planner takes it for a few rows and
    # reads it whole: hits among 4,000 chunks then take 9 ms instead of 0.7. What has no index is scanned all the same.
    # (Without bitmap scans as well it finds another bad plan; they stay.)
    "enable_seqscan": "off",
    # Tables are joined in the order in which a statement names them, beginning with what it asks by keys. Before tables
    # were analysed the planner begins with all versions in force: hits take 7 ms among 400 documents, and ever longer.
    "join_collapse_limit": "1",
    "jit": "off",  # compiles for queries over millions of rows, which nothing here asks
}

_PROTECTED = ("require", "verify-ca", "verify-full")

_MIGRATING = 7_310_575_174  # any number that nobody else would think of


def engine(url: URL) -> Engine:
    """Return an engine on a database. Raises `Misconfigured` for one beyond loopback without TLS, or no driver."""
    try:
        made = create_engine(
            protected(url).set(drivername="postgresql+psycopg"),
            hide_parameters=True,  # neither an error nor a log of statements may print documents
            connect_args={"connect_timeout": CONNECT_TIMEOUT_S, "options": _options(url)},
            pool_size=POOL,
        )
    except ImportError as error:
        raise Misconfigured("PostgreSQL needs its driver; install enterprise-memory[production].") from error
    event.listen(made, "checkin", _note_use)
    event.listen(made, "checkout", _replace_when_dead)
    return made


def protected(url: URL) -> URL:
    """Return the address with TLS in it, unless the server is on this machine. Raises `Misconfigured`.

    The driver's own default would go on in clear with whoever answers that it cannot do better.
    """
    if not (hosts := _hosts(url)):
        raise Misconfigured("The URL of the catalogue names no host; write postgresql://user@host/name.")
    if all(map(_on_this_machine, hosts)):
        return url
    mode = url.query.get("sslmode", "verify-full")
    if mode not in _PROTECTED:
        raise Misconfigured(
            "Refusing to reach the catalogue beyond this machine without TLS; take sslmode out of its URL, and give "
            "sslrootcert=/path/to/ca.pem unless a public authority vouches for the server."
        )
    given = {"sslrootcert": "system"} if mode == "verify-full" else {}
    return url.set(query={**given, **url.query, "sslmode": str(mode)})


def reader(engine: Engine) -> Engine:
    """Return the engine of reading transactions: what every session begins with."""
    return engine


def writer(engine: Engine) -> Engine:
    """Return the engine of writing transactions, on the same connections."""
    return engine.execution_options(isolation_level="READ COMMITTED", postgresql_readonly=False)


def lock_schema(connection: Connection) -> None:
    """Let one process migrate at a time; the lock ends with the transaction."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATING})


def _hosts(url: URL) -> list[str]:
    """Return the hosts that the driver would try: of the address itself, then those that its query lists."""
    listed = url.query.get("host", ())
    several = listed.split(",") if isinstance(listed, str) else list(listed)
    numbers = url.query.get("hostaddr", ())  # where it is given, this is where the connection goes
    several += numbers.split(",") if isinstance(numbers, str) else list(numbers)
    return [host for host in (url.host, *several) if host]


def _on_this_machine(host: str) -> bool:
    if host.startswith("/"):
        return True  # the folder of a socket
    name = host if host.count(":") != 1 else host.partition(":")[0]
    try:
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


def _options(url: URL) -> str:
    """Return what every session begins with; ours come after what the URL asks for, and win."""
    asked = url.query.get("options", "")
    ours = " ".join(f"-c {name}={value}" for name, value in _SESSION.items())
    return f"{asked if isinstance(asked, str) else ' '.join(asked)} {ours}".strip()


def _note_use(_connection: Any, record: ConnectionPoolEntry) -> None:
    record.info[_USED] = time.monotonic()


def _replace_when_dead(connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
    """Ask a connection that rested whether it lives, so that a restarted server costs no request for each."""
    used = record.info.get(_USED)
    if used is None or time.monotonic() - used < RESTED_S:
        return
    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except connection.Error as error:
        raise InvalidatePoolError from error
