"""Fixtures that every kind of test may use."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from memory.testing.postgresql_server import postgresql_server, programs
from tests.databases import Databases

REPOSITORY = Path(__file__).resolve().parent.parent

LONG = frozenset({"test_non_interference.py"})
"""Test files that take minutes."""


def data_folder() -> Path | None:
    """Return the folder of real data, or None where there is none."""
    folder = Path(os.environ.get("MEMORY_TEST_DATA", REPOSITORY.parent / "shared" / "data"))
    return folder if (folder / "README.md").is_file() else None


def pytest_report_header() -> list[str]:
    """Say in one line what continuous integration leaves out, so that nobody takes green for judged by real data."""
    if os.environ.get("CI", "").lower() == "true" and data_folder() is None:
        return ["real test data: absent, so the tests that need it skip (MEMORY_TEST_DATA names its folder)"]
    return []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take minutes, so that none of them is left to one process in the end."""
    items.sort(key=lambda item: item.path.name not in LONG)  # stable: all else keeps its order


@pytest.fixture(scope="session")
def test_data() -> Path:
    """Return the folder of real data that tests judge by; it is no part of the repository."""
    folder = data_folder()
    if folder is None:
        pytest.skip("no real test data: set MEMORY_TEST_DATA to its folder")
    return folder


@pytest.fixture(scope="session")
def model_cache() -> Path:
    """Return where compiled models are kept between runs; the first test that opens one converts it."""
    return Path(os.environ.get("MEMORY_MODEL_CACHE", REPOSITORY / ".cache" / "models"))


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    """Return what makes databases on a PostgreSQL server of this session's own."""
    if programs() is None:
        pytest.skip("no PostgreSQL: install Debian's package postgresql")
    with postgresql_server() as url:
        yield Databases(url)


@pytest.fixture
def postgresql_url(databases: Databases) -> Iterator[str]:
    """Return the URL of an empty catalogue on PostgreSQL with an up-to-date schema."""
    with databases.fresh() as url:
        yield url
