"""Measuring quality on a collection in two languages."""

import json
from pathlib import Path

import pytest

from memory.evaluation.collections import Collection, open_collection
from memory.evaluation.retrieval import by_language, qualities, rankings
from tests.worlds.building import a_world

CORPUS = {
    "d1": "Die Kündigungen der Verträge müssen schriftlich erfolgen, und die Fristen stehen im Vertrag.",
    "d2": "Der Urlaub ist bis zum März zu nehmen, und wer das nicht tut, verliert die Tage im neuen Jahr.",
    "e1": "Contracts are terminated in writing, and the periods of notice are written in every contract.",
    "e2": "Holidays are taken until the end of March, and who does not take them is going to lose the days.",
    "n": "4711",
}
QUERIES = {
    "q1": ("Kündigung", "d1"),
    "q2": ("terminating a contract", "e1"),
    "q3": ("verlorener Urlaub", "d2"),
    "q4": ("4711", "n"),
}


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    (tmp_path / "qrels").mkdir()
    corpus = [json.dumps({"_id": key, "text": text}) for key, text in CORPUS.items()]
    (tmp_path / "corpus.jsonl").write_text("\n".join(corpus))
    queries = [json.dumps({"_id": key, "text": text}) for key, (text, _) in QUERIES.items()]
    (tmp_path / "queries.jsonl").write_text("\n".join(queries))
    judged = ["query-id\tcorpus-id\tscore", *(f"{key}\t{document}\t1" for key, (_, document) in QUERIES.items())]
    (tmp_path / "qrels" / "test.tsv").write_text("\n".join(judged))
    return open_collection(tmp_path)


def test_quality_is_told_by_the_language_of_what_should_be_found(collection: Collection) -> None:
    """Stems of each language find what the words as written do not; a document in no language counts in the whole."""
    with a_world() as world:
        runs = rankings(collection, world.services, lambda _message: None)
        told = by_language(runs, collection, world.services)
    assert {leg: set(run) for leg, run in runs.items()} == {leg: set(QUERIES) for leg in ("dense", "sparse", "fused")}
    assert set(told) == {"de", "en"}
    assert told["de"]["sparse"].ndcg == told["en"]["sparse"].ndcg == 1.0
    assert qualities(runs, collection)["sparse"].ndcg == 1.0
