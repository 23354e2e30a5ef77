"""The main job on the example company, as a short tour that checks what it tells.

Enters: the example company that ships with the product. Leaves: a home of its own, thrown away unless it is asked for,
and an exit code: 0 when everything held, 1 and the sentence that did not.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Annotated, Any

import typer
from rich.console import Console

from memory.cli.company import Company, read_company
from memory.cli.options import AsJson, console, operator_of, print_json, progress
from memory.cli.tour.asking import in_german, redaction, three_countries, through_an_agent, two_people
from memory.cli.tour.changing import deletion, revocation, the_past, versions
from memory.cli.tour.proving import log, receipt
from memory.cli.tour.settling import people_and_groups, sources
from memory.cli.tour.stage import ClaimError, Stage
from memory.cli.tour.voice import Voice
from memory.domain.errors import Misconfigured
from memory.founding import found
from memory.settings import Settings, load_settings
from memory.shipped import shipped
from memory.wiring import build

OPERATOR = "demo"


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the tour: its title, what to look at, and what it does."""

    title: str
    look: str
    show: Callable[[Stage], dict[str, Any]]


STEPS = (
    Step("A company moves in", "Look at: who there is. Groups may lie in groups.", people_and_groups),
    Step("Documents come in", "Look at: what was understood of them, and what was set aside and why.", sources),
    Step("Two people ask the same question", "Look at: the contract, which only one of them gets.", two_people),
    Step("The same passage, as three people may read it", "Look at: what stands in brackets, and for whom.", redaction),
    Step("The same question from three countries", "Look at: whom the dataset about Germans reaches.", three_countries),
    Step("The question in German", "Look at: which page answers first.", in_german),
    Step("The assistant asks for Mira", "Look at: what it sees, less than either of the two.", through_an_agent),
    Step("A version is compared", "Look at: who changed which words of the policy, and when.", versions),
    Step("A question about the past", "Look at: the rule as it was on 1 June 2025, marked as superseded.", the_past),
    Step("A document is deleted", "Look at: the answer before and after, and asked as of back then.", deletion),
    Step("A permission is revoked", "Look at: the contract, and how long it takes.", revocation),
    Step("A receipt is opened", "Look at: the five fields, of the answer that the assistant got.", receipt),
    Step("The log is verified, and a tampered copy caught", "Look at: the entry that is named.", log),
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)


def demo(
    home: Annotated[
        Path | None, typer.Option("--home", help="An empty folder to make the home in; default: a temporary one.")
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the temporary home, to look around in it.")] = False,
    pause: Annotated[bool, typer.Option("--pause", help="Wait for Enter after each step.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show the main job on an invented company in under a minute; ends with 1 if anything is not as told.

    Your own home is not touched, and nothing is asked of the network.
    """
    company = read_company(shipped("examples") / "company")
    voice = Voice(Console(quiet=True) if as_json else console)
    with _home(home, keep=keep) as folder:
        settings = _settings(folder, company)
        report = tour(settings, company, voice, pause=pause)
        kept = keep or home is not None
    if as_json:
        print_json(report)
    elif report["ok"]:
        claims = sum(len(step["claims"]) for step in report["steps"])
        voice.end(f"All of it held: {claims} claims in {len(STEPS)} steps. {_afterword(folder, kept=kept)}")
    else:
        typer.echo(f"memory demo: step {report['failed']['step']} did not hold: {report['failed']['claim']}", err=True)
    if not report["ok"]:
        raise typer.Exit(1)


def tour(settings: Settings, company: Company, voice: Voice, *, pause: bool = False) -> dict[str, Any]:
    """Walk through the steps until one fails; return what they told, for machines."""
    told: list[dict[str, Any]] = []
    with ExitStack() as stack:
        with progress.status("Opening a home"):
            found(settings, region=company.region)
            services = stack.enter_context(build(settings))
        stage = Stage(services, company, operator_of(OPERATOR, settings), voice)
        for number, step in enumerate(STEPS, 1):
            voice.heading(number, len(STEPS), step.title, step.look)
            stage.claims = []
            try:
                facts = step.show(stage)
            except ClaimError as claim:
                return {"ok": False, "steps": told, "failed": {"step": number, "claim": str(claim)}}
            told.append({"step": number, "title": step.title, "claims": stage.claims, **facts})
            pause = pause and number < len(STEPS) and voice.pause()
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
        return (
            f"The home stays as the tour left it, without Mira in the project: export MEMORY_HOME={folder.absolute()}"
        )
    return "The home is gone again; memory demo --home FOLDER leaves one in which the commands above work."
