"""Name to connector: the built-in ones, and those that installed packages offer.

A package offers a connector through the entry point group `enterprise_memory.connectors`; its value is a
`ConnectorFactory`. A built-in name cannot be taken over.
"""

import json
from importlib.metadata import EntryPoint, entry_points

from connectors.protocol import Connector, ConnectorFactory
from memory.domain.errors import Misconfigured
from memory.domain.governance import Source

ENTRY_POINT_GROUP = "enterprise_memory.connectors"

_BUILT_IN = {
    "filesystem": "connectors.filesystem:FilesystemConnector.from_settings",
    "git": "connectors.git:GitConnector.from_settings",
}


def known_connectors() -> dict[str, EntryPoint]:
    """Return every connector that can be named; nothing is imported yet."""
    outside = {point.name: point for point in entry_points(group=ENTRY_POINT_GROUP)}
    inside = {name: EntryPoint(name, value, ENTRY_POINT_GROUP) for name, value in _BUILT_IN.items()}
    return outside | inside


def connector_factory(name: str) -> ConnectorFactory:
    """Return the factory called `name`. Raises `Misconfigured`, naming those there are."""
    known = known_connectors()
    if name not in known:
        raise Misconfigured(f"There is no connector {name!r}; use one of: {', '.join(sorted(known))}.")
    try:
        factory: ConnectorFactory = known[name].load()
    except (ImportError, AttributeError) as error:
        raise Misconfigured(f"The connector {name!r} cannot be loaded; reinstall its package.") from error
    return factory


def open_connector(source: Source) -> Connector:
    """Return the connector of a registered source. Raises `Misconfigured`."""
    try:
        settings = json.loads(source.settings or "{}")
    except ValueError as error:
        raise Misconfigured(f"The settings of source {source.name!r} are not JSON; register it again.") from error
    if not isinstance(settings, dict):
        raise Misconfigured(f"The settings of source {source.name!r} must be a JSON object; register it again.")
    return connector_factory(source.connector)(source=source.name, location=source.location, settings=settings)
