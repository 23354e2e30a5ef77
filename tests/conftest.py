"""Fixtures that every kind of test may use."""

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def test_data() -> Path:
    """Return the folder of real data that tests judge by; it is no part of the repository."""
    folder = Path(os.environ.get("MEMORY_TEST_DATA", REPOSITORY.parent / "shared" / "data"))
    if not (folder / "README.md").is_file():
        pytest.skip("no real test data: set MEMORY_TEST_DATA to its folder")
    return folder


@pytest.fixture(scope="session")
def model_cache() -> Path:
    """Return where compiled models are kept between runs; the first test that opens one converts it."""
    return Path(os.environ.get("MEMORY_MODEL_CACHE", REPOSITORY / ".cache" / "models"))
