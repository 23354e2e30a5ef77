import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from memory.adapters.catalogue import SqlCatalogue, migrate, open_catalogue
from memory.adapters.catalogue.tables import metadata
from memory.domain.errors import CatalogueUnavailable, Misconfigured
from memory.testing.catalogue_story import history, position


def test_the_revisions_make_the_tables_that_the_code_expects(catalogue: SqlCatalogue) -> None:
    with catalogue._engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"target_metadata": metadata})
        assert compare_metadata(context, metadata) == []


def test_migrating_again_keeps_what_is_there(url: str, catalogue: SqlCatalogue) -> None:
    history(catalogue)
    before = position(catalogue)
    migrate(url)
    assert position(catalogue) == before


def test_versions_from_before_notes_were_kept_have_none(url: str, tmp_path: Path, catalogue: SqlCatalogue) -> None:
    """Fails when the column is added without a default."""
    history(catalogue)
    with sqlite3.connect(tmp_path / "catalogue.db") as connection:
        connection.execute("ALTER TABLE versions DROP COLUMN notes")
        connection.execute("ALTER TABLE syncs DROP COLUMN labelling")  # a later revision adds it again
        connection.execute("UPDATE alembic_version SET version_num = '0005'")
    connection.close()
    migrate(url)
    with catalogue.read() as session:
        versions = session.documents.versions("d1")
    assert versions
    assert {one.notes for one in versions} == {()}


@pytest.mark.parametrize(("revision", "advice"), [(None, "memory init"), ("9999", "newer version")])
def test_another_schema_is_refused(url: str, tmp_path: Path, revision: str | None, advice: str) -> None:
    """The twin is every other test: the right schema opens."""
    with sqlite3.connect(tmp_path / "catalogue.db") as connection:
        connection.execute("DELETE FROM alembic_version")
        connection.executemany("INSERT INTO alembic_version VALUES (?)", [(revision,)] if revision else [])
    connection.close()
    with pytest.raises(Misconfigured, match=advice):
        open_catalogue(url)


def test_a_file_that_is_no_database_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("this is not a database" * 99)
    with pytest.raises(CatalogueUnavailable):
        open_catalogue(f"sqlite:///{tmp_path}/text.db")


@pytest.mark.parametrize("url", ["mysql://host/db", "no url"])
def test_another_database_is_refused(url: str) -> None:
    with pytest.raises(Misconfigured):
        open_catalogue(url)
