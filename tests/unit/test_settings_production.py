"""Settings that are insecure or contradict one another refuse to start and say which."""

from pathlib import Path
from typing import Any

import pytest

from memory.domain.errors import Misconfigured
from memory.settings import load_settings

DATABASE = "postgresql://memory@db.example/memory"
SERVER = "https://qdrant.example:6333"


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text("a/b@c d\n")
    return path


def settings(home: Path, **values: Any) -> Any:
    return load_settings(home=home, **values)


def test_a_password_comes_from_its_file(tmp_path: Path, secret: Path) -> None:
    made = settings(tmp_path, catalogue_url=DATABASE, catalogue_password_file=secret)
    assert made.catalogue == "postgresql://memory:a%2Fb%40c%20d@db.example/memory"
    assert "a/b@c" not in repr(made)


@pytest.mark.parametrize("url", [None, "postgresql://db.example/memory", "postgresql://memory:old@db.example/memory"])
def test_a_password_file_without_a_user_or_beside_a_password_is_refused(
    tmp_path: Path, secret: Path, url: str | None
) -> None:
    with pytest.raises(Misconfigured, match="password file"):
        _ = settings(tmp_path, catalogue_url=url, catalogue_password_file=secret).catalogue


@pytest.mark.parametrize("content", [None, "", " \n"])
def test_a_secret_that_is_missing_or_empty_is_refused(tmp_path: Path, content: str | None) -> None:
    """Would fail if an empty file meant no key."""
    path = tmp_path / "secret"
    if content is not None:
        path.write_text(content)
    made = settings(tmp_path, catalogue_url=DATABASE, index_url=SERVER, index_api_key_file=path)
    with pytest.raises(Misconfigured, match="secret"):
        _ = made.index_key


def test_the_key_of_the_index_comes_from_a_file_or_the_environment(
    tmp_path: Path, secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (
        settings(tmp_path, catalogue_url=DATABASE, index_url=SERVER, index_api_key_file=secret).index_key == "a/b@c d"
    )
    monkeypatch.setenv("MEMORY_INDEX_API_KEY", "made-up")
    made = settings(tmp_path, catalogue_url=DATABASE, index_url=SERVER)
    assert made.index_key == "made-up"
    assert "made-up" not in repr(made)
    with pytest.raises(Misconfigured, match="contradict"):
        settings(tmp_path, catalogue_url=DATABASE, index_url=SERVER, index_api_key_file=secret)


def test_processes_that_share_an_index_share_the_catalogue(tmp_path: Path) -> None:
    """Would fail if two homes with a catalogue each could write one collection."""
    with pytest.raises(Misconfigured, match="not valid: Value error, index_url needs a catalogue_url on PostgreSQL"):
        settings(tmp_path, index_url=SERVER)
    assert settings(tmp_path, index_url=SERVER, catalogue_url=DATABASE).index_url == SERVER
