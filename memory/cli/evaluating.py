"""Measuring quality on your own data."""

from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from memory.cli.options import AsJson, Home, console, print_json, print_table, printable, progress, settings_of
from memory.evaluation.annotated import NOT_LOOKED_FOR, open_examples
from memory.evaluation.collections import open_collection
from memory.evaluation.pii import PiiQuality, Score, evaluate_pii
from memory.evaluation.retrieval import Quality, by_language, qualities, rankings
from memory.founding import found
from memory.wiring import build, default_classifier


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Measure quality on your own data.", no_args_is_help=True)
    group.callback()(lambda: None)
    group.command("retrieval")(retrieval)
    group.command("pii")(pii)
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
    several = told if len(told) > 1 else {}
    measured = {"": qualities(runs, collection), **several}
    if as_json:
        languages = {"languages": {language: _json(found) for language, found in several.items()}} if several else {}
        print_json({**_json(measured[""]), **languages})
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


def pii(
    file: Annotated[Path, typer.Argument(help="Annotated texts in the layout of presidio-research, a JSON list.")],
    confusions: Annotated[int, typer.Option(min=0, help="How many disagreements of each kind to show.")] = 2,
    as_json: AsJson = False,
) -> None:
    """Measure what the recognizers find in annotated texts: precision, recall and F2 per entity type."""
    examples = open_examples(file)
    with progress.status("Scanning") as status:
        measured = evaluate_pii(examples, default_classifier(), status.update)
    if as_json:
        print_json(measured.to_json())
        return
    rows = [_pii_row(name, score) for name, score in measured.entities.items()]
    print_table(
        ("entity type", "marked", "found", "precision", "recall", "F2"),
        [*rows, _pii_row("overall", measured.overall)],
        empty="",
    )
    _print_confusions(measured, confusions)


def _pii_row(name: str, score: Score) -> tuple[object, ...]:
    shown = f"{name} (not looked for)" if name in NOT_LOOKED_FOR else name
    return shown, score.marked, score.found, f"{score.precision:.3f}", f"{score.recall:.3f}", f"{score.f2:.3f}"


def _print_confusions(measured: PiiQuality, limit: int) -> None:
    """Print what went wrong with types that are looked for, most frequent kind first, with values masked."""
    kinds: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for one in measured.confusions:
        if one.marked not in NOT_LOOKED_FOR:
            kinds[one.marked, one.found].append(one.context)
    for (marked, found_as), contexts in sorted(kinds.items(), key=lambda kind: (-len(kind[1]), kind[0])):
        console.print(f"{marked} found as {found_as}: {len(contexts)}", markup=False)
        for context in contexts[:limit]:
            console.print(f"    … {printable(context)} …", markup=False)
