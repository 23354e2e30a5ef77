"""The schema of the catalogue: brought up to date by Alembic, and checked before anything is read.

The revisions ship inside the package (`migrations/versions`) and run from here; there is no `alembic.ini`.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from memory.domain.errors import Misconfigured

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0007"
"""The newest revision. Known here so that a start that needs no migration need not load Alembic (a third of a second);
a test holds it against the scripts."""


def upgrade(connection: Connection) -> None:
    """Bring the schema to the newest revision, inside the transaction of `connection`."""
    from alembic import command

    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def require_current(connection: Connection) -> None:
    """Raise `Misconfigured` unless the schema is the one this software was written for."""
    found = current_revision(connection)
    if found == HEAD:
        return
    from alembic.script import ScriptDirectory

    if found is None or found in {known.revision for known in ScriptDirectory.from_config(_config()).walk_revisions()}:
        raise Misconfigured("The catalogue has an older schema than this software; run `memory init` to migrate it.")
    raise Misconfigured("The catalogue was written by a newer version of this software; install that version.")


def current_revision(connection: Connection) -> str | None:
    """Return the revision that the database records, None for a database without a schema."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return revision


def _config() -> "Config":
    from alembic.config import Config

    config = Config()
    location = str(Path(__file__).parent / "migrations")
    config.set_main_option("script_location", location.replace("%", "%%"))  # the file format interpolates
    return config
