"""Texts to vectors."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from threading import Event
from typing import Protocol

Vector = bytes
"""A dense vector: float32, little-endian, L2-normalised. Kept as bytes, so that what is cached, compared and sent to
the engine is the same to the bit."""


Encoded = Callable[[], Vector]
"""Waits for a vector that is being made, and returns it; the same again at every call. Raises `EncoderUnavailable`."""

EncodedPassages = Callable[[], list[Vector]]
"""Waits for vectors that are being made, and returns them in order. Raises `EncoderUnavailable`."""


@dataclass(frozen=True, slots=True)
class Model:
    """Which model made a vector; two vectors compare only when all of this is equal.

    `window` is the longest text it reads, in tokens as `count_tokens` counts them, without special tokens.
    """

    name: str
    revision: str
    dimension: int
    window: int


class Encoder(Protocol):
    """A sentence encoder. All methods are safe from any number of threads and byte-equal to a single thread."""

    @property
    def model(self) -> Model:
        """Which model this is."""
        ...

    def encode_query(self, text: str) -> Vector:
        """Return the vector of one query. Raises `EncoderUnavailable`."""
        ...

    def encoding(self, text: str) -> AbstractContextManager[Encoded]:
        """Begin to make the vector of one query; it is made beside the block, which asks for it when it needs it.

        Raises `EncoderUnavailable`.
        """
        ...

    def encode_passages(self, texts: Iterable[str]) -> list[Vector]:
        """Return one vector per text, in order. Raises `EncoderUnavailable`, and whatever `texts` raises.

        Texts are taken one by one, in the thread that calls, and those taken may be encoded while the next are made.
        """
        ...

    def begin_passages(self, texts: Iterable[str], given_up: Event) -> EncodedPassages:
        """Take all texts, as `encode_passages` does, and return what waits for their vectors.

        Of what is not encoded when `given_up` is set, nothing will be: by then nobody waits any more.
        """
        ...

    def count_tokens(self, text: str) -> int:
        """Return the number of the model's tokens in `text`, without special tokens and without truncation."""
        ...
