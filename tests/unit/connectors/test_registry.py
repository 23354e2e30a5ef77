"""Names of connectors, and what becomes of a registration that makes no sense."""

import json

import pytest

from connectors.filesystem import FilesystemConnector
from connectors.git import GitConnector
from connectors.registry import connector_factory, known_connectors, open_connector
from memory.domain.errors import Misconfigured
from memory.domain.governance import Source


def source(connector: str, settings: str = "{}") -> Source:
    return Source("policies", connector, "/srv/policies", "legal", frozenset(), settings, None)


def test_a_registered_source_opens_with_its_connector() -> None:
    assert isinstance(open_connector(source("filesystem")), FilesystemConnector)
    assert isinstance(open_connector(source("git", json.dumps({"branch": "main"}))), GitConnector)


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(Misconfigured, match=r"sharepoint.*filesystem, git"):
        connector_factory("sharepoint")


def test_every_known_connector_can_be_loaded() -> None:
    assert {"filesystem", "git"} <= set(known_connectors())
    for name in ("filesystem", "git"):
        assert callable(connector_factory(name))


@pytest.mark.parametrize("settings", ["{", "[]", '"x"', '{"allow": "everyone"}', '{"denny": []}'])
def test_settings_that_cannot_be_understood_are_refused(settings: str) -> None:
    with pytest.raises(Misconfigured):
        open_connector(source("filesystem", settings))
