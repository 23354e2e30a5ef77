"""The schema of the catalogue: brought up to date by Alembic, and checked before anything is read.

The revisions ship inside the package (`migrations/versions`) and run from here; there is no `alembic.ini`.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from memory.domain.errors import Misconfigured


def upgrade(connection: Connection) -> None:
    """Bring the schema to the newest revision, inside the transaction of `connection`."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def require_current(connection: Connection) -> None:
    """Raise `Misconfigured` unless the schema is the one this software was written for."""
    script = ScriptDirectory.from_config(_config())
    found = MigrationContext.configure(connection).get_current_revision()
    if found == script.get_current_head():
        return
    if found is None or found in {known.revision for known in script.walk_revisions()}:
        raise Misconfigured("The catalogue has an older schema than this software; run `memory init` to migrate it.")
    raise Misconfigured("The catalogue was written by a newer version of this software; install that version.")


def _config() -> Config:
    config = Config()
    location = str(Path(__file__).parent / "migrations")
    config.set_main_option("script_location", location.replace("%", "%%"))  # the file format interpolates
    return config
