"""An encoder for tests: deterministic, immediate, and without a model.

Texts that share words get similar vectors, which is all that most tests need of meaning.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import Event

import numpy as np

from memory.domain.ports.encoder import Encoded, EncodedPassages, Model, Vector

_TOKEN = re.compile(r"\w+|[^\w\s]")
_COORDINATES_PER_WORD = 4  # two words share all of them, signs included, about never


class HashEncoder:
    """An `Encoder` by feature hashing: every word adds ±1 to four coordinates that its hash chooses.

    Words are compared without case; punctuation counts as tokens and means nothing. A text without words gets a fixed
    vector. Source: Weinberger et al. 2009 (signed feature hashing keeps inner products in expectation).
    """

    def __init__(self, *, dimension: int = 384, window: int = 256) -> None:
        self._model = Model("hash-bag-of-words", f"1-{dimension}-{window}", dimension, window)

    @property
    def model(self) -> Model:
        """Which model this is."""
        return self._model

    def encode_query(self, text: str) -> Vector:
        """Return the vector of one query."""
        words = [token for token in _tokens(text)[: self._model.window] if token[0].isalnum() or token[0] == "_"]
        sums = np.zeros(self._model.dimension)
        for word, count in Counter(words).items():
            for coordinate, sign in self._coordinates(word):
                sums[coordinate] += sign * count
        if not sums.any():
            sums[0] = 1.0
        return (sums / np.linalg.norm(sums)).astype("<f4").tobytes()

    @contextmanager
    def encoding(self, text: str) -> Iterator[Encoded]:
        """Begin to make the vector of one query, which is made when it is asked for."""
        yield lambda: self.encode_query(text)

    def encode_passages(self, texts: Iterable[str]) -> list[Vector]:
        """Return one vector per text, in order."""
        return [self.encode_query(text) for text in texts]

    def begin_passages(self, texts: Iterable[str], given_up: Event) -> EncodedPassages:
        """Return what waits for the vectors, which are there."""
        vectors = self.encode_passages(texts)
        return lambda: vectors

    def count_tokens(self, text: str) -> int:
        """Return the number of words and punctuation marks in `text`."""
        return len(_tokens(text))

    def _coordinates(self, word: str) -> list[tuple[int, int]]:
        digest = hashlib.blake2b(word.encode(errors="replace"), digest_size=4 * _COORDINATES_PER_WORD).digest()
        numbers = [int.from_bytes(digest[at : at + 4]) for at in range(0, len(digest), 4)]
        return [(number // 2 % self._model.dimension, 1 if number % 2 else -1) for number in numbers]


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(text.casefold())
