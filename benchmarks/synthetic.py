"""A hundred thousand passages that behave like real ones, made from five thousand that are.

Every passage of two public collections is embedded once and kept. A synthetic passage is half the sentences of one and
half of a near neighbour's, and its vector lies between the two with some noise: so vectors stand in clusters of every
size, as real ones do, terms have real frequencies, and nothing has to be embedded but the real passages.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np

from benchmarks.places import CACHE, model_cache, test_data
from memory.adapters.encoders.openvino import open_encoder
from memory.domain.ports.encoder import Encoder
from memory.evaluation.collections import open_collection

COLLECTIONS = ("scifact", "xquad-en")
NEIGHBOURS = 20
SHARE_OF_NEIGHBOUR = 0.35
NOISE = 0.25
"""Length of the noise added to a vector of length 1."""

_SENTENCE = re.compile(r"(?<=[.!?])\s+")
Floats = np.ndarray[Any, np.dtype[np.float32]]


@dataclass(frozen=True, slots=True)
class Passages:
    """Texts and their vectors, row by row, of length 1."""

    texts: list[str]
    vectors: Floats


def real_passages(encoder: Encoder | None = None) -> Passages:
    """Return all passages of the collections, embedding them the first time."""
    texts = [f"{title}\n{text}" for name in COLLECTIONS for _, title, text in _collection(name).corpus()]
    encoder = encoder or open_encoder(model_cache())
    digest = sha256("\0".join([encoder.model.revision, *texts]).encode()).hexdigest()[:16]
    kept = CACHE / f"passages-{digest}.npy"
    if not kept.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        print(f"embedding {len(texts):,} passages, once", flush=True)
        np.save(kept, _matrix(encoder.encode_passages(texts), encoder.model.dimension))
    return Passages(texts, np.load(kept))


def real_queries(count: int) -> list[str]:
    """Return queries of both collections in turn."""
    sides = [list(_collection(name).queries.values()) for name in COLLECTIONS]
    return [query for pair in zip(*sides, strict=False) for query in pair][:count]


def synthetic_passages(real: Passages, count: int, *, seed: int) -> Passages:
    """Return `count` passages, the same for the same seed."""
    chance = np.random.default_rng(seed)
    first = chance.integers(len(real.texts), size=count)
    second = _neighbours(real.vectors)[first, chance.integers(NEIGHBOURS, size=count)]
    noise = chance.standard_normal((count, real.vectors.shape[1])).astype(np.float32)
    noise *= NOISE / np.linalg.norm(noise, axis=1, keepdims=True)
    mixed = (1 - SHARE_OF_NEIGHBOUR) * real.vectors[first] + SHARE_OF_NEIGHBOUR * real.vectors[second]
    mixed /= np.linalg.norm(mixed, axis=1, keepdims=True)
    vectors = mixed + noise
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    sentences = [_SENTENCE.split(text) for text in real.texts]
    texts = [
        " ".join([*_half(sentences[a], chance), *_half(sentences[b], chance)])
        for a, b in zip(first, second, strict=True)
    ]
    return Passages(texts, vectors.astype("<f4"))


def as_bytes(vectors: Floats) -> Iterator[bytes]:
    """Yield each row as the ports carry vectors."""
    return (row.tobytes() for row in vectors)


def _half(sentences: Sequence[str], chance: np.random.Generator) -> list[str]:
    chosen = chance.permutation(len(sentences))[: max(1, len(sentences) // 2)]
    return [sentences[at] for at in sorted(chosen)]


def _neighbours(vectors: Floats) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return for each row the numbers of its nearest others."""
    nearest = np.argpartition(-(vectors @ vectors.T), NEIGHBOURS, axis=1)
    return nearest[:, :NEIGHBOURS]


def _matrix(vectors: Sequence[bytes], dimension: int) -> Floats:
    return np.frombuffer(b"".join(vectors), dtype="<f4").reshape(-1, dimension)


def _collection(name: str) -> Any:
    return open_collection(test_data() / "retrieval" / name)
