"""How connections to PostgreSQL behave: a reader sees one state for as long as it looks, writers follow one another.

A reader's transaction is REPEATABLE READ and READ ONLY: its first statement takes the snapshot that all others see. A
writer's is READ COMMITTED, because it begins by locking the row of the counters (`transaction.Counters`) and must see,
once it has waited for its turn, what the writer before it committed; with the snapshot of a REPEATABLE READ it would
fail instead. Nobody else writes until it ends, so its view does not change under it either.
"""

from ipaddress import ip_address

from sqlalchemy import URL, Connection, Engine, create_engine, text

from memory.domain.errors import Misconfigured

# Enough for a moment's peak in one process; PostgreSQL serves 100 connections unless told otherwise, to all of them.
POOL = 16
CONNECT_TIMEOUT_S = 10

# As long as on SQLite: long enough to wait for a large batch of another writer, short enough to notice a stuck one. A
# query is never that long, and what a vanished process held is released after it.
LOCK_TIMEOUT_S = 30

_SESSION = {
    "lock_timeout": f"{LOCK_TIMEOUT_S}s",
    "idle_in_transaction_session_timeout": "10min",
    # Statements are prepared once and asked by keys: planning anew for every set of values takes longer (1.5 ms for
    # the query of hits) than answering (0.4 ms).
    "plan_cache_mode": "force_generic_plan",
    # Every statement has its index. Before a table that grew was analysed, the planner takes it for a few rows and
    # reads it, or another index of it, whole: hits among 4,000 chunks then take 9 ms instead of 0.6. What has no index
    # is scanned all the same.
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
    "jit": "off",  # compiles for queries over millions of rows, which nothing here asks
}

_PROTECTED = ("require", "verify-ca", "verify-full")

_MIGRATING = 7_310_575_174  # any number that nobody else would think of


def engine(url: URL) -> Engine:
    """Return an engine on a database. Raises `Misconfigured` for one beyond loopback without TLS, or no driver."""
    try:
        return create_engine(
            protected(url).set(drivername="postgresql+psycopg"),
            hide_parameters=True,  # neither an error nor a log of statements may print documents
            connect_args={"connect_timeout": CONNECT_TIMEOUT_S, "options": _options(url)},
            pool_size=POOL,
            pool_pre_ping=True,  # a server that was restarted must not cost every idle connection a request
        )
    except ImportError as error:
        raise Misconfigured("PostgreSQL needs its driver; install enterprise-memory[production].") from error


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
    """Return the engine of reading transactions, on the same connections."""
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def writer(engine: Engine) -> Engine:
    """Return the engine of writing transactions, on the same connections."""
    return engine.execution_options(isolation_level="READ COMMITTED")


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
    """Return what every session begins with; what the URL itself asks for comes last and wins."""
    asked = url.query.get("options", "")
    ours = " ".join(f"-c {name}={value}" for name, value in _SESSION.items())
    return f"{ours} {asked if isinstance(asked, str) else ' '.join(asked)}".strip()
