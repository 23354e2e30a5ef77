"""A test collection in the layout of BEIR: corpus.jsonl, queries.jsonl and qrels/test.tsv."""

import csv
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from memory.domain.errors import InvalidRequest


@dataclass(frozen=True, slots=True)
class Collection:
    """Queries with judgments, and where the corpus lies."""

    folder: Path
    queries: dict[str, str]
    judgments: dict[str, dict[str, int]]

    def corpus(self) -> Iterator[tuple[str, str, str]]:
        """Yield (id, title, text) of every document."""
        for body in _lines(self.folder / "corpus.jsonl"):
            yield str(body["_id"]), str(body.get("title", "")), str(body["text"])


def open_collection(folder: Path) -> Collection:
    """Read queries and judgments. Raises `InvalidRequest` for a folder of another layout."""
    try:
        judgments = _judgments(folder / "qrels" / "test.tsv")
        queries = {str(body["_id"]): str(body["text"]) for body in _lines(folder / "queries.jsonl")}
    except (OSError, KeyError, ValueError) as error:
        raise InvalidRequest(
            f"{folder} is not a collection in BEIR layout (corpus.jsonl, queries.jsonl, qrels/test.tsv)."
        ) from error
    return Collection(folder, {key: queries[key] for key in judgments if key in queries}, judgments)


def _judgments(path: Path) -> dict[str, dict[str, int]]:
    judgments: defaultdict[str, dict[str, int]] = defaultdict(dict)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            judgments[row["query-id"]][row["corpus-id"]] = int(row["score"])
    return dict(judgments)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.strip():
                yield json.loads(line)
