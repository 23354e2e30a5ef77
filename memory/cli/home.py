"""Making a home and looking after it: init, doctor, reindex."""

from typing import Annotated

import typer

from memory.audit.events import EventName
from memory.cli.checks import examine
from memory.cli.options import AsJson, Home, Operator, console, named_operator, print_json, progress, settings_of
from memory.founding import found
from memory.settings import load_settings
from memory.wiring import build


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("init")(init)
    app.command("doctor")(doctor)
    app.command("reindex")(reindex)


def init(
    home: Home = None,
    region: Annotated[
        str | None, typer.Option(help="Country this deployment processes in, such as DE; unset is unknown, and closes.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a home with the default policy pack and configuration, or complete one. Nothing is overwritten."""
    settings = load_settings(home=home, region=region)  # judged before it is written into the home
    made = found(settings, region=region)
    if as_json:
        print_json({"home": str(settings.home.absolute()), "made": made})
        return
    console.print(f"Home: {settings.home.absolute()}")
    for thing in made or ["nothing was missing"]:
        console.print(f"  {thing}")
    if settings.region is None:
        console.print(
            "Region: unknown, so documents whose people a law protects stay closed; set region in memory.toml."
        )
    console.print("Next: memory principal add, then memory ingest; or see it all with memory demo.")


def doctor(
    home: Home = None,
    mending: Annotated[
        bool, typer.Option("--mend", help="Bring the points of the index that differ to what the catalogue says.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say what is wrong with a home, and how to mend it. Ends with 1 when something is."""
    checks = examine(settings_of(home), mending=mending)
    if as_json:
        print_json({"items": [{"check": one.name, "ok": one.ok, "detail": one.detail} for one in checks]})
    else:
        for one in checks:
            console.print(f"{'ok ' if one.ok else 'BAD'}  {one.name}: {one.detail}")
    if not all(one.ok for one in checks):
        raise typer.Exit(1)


def reindex(home: Home = None, operator: Operator = None, as_json: AsJson = False) -> None:
    """Rebuild the index from the catalogue and the embedding cache; nothing is embedded again."""
    who = named_operator(operator)
    with build(settings_of(home)) as services, progress.status("Rebuilding the index"):
        points = services.relay.rebuild()
        services.index.optimize()
        model = services.encoder.model
        body = {"model": model.name, "model_revision": model.revision, "points": points}
        services.record(EventName.INDEX_REBUILT, who, body)
        inferences = sum(used.items for used in services.meter.total() if used.port == "encoder")
    if as_json:
        print_json({"points": points, "inferences": inferences})
    else:
        console.print(f"{points} points published, {inferences} texts embedded.")
