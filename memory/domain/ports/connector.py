"""A source to events: documents, deletions, permissions, failures, and checkpoints to resume from.

Connectors live in the package `connectors`, or in packages of other people; walks receive them through this port.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from memory.domain.documents import SourceEvent, SourcePermission
from memory.domain.governance import Source

MAX_CHECKPOINT_BYTES = 4 * 1024 * 1024
"""No checkpoint is longer than this, in UTF-8."""


class Deletions(StrEnum):
    """How a source tells that a document is gone: in so many words, by leaving it out of a listing, or not at all."""

    EXPLICIT = "explicit"
    ABSENCE = "absence"
    NONE = "none"


class Permissions(StrEnum):
    """How a source tells permissions: with each document, by themselves, or not at all."""

    INLINE = "inline"
    SEPARATE = "separate"
    NONE = "none"


class Listing(StrEnum):
    """Whether a full walk names everything there is; absence from a capped listing means nothing."""

    COMPLETE = "complete"
    CAPPED = "capped"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a connector can promise.

    `incremental`: a checkpoint spares it the unchanged. `history`: one document may come several times in a walk, once
    per version, oldest first, and again in every full walk; `provenance.commit` tells versions apart.
    """

    deletes: Deletions
    acl: Permissions
    listing: Listing
    incremental: bool
    history: bool


class Connector(Protocol):
    """Reads one source. Walks are lazy, hold one document at a time, and may be abandoned at any event.

    Order within a walk: the permission of a scope before any document in it, every checkpoint after the events that it
    covers, and one checkpoint last. An item that cannot be read is a `SourceFailure` and the walk goes on; a source
    that cannot be read at all raises `SourceFailed`. A failed folder stands for all ids that begin with its own and a
    slash: nothing below it counts as gone.
    """

    @property
    def version(self) -> str:
        """Names this connector's way of reading; it is part of the provenance of every document."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """What this connector can promise."""
        ...

    def validate(self) -> None:
        """Look whether the source can be read at all. Raises `SourceFailed` or `Misconfigured`."""
        ...

    def full(self) -> Iterator[SourceEvent]:
        """Walk everything."""
        ...

    def incremental(self, checkpoint: str) -> Iterator[SourceEvent]:
        """Walk what changed since `checkpoint`, the body of one that this connector gave.

        One that cannot be used (older format, other settings, rewritten history) makes the walk a full one; what the
        checkpoint knew and the source no longer has is then still told as deleted, as far as it can be read.
        """
        ...

    def permissions(self) -> Iterator[SourcePermission]:
        """Tell the permission of every scope, without touching content."""
        ...


class ConnectorOpener(Protocol):
    """Finds the connector of a registered source."""

    def __call__(self, source: Source, /) -> Connector:
        """Return the connector, without touching the source yet. Raises `Misconfigured`."""
        ...
