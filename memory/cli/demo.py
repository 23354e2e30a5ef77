"""The main job on the example company, as a short tour that checks what it tells.

Enters: the example company that ships with the product. Leaves: a home of its own, thrown away unless it is asked for,
and an exit code: 0 when everything held, 1 and the sentence that did not.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Annotated, Any

import typer
from rich.console import Console

from memory.cli.company import Company, read_company
from memory.cli.options import AsJson, console, operator_of, print_json, progress
from memory.cli.tour.asking import history, one_question, through_an_agent
from memory.cli.tour.proving import log, receipt, revocation
from memory.cli.tour.settling import people_and_groups, sources
from memory.cli.tour.stage import ClaimError, Stage
from memory.domain.errors import Misconfigured
from memory.founding import found
from memory.settings import Settings, load_settings
from memory.shipped import shipped
from memory.wiring import build

OPERATOR = "demo"
STEPS: tuple[tuple[str, Callable[[Stage], dict[str, Any]]], ...] = (
    ("A home, people and groups", people_and_groups),
    ("Six sources, each with permissions of its own", sources),
    ("The same question, asked by different people", one_question),
    ("The assistant asks on Mira's behalf", through_an_agent),
    ("Versions, a difference, and a question about the past", history),
    ("A permission ends", revocation),
    ("The receipt of the assistant's answer", receipt),
    ("The audit log", log),
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)


def demo(
    home: Annotated[
        Path | None, typer.Option("--home", help="An empty folder to make the home in; default: a temporary one.")
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the temporary home, to look around in it.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show the main job on an invented company in under a minute; ends with 1 if anything is not as told.

    Your own home is not touched, and nothing is asked of the network.
    """
    company = read_company(shipped("examples") / "company")
    voice = Console(quiet=True) if as_json else console
    with _home(home, keep=keep) as folder:
        settings = _settings(folder, company)
        report = _tour(settings, company, voice)
    if as_json:
        print_json(report)
    elif report["ok"]:
        voice.print(f"\nAll of it held. {_afterword(folder, kept=folder.exists())}", markup=False)
    else:
        typer.echo(f"memory demo: step {report['failed']['step']} did not hold: {report['failed']['claim']}", err=True)
    if not report["ok"]:
        raise typer.Exit(1)


def _tour(settings: Settings, company: Company, voice: Console) -> dict[str, Any]:
    """Walk through the steps until one fails; return what they told, for machines."""
    told: list[dict[str, Any]] = []
    with ExitStack() as stack:
        with progress.status("Opening a home"):
            found(settings, region=company.region)
            services = stack.enter_context(build(settings))
        stage = Stage(services, company, operator_of(OPERATOR, settings), voice)
        for number, (title, step) in enumerate(STEPS, 1):
            voice.print(f"\n{number}  {title}", style="bold", markup=False)
            stage.claims = []
            try:
                facts = step(stage)
            except ClaimError as claim:
                return {"ok": False, "steps": told, "failed": {"step": number, "claim": str(claim)}}
            told.append({"step": number, "title": title, "claims": stage.claims, **facts})
    return {"ok": True, "steps": told}


@contextmanager
def _home(home: Path | None, *, keep: bool) -> Iterator[Path]:
    """Open the folder of the demo's home. Raises `Misconfigured` for a folder that holds something."""
    if home is not None:
        if home.exists() and (not home.is_dir() or any(home.iterdir())):
            raise Misconfigured(f"{home} is in use; name a folder that is empty or not there yet.")
        yield home
    elif keep:
        yield Path(mkdtemp(prefix="memory-demo-"))
    else:
        with TemporaryDirectory(prefix="memory-demo-") as temporary:
            yield Path(temporary)


def _settings(home: Path, company: Company) -> Settings:
    """Return settings under which everything lies in the demo's home, whatever the environment says."""
    settings = load_settings(home=home, profile="embedded", region=company.region)
    return settings.model_copy(update={"catalogue_url": None})


def _afterword(folder: Path, *, kept: bool) -> str:
    if kept:
        return f"Look around: memory documents --home {folder}"
    return "The home is gone again; --keep keeps it, memory init makes your own."
