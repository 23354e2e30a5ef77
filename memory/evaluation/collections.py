"""A test collection in the layout of BEIR: corpus.jsonl, queries.jsonl and qrels/test.tsv."""

import csv
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeVar

from memory.domain.errors import InvalidRequest

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Collection:
    """Queries with judgments, and where the corpus lies."""

    folder: Path
    queries: dict[str, str]
    judgments: dict[str, dict[str, int]]

    def corpus(self) -> Iterator[tuple[str, str, str]]:
        """Yield (id, title, text) of every document."""
        for body in _lines(self.folder / "corpus.jsonl"):
            yield str(body["_id"]), str(body.get("title") or ""), str(body["text"])


def open_collection(folder: Path) -> Collection:
    """Read queries and judgments, and look through the corpus. Raises `InvalidRequest`, naming file and line."""
    judgments = _judgments(folder / "qrels" / "test.tsv")
    queries = {str(body["_id"]): str(body["text"]) for body in _lines(folder / "queries.jsonl")}
    collection = Collection(folder, {key: queries[key] for key in judgments if key in queries}, judgments)
    if not collection.queries:
        raise InvalidRequest(
            f"No query of queries.jsonl is judged in qrels/test.tsv; both must use the same ids: {folder}"
        )
    if sum(1 for _ in collection.corpus()) == 0:
        raise InvalidRequest(f"corpus.jsonl has no document: {folder}; write one JSON object per line into it.")
    return collection


def _judgments(path: Path) -> dict[str, dict[str, int]]:
    judgments: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for number, row in enumerate(_opened(path, lambda file: csv.DictReader(file, delimiter="\t")), 2):
        try:
            judgments[row["query-id"]][row["corpus-id"]] = int(row["score"])
        except (KeyError, TypeError, ValueError):
            raise InvalidRequest(f"{path}, line {number}: give query-id, corpus-id and a whole score.") from None
    return dict(judgments)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(_opened(path, lambda file: file), 1):
        if not line.strip():
            continue
        try:
            body = json.loads(line)
        except (ValueError, RecursionError):
            body = None
        if not isinstance(body, dict) or not {"_id", "text"} <= body.keys():
            raise InvalidRequest(f"{path}, line {number}: give a JSON object with _id and text.")
        yield body


def _opened(path: Path, reader: Callable[[IO[str]], Iterable[Row]]) -> Iterator[Row]:
    """Yield what a reader makes of a file. Raises `InvalidRequest` when it cannot be read as text."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            yield from reader(file)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidRequest(
            f"{path} cannot be read; a collection in BEIR layout has corpus.jsonl, queries.jsonl and qrels/test.tsv."
        ) from error
