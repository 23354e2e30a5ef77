"""The encoder works while the next document is read; what interrupts a batch leaves nothing of it."""

from collections.abc import Iterable, Iterator

import pytest

from memory.domain.documents import PartitionedText
from memory.domain.ports.encoder import Vector
from memory.testing.encoder_fake import HashEncoder
from memory.testing.partitioner_fake import PlainPartitioner
from memory.testing.surroundings import NOON
from tests.worlds.building import WINDOW, World, a_world, document

NAMES = ["a", "b", "c"]


class Noting(HashEncoder):
    """An encoder that notes each text when it takes it."""

    def __init__(self, noted: list[str]) -> None:
        super().__init__(window=WINDOW)
        self._noted = noted

    def encode_passages(self, texts: Iterable[str]) -> list[Vector]:
        return super().encode_passages(self._taken(texts))

    def _taken(self, texts: Iterable[str]) -> Iterator[str]:
        for text in texts:
            self._noted.append(f"embed {text}")
            yield text


class Reading(PlainPartitioner):
    """A partitioner that notes what it reads, and is interrupted once at a text that asks for it."""

    def __init__(self, noted: list[str]) -> None:
        super().__init__()
        self._noted = noted
        self.interrupted_at: str | None = None

    def partition(self, content: bytes, media_type: str, name: str) -> PartitionedText:
        self._noted.append(f"read {content.decode()}")
        if content.decode() == self.interrupted_at:
            self.interrupted_at = None
            raise KeyboardInterrupt
        return super().partition(content, media_type, name)


def test_a_document_is_read_while_the_one_before_is_embedded() -> None:
    """Fails when a batch is prepared as a whole before the encoder is asked: it would wait for all recognizers.

    One document is read ahead, by a thread; with two, the third would be read before the first is embedded.
    """
    noted: list[str] = []
    with a_world(encoder=Noting(noted), partitioner=Reading(noted)) as world:
        bring(world, *NAMES)
    in_order(noted)
    assert noted.index("embed a") < noted.index("read c")


def test_an_interrupted_batch_leaves_nothing_and_is_whole_the_next_time() -> None:
    """Fails when a document is staged, or its vector kept as done, before its batch commits."""
    noted: list[str] = []
    reading = Reading(noted)
    with a_world(encoder=Noting(noted), partitioner=reading) as world:
        reading.interrupted_at = "c"
        with pytest.raises(KeyboardInterrupt):
            bring(world, *NAMES)
        assert present(world) == []
        assert world.services.index.count() == 0
        noted.clear()
        bring(world, *NAMES)
        assert present(world) == NAMES
        assert world.services.index.count() == len(NAMES)
    in_order(noted)


def test_a_text_that_comes_twice_in_a_batch_is_embedded_once() -> None:
    noted: list[str] = []
    with a_world(encoder=Noting(noted), partitioner=Reading(noted)) as world:
        bring(world, *NAMES, text="same")
        bring(world, "d", text="same")
        assert present(world) == [*NAMES, "d"]
        assert world.services.index.count() == len(NAMES) + 1
    assert noted.count("embed same") == 1


def in_order(noted: list[str]) -> None:
    for step in ("read", "embed"):
        assert [each for each in noted if each.startswith(step)] == [f"{step} {name}" for name in NAMES]
    assert all(noted.index(f"read {name}") < noted.index(f"embed {name}") for name in NAMES)


def bring(world: World, *names: str, text: str | None = None) -> None:
    source = world.source("s", "everyone")
    world.bring(source, *(document(name, text or name, NOON) for name in names))


def present(world: World) -> list[str]:
    with world.services.catalogue.read() as session:
        return sorted(session.documents.present("s"))
