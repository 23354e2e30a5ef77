"""What the write walk costs beside embedding: folders of real files brought in, and the same texts embedded alone.

Every folder goes through the connector, the parser, the recognizers, the cutting, the telling of languages, the
encoder, the catalogue, the audit log and the index, as `memory ingest` takes it, into an empty home. Right after it the
same encoder embeds the same masked texts, all of them at once. What is slow once per process is done by then: loading
recognizers, parsers and models, and what the encoder's runtime makes for each length of a text when it first comes.
"""

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.places import temporary_home, test_data
from benchmarks.report import Report, Row, Table, at_least
from benchmarks.stages import STAGES, Watch, watched
from memory.domain.identity import OPERATING
from memory.evaluation.collections import open_collection
from memory.ingest.registering import register, source_of
from memory.ingest.syncing import sync
from memory.wiring import Services, build

ROUNDS = 3
RATIO = 0.5
WARM = 16
ABSTRACTS = 300
DOCUMENTS = ("*.pdf", "*.docx", "*.pptx", "*.xlsx", "*.html", "*.eml", "*.csv")

Fill = Callable[[Path], None]


@dataclass(frozen=True, slots=True)
class Brought:
    """One folder brought in once: passages embedded, seconds of the walk and of embedding alone, seconds by stage."""

    passages: int
    walk: float
    alone: float
    stages: dict[str, float]

    @property
    def ratio(self) -> float:
        """Passages per second of the walk, against embedding alone."""
        return self.alone / self.walk


def run() -> Report:
    """Bring every folder in, round after round, each round into a home of its own."""
    with TemporaryDirectory(prefix="bench-ingestion-") as folder:
        for name, fill in FOLDERS.items():
            (Path(folder) / name).mkdir()
            fill(Path(folder) / name)
        rounds = [_round(Path(folder)) for _ in range(ROUNDS)]
    brought = {name: [one[name] for one in rounds] for name in rounds[0]}
    rows = tuple(_row(name, several) for name, several in brought.items())
    return Report(rows, (_speeds(brought), _shares(brought)))


def _round(folder: Path) -> dict[str, Brought]:
    with ExitStack() as stack:
        services = stack.enter_context(build(stack.enter_context(temporary_home())))
        warm = Path(stack.enter_context(TemporaryDirectory(prefix="bench-warm-")))
        _abstracts(warm, 0, WARM)
        _bring(warm, services)
        lengths = ["word " * length for length in range(services.encoder.model.window + 1)]
        services.encoder.encode_passages(lengths * 2)
        brought = {name: _bring(folder / name, services) for name in FOLDERS}
    told = (f"{name} {one.ratio:.2f} ({one.walk:.1f} s, alone {one.alone:.1f} s)" for name, one in brought.items())
    print("; ".join(told), flush=True)
    return brought


def _bring(folder: Path, services: Services) -> Brought:
    """Sync one folder, then embed what it embedded."""
    wanted = source_of(folder.name, "filesystem", str(folder), "bench", {"allow": ["everyone"]})
    source, _ = register(wanted, OPERATING, services.writing)
    watch, texts = Watch(), list[str]()

    def publish() -> None:
        with watch.stage("write"):
            services.publish()

    events = services.connector(source).full()
    begin = time.perf_counter()
    for _ in sync(events, source, watched(services.writing, watch, texts), publish=publish):
        pass
    walk = time.perf_counter() - begin
    begin = time.perf_counter()
    services.encoder.encode_passages(texts)
    return Brought(len(texts), walk, time.perf_counter() - begin, dict(watch.seconds))


def _row(name: str, several: list[Brought]) -> Row:
    ratio = median(one.ratio for one in several)
    return at_least(f"{name}: passages per second, against embedding alone", ratio, RATIO, "{:.2f}")


def _speeds(brought: dict[str, list[Brought]]) -> Table:
    def cells(name: str, several: list[Brought]) -> Iterator[str]:
        yield from (name, f"{several[0].passages:,}")
        yield f"{median(one.passages / one.walk for one in several):.0f}"
        yield f"{median(one.passages / one.alone for one in several):.0f}"
        ratios = sorted(one.ratio for one in several)
        yield f"{median(ratios):.2f} ({ratios[0]:.2f}-{ratios[-1]:.2f})"

    columns = ("folder", "passages", "ingested per second", "embedded alone per second", "ratio (least, most)")
    rows = tuple(tuple(cells(name, several)) for name, several in brought.items())
    return Table(f"Speed, medians of {ROUNDS} rounds", columns, rows)


def _shares(brought: dict[str, list[Brought]]) -> Table:
    def cells(name: str, several: list[Brought]) -> Iterator[str]:
        yield name
        yield from (f"{median(one.stages.get(stage, 0.0) / one.walk for one in several):.2f}" for stage in STAGES)

    rows = tuple(tuple(cells(name, several)) for name, several in brought.items())
    title = "Seconds of each stage per second of the walk; stages of two batches go on beside each other"
    return Table(title, ("folder", *STAGES), rows)


def _abstracts(folder: Path, start: int = WARM, end: int = WARM + ABSTRACTS) -> None:
    """Write abstracts as plain texts."""
    for key, title, text in list(open_collection(test_data() / "retrieval" / "scifact").corpus())[start:end]:
        (folder / f"{key}.txt").write_text(f"{title}\n\n{text}\n", encoding="utf-8")


def _paragraphs(folder: Path) -> None:
    """Write paragraphs of an encyclopedia as short Markdown."""
    for number, (_, title, text) in enumerate(open_collection(test_data() / "retrieval" / "xquad-en").corpus()):
        heading = f"# {title}\n\n" if title else ""
        (folder / f"{number}.md").write_text(f"{heading}{text}\n", encoding="utf-8")


def _policies(folder: Path) -> None:
    """Write the policies of two companies as they stand at the tip of their repositories."""
    for bundle in sorted((test_data() / "versions").glob("*.bundle")):
        clone = folder / f".{bundle.stem}"
        subprocess.run(["git", "clone", "--quiet", bundle, clone], check=True)  # noqa: S603, S607
        for file in clone.rglob("*.md"):
            target = folder / bundle.stem / file.relative_to(clone)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)


def _documents(folder: Path) -> None:
    """Copy documents in the formats of offices."""
    for pattern in DOCUMENTS:
        for file in (test_data() / "documents" / "docling").glob(f"*/sources/{pattern}"):
            shutil.copyfile(file, folder / file.name)


FOLDERS: dict[str, Fill] = {
    "abstracts": _abstracts,
    "paragraphs": _paragraphs,
    "policies": _policies,
    "documents": _documents,
}
