"""What is particular to SQLite: files, locks, many readers beside a writer, and commits that survive a kill."""

import subprocess
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from secrets import token_hex
from threading import Event

import pytest
from sqlalchemy import text
from sqlalchemy.exc import StatementError

from memory.adapters.catalogue import SqlCatalogue, open_catalogue
from memory.domain.documents import DocumentState, Span
from memory.domain.errors import CatalogueUnavailable
from memory.domain.identity import PrincipalToken
from memory.domain.permissions import Acl
from memory.testing.catalogue_story import DAY_0, document, history, position

WRITER = """
import sys
from itertools import count
from memory.adapters.catalogue import open_catalogue
from memory.domain.permissions import UNKNOWN_ACL
from memory.testing.catalogue_story import DAY_0
catalogue = open_catalogue(sys.argv[1])
for number in count():
    with catalogue.write() as session:
        session.access.set_acl("wiki", f"a{number}", UNKNOWN_ACL, DAY_0)
        session.access.set_acl("wiki", f"b{number}", UNKNOWN_ACL, DAY_0)
    print(number, flush=True)
"""


def test_connections_are_durable_and_keep_references(catalogue: SqlCatalogue) -> None:
    """Would fail without the pragmas of `sqlite.engine`."""
    with catalogue._engine.connect() as connection:
        pragmas = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}


def test_what_was_acknowledged_survives_a_killed_writer(url: str) -> None:
    """Each line printed is a commit that was acknowledged; a transaction is there whole or not at all."""
    writing = [sys.executable, "-c", WRITER, url]
    with subprocess.Popen(writing, stdout=subprocess.PIPE, text=True) as writer:  # noqa: S603 - our own interpreter
        assert writer.stdout is not None
        for _ in range(20):
            acknowledged = int(writer.stdout.readline())
        writer.kill()
        left = writer.stdout.read().split()
    acknowledged = int(left[-1]) if left else acknowledged
    catalogue = open_catalogue(url)
    with catalogue.read() as session:
        for number in range(acknowledged + 3):
            scopes = [session.access.scope("wiki", f"{side}{number}") for side in "ab"]
            assert (scopes[0] is None) == (scopes[1] is None)
            assert number > acknowledged or scopes[0] is not None
        assert session.access.position().epoch >= acknowledged + 1
    catalogue.close()


def test_many_threads_read_while_one_writes_and_each_view_is_whole(catalogue: SqlCatalogue) -> None:
    """Would fail if reads waited for the writer, shared a connection, or saw half a transaction."""
    history(catalogue)
    done = Event()

    def read() -> int:
        views = 0
        while not done.is_set() or not views:
            with catalogue.read() as session:
                delta = session.access.changes(0)
                assert session.access.position() == delta.position
                assert len(delta.acls) % 2 == 1  # the writer adds pairs to the one of the story
                assert session.documents.hits(["p-a"], moment=None).keys() == {"p-a"}
            views += 1
        return views

    with ThreadPoolExecutor(16) as pool:
        readers = [pool.submit(read) for _ in range(16)]
        try:
            for number in range(5):
                with catalogue.write() as session:
                    for side in "ab":
                        token = PrincipalToken.parse(f"user:{side}{number}")
                        session.access.set_acl("wiki", f"{side}{number}", Acl.of([token]), DAY_0)
        finally:
            done.set()
        assert all(reader.result() for reader in readers)


def test_a_reader_does_not_wait_for_an_open_write(catalogue: SqlCatalogue) -> None:
    with catalogue.write() as session:
        document(session)
        assert position(catalogue).epoch == 0
    assert position(catalogue).epoch == 1


def test_a_failing_database_is_unavailable_and_tells_nothing_that_was_written(catalogue: SqlCatalogue) -> None:
    """Would fail if the vendor's error came through."""
    hidden = token_hex(8)
    with catalogue._writer.begin() as connection:
        connection.execute(text("DROP TABLE text_pages"))
    with catalogue.write() as session:
        document(session)
        with pytest.raises(CatalogueUnavailable) as caught:
            session.documents.add_text("d1", "t1", hidden)
    assert hidden not in "".join(traceback.format_exception(caught.value))


def test_a_failing_database_is_unavailable_to_prepared_queries_too(catalogue: SqlCatalogue) -> None:
    """Would fail if `Prepared`, which goes past SQLAlchemy, let the driver's error through."""
    hidden = token_hex(8)
    with catalogue._writer.begin() as connection:
        connection.execute(text("DROP TABLE text_pages"))
    with catalogue.read() as session, pytest.raises(CatalogueUnavailable) as caught:
        session.documents.slices([(hidden, "t1", Span(0, 1))])
    assert hidden not in "".join(traceback.format_exception(caught.value))


def test_a_mistake_of_the_caller_is_not_called_an_outage_and_repeats_no_values(catalogue: SqlCatalogue) -> None:
    with catalogue.write() as session, pytest.raises(StatementError, match="zone") as caught:
        session.documents.close_intervals(["secret"], DAY_0.replace(tzinfo=None))
    assert "secret" not in str(caught.value)


def test_a_log_of_statements_shows_no_values(catalogue: SqlCatalogue, caplog: pytest.LogCaptureFixture) -> None:
    """Would fail without `hide_parameters`."""
    hidden = token_hex(8)
    caplog.set_level("INFO", "sqlalchemy.engine")
    with catalogue.write() as session:
        document(session)
        session.documents.set_state("d1", DocumentState.QUARANTINED, hidden)
    assert "UPDATE documents" in caplog.text
    assert hidden not in caplog.text


def test_the_log_of_epochs_says_when_and_why(catalogue: SqlCatalogue) -> None:
    history(catalogue)
    with catalogue._engine.connect() as connection:
        reasons = connection.execute(text("SELECT reason FROM epochs WHERE epoch = 1 AND at > 0")).scalars().all()
    assert set(reasons) == {"scope", "acl", "profile", "compartment"}


def test_a_missing_folder_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(CatalogueUnavailable):
        open_catalogue(f"sqlite:///{tmp_path}/nowhere/catalogue.db")
