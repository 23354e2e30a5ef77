from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from memory.adapters.identity.issuer import TokenVerifier
from memory.cli.directory import issue_token
from memory.domain.errors import InvalidRequest
from memory.wiring import Services
from tests.worlds.building import World, a_world


@pytest.fixture
def world() -> Iterator[World]:
    with a_world() as opened:
        opened.person("ana")
        opened.person("ben")
        opened.person("pal", agent=True)
        opened.person("service:bot")
        yield opened


def issued(services: Services, through: str | None, capsys: pytest.CaptureFixture[str]) -> str | None:
    issue_token("user:ana", through=through, application="cli", ttl="5m", home=services.settings.home, operator="olga")
    verifier = TokenVerifier(services.settings.keys)
    caller = verifier.verify(capsys.readouterr().out.strip(), now=datetime.now(UTC))
    return None if caller.actor is None else caller.actor.id


def test_only_a_service_or_an_agent_is_issued_a_token_for_somebody(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """Fails when `--through` takes any principal of the directory."""
    with pytest.raises(InvalidRequest, match="person"):
        issued(world.services, "user:ben", capsys)
    assert issued(world.services, "service:bot", capsys) == "bot"
    assert issued(world.services, "user:pal", capsys) == "pal"
    assert issued(world.services, None, capsys) is None
