"""What a small edit of a long document costs: how many of its chunks are embedded anew."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from benchmarks.places import test_data
from benchmarks.report import Row, at_least, at_most
from benchmarks.spending import spending
from memory.domain.documents import Provenance, SourceDocument
from memory.domain.identity import OPERATING
from memory.evaluation.collections import open_collection
from memory.ingest.pipeline import ingest
from memory.ingest.registering import register, source_of
from memory.wiring import Services

SOURCE = "editing"
CHUNKS = 100
LIMIT = 3
EDITS = 25
NEW = "The {n}th amendment takes effect at once and replaces what was agreed before on the matter of delivery."


def edited(services: Services) -> Iterator[Row]:
    """Change one paragraph, many times; put one in at the top, many times; the worst of each counts."""
    paragraphs = _paragraphs()
    register(source_of(SOURCE, "push", "", "benchmark", {"allow": ["everyone"]}), OPERATING, services.writing)
    editor = _Editor(services)
    chunks, _ = editor.put(paragraphs)
    yield at_least("editing: chunks of the document", chunks, CHUNKS, "{:.0f}")
    for name, edit in (("changed", _changed), ("inserted at the top", _inserted)):
        worst = max(editor.put(edit(paragraphs, number))[1] for number in range(EDITS))
        yield at_most(f"editing: chunks embedded for a paragraph {name}, worst of {EDITS}", worst, LIMIT, "{:.0f}")


def _paragraphs() -> list[str]:
    """Return real paragraphs under headings; some hundred and more chunks."""
    corpus = open_collection(test_data() / "retrieval" / "xquad-en").corpus()
    texts = [text for _, _, text in corpus][:CHUNKS]
    return [f"## Part {at // 5 + 1}\n\n{text}" if at % 5 == 0 else text for at, text in enumerate(texts)]


Edit = Callable[[Sequence[str], int], list[str]]


def _changed(paragraphs: Sequence[str], number: int) -> list[str]:
    at = number * len(paragraphs) // EDITS
    return [*paragraphs[:at], f"{paragraphs[at]} {NEW.format(n=number)}", *paragraphs[at + 1 :]]


def _inserted(paragraphs: Sequence[str], number: int) -> list[str]:
    return [NEW.format(n=EDITS + number), *paragraphs]


class _Editor:
    """Brings one version after the other in, each a day later."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._day = datetime(2026, 1, 1, tzinfo=UTC)

    def put(self, paragraphs: Sequence[str]) -> tuple[int, int]:
        """Return the number of chunks of this version, and how many of them were embedded."""
        self._day += timedelta(days=1)
        item = SourceDocument(
            external_id="long.md",
            title="Long",
            content="\n\n".join(paragraphs).encode(),
            media_type="text/markdown",
            scope_key="",
            modified_at=self._day,
            provenance=Provenance("editing:long.md"),
        )
        with self._services.catalogue.read() as session:
            source = session.sources.get(SOURCE)
        assert source is not None
        with spending(self._services.meter) as spent:
            (outcome,) = ingest([item], source, self._services.writing)
        return outcome.chunks, spent.items("encoder", "encode_passages")
