"""The policies of a made-up company, in nine languages: forty passages each, and two questions about every one.

A file of `policies/` holds passages, each followed by its questions, which begin with `?`. The first of the two names
things in other forms than the passage does (`Fristen` for `Frist`), the second asks as a person would. Passages of one
number say the same in every language.
"""

import csv
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from memory.evaluation.collections import Collection, open_collection

FOLDER = Path(__file__).parent / "policies"
LANGUAGES = tuple(sorted(file.stem for file in FOLDER.glob("*.txt")))


def collection_of(languages: Iterable[str], folder: Path) -> Collection:
    """Write the policies of these languages as one collection in BEIR layout and open it; ids begin with the language.

    `folder` must not exist yet.
    """
    (folder / "qrels").mkdir(parents=True)
    passages = [passage for language in languages for passage in passages_of(language)]
    questions = [(f"{id_}-{number}", id_, asked) for id_, _, all_ in passages for number, asked in enumerate(all_, 1)]
    _write(folder / "corpus.jsonl", ({"_id": id_, "text": text} for id_, text, _ in passages))
    _write(folder / "queries.jsonl", ({"_id": id_, "text": asked} for id_, _, asked in questions))
    with (folder / "qrels" / "test.tsv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, delimiter="\t")
        rows.writerow(("query-id", "corpus-id", "score"))
        rows.writerows((id_, passage, 1) for id_, passage, _ in questions)
    return open_collection(folder)


def passages_of(language: str) -> Iterator[tuple[str, str, list[str]]]:
    """Yield (id, text, questions)."""
    blocks = (FOLDER / f"{language}.txt").read_text(encoding="utf-8").strip().split("\n\n")
    for number, block in enumerate(blocks, 1):
        text, *asked = block.splitlines()
        yield f"{language}-{number:02}", text, [question.removeprefix("? ") for question in asked]


def _write(path: Path, bodies: Iterable[dict[str, str]]) -> None:
    lines = (json.dumps(body, ensure_ascii=False) for body in bodies)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
