"""What is particular to PostgreSQL: snapshots, writers that follow one another, sessions, and its errors."""

import sys
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from secrets import token_hex
from threading import Barrier, Event

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import make_url, text

from memory.adapters.catalogue import SqlCatalogue, migrate, open_catalogue, postgresql
from memory.adapters.catalogue.postgresql import protected
from memory.adapters.catalogue.tables import metadata
from memory.domain.documents import Span
from memory.domain.errors import CatalogueUnavailable, Conflict, InvalidRequest, Misconfigured
from memory.domain.permissions import UNKNOWN_ACL
from memory.testing.catalogue_story import DAY_0, document, history, position
from tests.databases import Databases


@pytest.fixture
def catalogue(postgresql_url: str) -> Iterator[SqlCatalogue]:
    catalogue = open_catalogue(postgresql_url)
    yield catalogue
    catalogue.close()


def test_the_revisions_make_the_tables_that_the_code_expects(catalogue: SqlCatalogue) -> None:
    with catalogue._engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"target_metadata": metadata})
        assert compare_metadata(context, metadata) == []


def test_identifiers_compare_by_code_point_whatever_the_database_thinks(catalogue: SqlCatalogue) -> None:
    """Would fail where a key column takes the collation of its database: an English one puts a before B."""
    with catalogue._engine.connect() as connection:
        columns = "SELECT collation_name FROM information_schema.columns WHERE table_name = 'documents'"
        assert connection.execute(text(f"{columns} AND column_name = 'external_id'")).scalar_one() == "C"


def test_two_processes_may_migrate_at_once(databases: Databases) -> None:
    """Would fail without the lock of `lock_schema`: both would make the first table."""
    together = Barrier(2)

    def founding(url: str) -> bool:
        together.wait()
        return migrate(url)

    with databases.fresh("template0") as url, ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(founding, [url, url])) == [False, True]


def test_a_reader_sees_one_state_however_long_it_looks(catalogue: SqlCatalogue) -> None:
    """Would fail with the default isolation of PostgreSQL, where every statement sees what was committed before it.

    The twin, a session that begins afterwards, sees the change.
    """
    history(catalogue)
    with catalogue.read() as session:
        before = session.access.position()
        with catalogue.write() as other:
            document(other, "d9")
        assert session.access.position() == before
        assert session.documents.get("d9") is None
    with catalogue.read() as session:
        assert session.documents.get("d9") is not None


def test_a_session_is_ours_whatever_its_address_asks_for(postgresql_url: str) -> None:
    """Would fail if the options of a URL came last: a reader would lose its snapshot."""
    weaker = "-c default_transaction_isolation=read\\ committed -c enable_seqscan=on -c work_mem=8MB"
    url = make_url(postgresql_url).update_query_dict({"options": weaker}).render_as_string(hide_password=False)
    catalogue = open_catalogue(url)
    with catalogue.read() as session:
        shown = {
            name: session.access._connection.execute(text(f"SHOW {name}")).scalar_one()
            for name in ("transaction_isolation", "transaction_read_only", "enable_seqscan", "work_mem")
        }
    catalogue.close()
    expected = {"transaction_isolation": "repeatable read", "transaction_read_only": "on", "enable_seqscan": "off"}
    assert shown == expected | {"work_mem": "8MB"}


def test_a_reader_cannot_write(catalogue: SqlCatalogue) -> None:
    """Would fail without `default_transaction_read_only`."""
    with catalogue.read() as session, pytest.raises(CatalogueUnavailable):
        session.access._connection.execute(text("UPDATE state SET epoch = 9"))
    assert position(catalogue).epoch == 0


def test_writers_follow_one_another_and_epochs_have_no_gaps(catalogue: SqlCatalogue) -> None:
    """Would fail without the lock on the row of the counters: two writers would take the same epoch."""

    def write(writer: int) -> None:
        for number in range(10):
            with catalogue.write() as session:
                session.access.set_acl("wiki", f"{writer}-{number}", UNKNOWN_ACL, DAY_0)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    with catalogue._engine.connect() as connection:
        told = connection.execute(text("SELECT DISTINCT epoch FROM epochs ORDER BY epoch")).scalars().all()
    assert told == list(range(1, 41))
    assert position(catalogue).epoch == 40


def test_a_writer_that_waited_sees_what_the_one_before_it_committed(catalogue: SqlCatalogue) -> None:
    """Would fail if a writer had the snapshot of a reader: it would end with an error instead of its turn."""
    begun, seen = Event(), Event()

    def second() -> bool:
        begun.wait()
        with catalogue.write() as session:
            seen.set()
            return session.documents.get("d1") is not None

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(second)
        with catalogue.write() as session:
            begun.set()
            document(session, "d1")
            assert not seen.wait(0.2)
        assert waiting.result()


def test_a_server_that_was_restarted_costs_no_request(catalogue: SqlCatalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    """Would fail without `_replace_when_dead`: every connection in the pool is dead."""
    monkeypatch.setattr(postgresql, "RESTED_S", 0.0)
    history(catalogue)
    with catalogue._engine.connect() as connection:
        mine = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    with psycopg.connect(
        catalogue._engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    ) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [mine])
    assert position(catalogue).epoch > 0


def test_what_exists_is_a_conflict_and_the_transaction_is_gone(catalogue: SqlCatalogue) -> None:
    with pytest.raises(Conflict):
        _remember_twice(catalogue, "k")
    with catalogue.read() as session:
        assert session.sources.remembered("wiki", "k") is None


def test_a_failing_database_is_unavailable_and_tells_nothing_that_was_asked(catalogue: SqlCatalogue) -> None:
    """Would fail if the driver's errors came through, from statements or from prepared queries."""
    hidden = token_hex(8)
    with catalogue._writer.begin() as connection:
        connection.execute(text("DROP TABLE text_pages"))
    with catalogue.read() as session, pytest.raises(CatalogueUnavailable) as prepared:
        session.documents.slices([(hidden, "t1", Span(0, 1))])
    with catalogue.read() as session, pytest.raises(CatalogueUnavailable) as stated:
        session.documents.text(hidden, "t1")
    for caught in (prepared, stated):
        assert hidden not in "".join(traceback.format_exception(caught.value))


def test_what_postgresql_cannot_hold_is_a_mistake_of_the_request(catalogue: SqlCatalogue) -> None:
    """A zero in a key is nobody's outage; the twins are all other tests."""
    with catalogue.read() as session, pytest.raises(InvalidRequest, match="character"):
        session.sources.remembered("wiki", "k\0")


def test_a_conflict_repeats_no_values(catalogue: SqlCatalogue) -> None:
    """Would fail if the words of PostgreSQL were kept: it says which key exists."""
    hidden = token_hex(8)
    with pytest.raises(Conflict) as caught:
        _remember_twice(catalogue, hidden)
    assert hidden not in "".join(traceback.format_exception(caught.value))


def test_a_server_that_is_not_there_is_unavailable_and_keeps_the_password(postgresql_url: str) -> None:
    address = make_url(postgresql_url).set(port=1)
    with pytest.raises(CatalogueUnavailable) as caught:
        open_catalogue(address.render_as_string(hide_password=False))
    assert str(address.password) not in "".join(traceback.format_exception(caught.value))


def test_without_its_driver_postgresql_says_what_to_install(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(Misconfigured, match=r"enterprise-memory\[production\]"):
        open_catalogue(postgresql_url)


@pytest.mark.parametrize("place", ["db.example", "10.0.0.7", "127.0.0.1.example", "/?host=127.0.0.1,db.example", ""])
def test_beyond_this_machine_the_catalogue_is_reached_by_tls_alone(place: str) -> None:
    """Would fail if the driver's default, TLS where the server offers it, were kept."""
    host, _, query = place.partition("/?")
    url = make_url(f"postgresql://u:p@{host}/name?{query}")
    with pytest.raises(Misconfigured):
        protected(url.update_query_dict({"sslmode": "prefer"}))
    if place:
        assert protected(url).query["sslmode"] == "verify-full"
        assert protected(url).query["sslrootcert"] == "system"


@pytest.mark.parametrize("place", ["127.0.0.1", "localhost", "[::1]", "/?host=/run/postgresql"])
def test_on_this_machine_tls_is_not_asked_for(place: str) -> None:
    host, _, query = place.partition("/?")
    url = make_url(f"postgresql://u:p@{host}/name?{query}")
    assert protected(url) == url


def test_own_authority_is_kept() -> None:
    url = make_url("postgresql://u:p@db.example/name?sslrootcert=/run/secrets/ca.pem")
    assert protected(url).query == {"sslmode": "verify-full", "sslrootcert": "/run/secrets/ca.pem"}


def _remember_twice(catalogue: SqlCatalogue, key: str) -> None:
    with catalogue.write() as session:
        session.sources.remember("wiki", key, "d", "{}")
        session.sources.remember("wiki", key, "d", "{}")
