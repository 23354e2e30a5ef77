"""The catalogue's contract on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from memory.adapters.catalogue import migrate, open_catalogue
from memory.domain.ports.catalogue import Catalogue
from memory.testing.catalogue_contract import CatalogueContract


class TestSqlite(CatalogueContract):
    @pytest.fixture
    def catalogue(self, tmp_path: Path) -> Iterator[Catalogue]:
        url = f"sqlite:///{tmp_path}/catalogue.db"
        migrate(url)
        catalogue = open_catalogue(url)
        yield catalogue
        catalogue.close()


class TestPostgresql(CatalogueContract):
    @pytest.fixture
    def catalogue(self, postgresql_url: str) -> Iterator[Catalogue]:
        catalogue = open_catalogue(postgresql_url)
        yield catalogue
        catalogue.close()
