"""Where a passage is said to stand: in the text as its reader gets it, so that no hidden value shows its length."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memory.domain.documents import Span
from memory.domain.governance import Finding, ScoreBand
from memory.retrieval.redaction import redact_text, shown_span
from memory.testing.surroundings import NOON
from tests.worlds.building import PURPOSE, World, a_world, document

TYPES = ("IBAN_CODE", "PERSON", "API_KEY")
DAY = timedelta(days=1)


def finding(entity_type: str, start: int, end: int) -> Finding:
    return Finding(entity_type, Span(start, end), ScoreBand.CERTAIN, "r", "1", "", validated=False)


maskings = st.sets(st.sampled_from(TYPES)).map(lambda types: dict.fromkeys(types, "policy"))


@st.composite
def marked_texts(draw: st.DrawFn) -> tuple[str, list[Finding], Span]:
    """Draw a text, findings that may overlap in any way, and a passage that may cut them."""
    text = draw(st.text(min_size=1, max_size=60))
    at = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).map(sorted)
    found = draw(st.lists(st.tuples(st.sampled_from(TYPES), at.filter(lambda ends: ends[0] < ends[1])), max_size=8))
    return text, [finding(kind, *ends) for kind, ends in found], Span(*draw(at))


@given(marked_texts(), maskings)
@settings(max_examples=500)
def test_a_cited_span_cuts_the_passage_out_of_the_text_that_its_reader_gets(
    drawn: tuple[str, list[Finding], Span], masking: dict[str, str]
) -> None:
    """Fails when the span counts hidden values, or counts one across an end of the passage twice or not at all."""
    text, found, span = drawn
    whole, _ = redact_text(text, Span(0, len(text)), found, masking)
    passage, _ = redact_text(span.slice(text), span, found, masking)
    before_its_end = [one for one in found if one.span.start < span.end]
    assert shown_span(span, before_its_end, masking).slice(whole) == passage
    assert shown_span(span, found, {}) == span


@dataclass(frozen=True)
class Desk:
    """A world with two shelves for documents that differ in hidden values, and its readers."""

    world: World
    employee: str
    cleared: str

    def cited(self, name: str, token: str, query: str, **body: Any) -> list[dict[str, Any]]:
        """Return the passages of one document, in its order."""
        found = self.world.passages(token, query, top_k=100, filters={"attributes": {"name": name}}, **body)
        return sorted(found, key=lambda one: int(one["citation"]["span"]["start"]))

    def text(self, name: str, token: str, version: int) -> str:
        path = f"/documents/{self.world.document_id('files', name)}/versions/{version}"
        got = self.world.client.get(path, token, purpose=PURPOSE)
        assert got.status == 200
        return str(got.json()["text"])


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    with a_world() as world:
        world.source("files", "everyone")
        employee = world.person("ana", "employees")
        cleared = world.person("fin", "employees", "finance-readers")
        yield Desk(world, world.token(employee, name="ana"), world.token(cleared, name="fin"))


ibans = (
    st.integers(3, 7)
    .flatmap(lambda groups: st.lists(st.integers(1000, 9999).map(str), min_size=groups, max_size=groups))
    .map(lambda groups: " ".join(["DE89", *groups]))
)
words = st.lists(st.sampled_from(["leave", "travel", "sensor", "ada@example.com"]), min_size=1, max_size=4)
sections = st.lists(words.map(" ".join), min_size=2, max_size=4)
counter = iter(range(1_000_000))


def written(parts: list[str], values: list[str]) -> str:
    """Return a section for each part, with a value in each."""
    pairs = zip(parts, values, strict=False)
    return "\n\n".join(f"# Part {at}\n\n{part} to {value} now" for at, (part, value) in enumerate(pairs))


def comparable(passages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out what names the document itself."""
    own = ("document", "uri")
    return [
        {
            **{key: value for key, value in one.items() if key != "chunk"},
            "citation": {key: value for key, value in one["citation"].items() if key not in own},
        }
        for one in passages
    ]


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    parts=sections,
    values=st.tuples(*[st.lists(ibans, min_size=4, max_size=4)] * 2),
    past=st.booleans(),
    reach=st.integers(0, 2),
)
def test_a_hidden_value_of_any_length_changes_no_citation(
    desk: Desk, *, parts: list[str], values: tuple[list[str], list[str]], past: bool, reach: int
) -> None:
    """Fails when a span, a hash or anything else that is cited depends on what its reader does not see.

    And each span cuts the passage out of the text that the same reader is given.
    """
    names = [f"d{next(counter)}" for _ in values]
    with desk.world.services.catalogue.read() as session:
        files = session.sources.get("files")
    assert files is not None
    for name, held in zip(names, values, strict=True):
        versions = [(written(parts, held), 5)]
        if past:  # the first section goes, and the rest survives into another version
            versions.append((versions[0][0][versions[0][0].index("# Part 1") :], 1))
        for text, days in versions:
            one = document(name, text, NOON - days * DAY, title="d", attributes={"name": name})
            desk.world.bring(files, one)
    asked = {"expand": reach} | ({"as_of": (NOON - 3 * DAY).isoformat()} if past else {})
    mine, theirs = (desk.cited(name, desk.employee, " ".join(parts), **asked) for name in names)
    assert mine
    assert comparable(mine) == comparable(theirs)
    for token in (desk.employee, desk.cleared):
        text = desk.text(names[0], token, 1)
        for passage in desk.cited(names[0], token, " ".join(parts), **asked):
            span = passage["citation"]["span"]
            assert text[span["start"] : span["end"]] == passage["text"]
    (canonical,) = {desk.text(names[0], desk.cleared, 1)}
    assert canonical == written(parts, values[0])
