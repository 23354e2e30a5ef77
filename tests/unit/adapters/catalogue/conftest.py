"""A catalogue on a file of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from memory.adapters.catalogue import SqlCatalogue, migrate, open_catalogue


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Return the URL of an empty catalogue with an up-to-date schema."""
    url = f"sqlite:///{tmp_path}/catalogue.db"
    migrate(url)
    return url


@pytest.fixture
def catalogue(url: str) -> Iterator[SqlCatalogue]:
    """Return an open catalogue."""
    catalogue = open_catalogue(url)
    yield catalogue
    catalogue.close()
