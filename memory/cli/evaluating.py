"""Measuring quality on your own data."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from memory.cli.options import AsJson, Home, console, print_json, print_table, progress, settings_of
from memory.evaluation.collections import open_collection
from memory.evaluation.retrieval import Quality, by_language, qualities, rankings
from memory.founding import found
from memory.wiring import build


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Measure quality on your own data.", no_args_is_help=True)
    group.callback()(lambda: None)
    group.command("retrieval")(retrieval)
    app.add_typer(group, name="eval")


def retrieval(
    folder: Annotated[
        Path, typer.Argument(help="A collection in BEIR layout: corpus.jsonl, queries.jsonl, qrels/test.tsv.")
    ],
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Ingest a collection into a home of its own and measure dense, sparse and fused search on it, by language too."""
    collection = open_collection(folder)
    settings = settings_of(home)
    with TemporaryDirectory(prefix="memory-eval-") as temporary:
        own = settings.model_copy(
            update={"home": Path(temporary) / "home", "model_cache": settings.models, "catalogue_url": None}
        )
        found(own)
        with build(own) as services, progress.status("Ingesting") as status:
            runs = rankings(collection, services, status.update)
            told = by_language(runs, collection, services)
    measured = {"": qualities(runs, collection), **(told if len(told) > 1 else {})}
    if as_json:
        languages = {language: _json(found) for language, found in told.items()}
        print_json({**_json(measured[""]), "languages": languages})
        return
    console.print(f"{folder.name}: {len(collection.queries)} queries")
    print_table(
        ("ranking", "nDCG@10", "recall@10", "MRR@10"),
        [_row(f"{leg} {language}", one) for language, found in measured.items() for leg, one in found.items()],
        empty="",
    )


def _json(found: dict[str, Quality]) -> dict[str, dict[str, float]]:
    return {leg: one.to_json() for leg, one in found.items()}


def _row(leg: str, one: Quality) -> tuple[str, ...]:
    return leg, f"{one.ndcg:.3f}", f"{one.recall:.3f}", f"{one.mrr:.3f}"
