"""Ports that are made when they are first used, so that a command pays only for what it needs.

A fresh process answers a question without ever loading the parser or the recognizers, which cost seconds.
"""

from collections.abc import Callable
from functools import cached_property
from threading import Lock
from typing import Generic, TypeVar

from memory.domain.documents import PartitionedText
from memory.domain.governance import Analysis
from memory.domain.ports.classifier import Classifier
from memory.domain.ports.partitioner import Partitioner

T = TypeVar("T")


class _Lazy(Generic[T]):
    """Makes one thing, once, whichever thread asks first."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._lock = Lock()

    @property
    def port(self) -> T:
        with self._lock:
            return self._made

    @cached_property
    def _made(self) -> T:
        return self._make()


class LazyClassifier(_Lazy[Classifier]):
    """A classifier that loads its recognizers when the first text comes."""

    @property
    def version(self) -> str:
        """Names the recognizers and their configuration."""
        return self.port.version

    def analyse(self, text: str) -> Analysis:
        """Return all findings."""
        return self.port.analyse(text)


class LazyPartitioner(_Lazy[Partitioner]):
    """A partitioner that starts its workers when the first file comes."""

    def partition(self, content: bytes, media_type: str, name: str) -> PartitionedText:
        """Return canonical text and elements."""
        return self.port.partition(content, media_type, name)
