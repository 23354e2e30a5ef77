"""What every connector is: the domain's port, and the way the registry makes one.

A connector may import `memory.domain` and nothing else of the product. Its author runs
`memory.testing.connector_contract` on it.
"""

from collections.abc import Mapping
from typing import Protocol

from memory.domain.ports.connector import (
    MAX_CHECKPOINT_BYTES,
    Capabilities,
    Connector,
    Deletions,
    Listing,
    Permissions,
)


class ConnectorFactory(Protocol):
    """Makes a connector for one registered source, without touching the source yet."""

    def __call__(self, *, source: str, location: str, settings: Mapping[str, object]) -> Connector:
        """Return the connector. `settings` is the decoded JSON of the registration. Raises `Misconfigured`."""
        ...


__all__ = [
    "MAX_CHECKPOINT_BYTES",
    "Capabilities",
    "Connector",
    "ConnectorFactory",
    "Deletions",
    "Listing",
    "Permissions",
]
