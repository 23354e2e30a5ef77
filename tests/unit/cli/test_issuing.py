"""Tokens that the command line issues: what they may write."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from memory.cli.app import app
from memory.domain.errors import InvalidRequest
from memory.domain.governance import Source
from memory.domain.identity import Principal, PrincipalToken
from memory.founding import found
from memory.settings import Settings
from memory.wiring import catalogue_of


@pytest.fixture
def home(tmp_path: Path) -> Path:
    settings = Settings(home=tmp_path / "home", region="DE")
    found(settings)
    service = Principal(PrincipalToken.parse("service:bot"), "bot", "DE")
    with catalogue_of(settings) as catalogue, catalogue.write() as session:
        session.access.put_principal(service)
        session.sources.put(Source("news", "push", "", "team", frozenset(), "{}", None))
        session.sources.put(Source("people", "filesystem", "/people", "team", frozenset(), "{}", None))
    return settings.home


def issue(home: Path, source: str) -> str:
    wanted = ["token", "issue", "service:bot", "--write", source, "--home", str(home)]
    return CliRunner().invoke(app, wanted, catch_exceptions=False).stdout


@pytest.mark.parametrize("source", ["people", "nothing"])
def test_a_token_writes_no_source_that_a_connector_reads_and_none_that_is_not_registered(
    home: Path, source: str
) -> None:
    """Bites: `issue_token` without `_require_pushed`."""
    with pytest.raises(InvalidRequest, match="no source that is pushed"):
        issue(home, source)


def test_a_token_writes_a_source_that_is_pushed(home: Path) -> None:
    assert issue(home, "news").count(".") == 2
