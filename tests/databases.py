"""Databases on the PostgreSQL server of a test session, each a copy of one that was migrated once."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import psycopg
from sqlalchemy import make_url

from memory.adapters.catalogue import migrate


class Databases:
    """Makes databases on a server that nobody else uses."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._numbers = count()
        self._tell("CREATE DATABASE migrated TEMPLATE template0")
        migrate(self._url("migrated"))

    @contextmanager
    def fresh(self, template: str = "migrated") -> Iterator[str]:
        """Yield the URL of a new database, gone after the block."""
        name = f"test_{next(self._numbers)}"
        self._tell(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield self._url(name)
        finally:
            self._tell(f"DROP DATABASE {name} WITH (FORCE)")

    def _url(self, database: str) -> str:
        return make_url(self._server).set(database=database).render_as_string(hide_password=False)

    def _tell(self, statement: str) -> None:
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(statement.encode())
