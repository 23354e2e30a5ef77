"""Values that a caller may not read in clear: nothing that the caller can ask or do tells one value from another.

Two worlds hold the same documents, one for every entity type, and differ only in the values: the same sentences with
other made-up numbers. Where those are of the same length, nothing at all may differ; where one is longer, the spans of
citations do, which count the characters of the original, and what is found, in which order, may not. A reader with
access to everything and clearance for nothing asks both worlds for the values themselves, and no value may be found
anywhere but in the encrypted or permitted places. The classifier is the real one.
"""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from zlib import crc32

import pytest

from classifiers.presidio import PresidioClassifier
from memory.testing.canaries import CANARY_TYPES, NEEDS_MODEL, Canary, canary
from memory.testing.index_world import quick_folder
from memory.testing.surroundings import NOON
from tests.worlds.asgi import Response
from tests.worlds.building import PURPOSE, World, document, open_world

TYPES = sorted(CANARY_TYPES - NEEDS_MODEL)
EVERYBODY_READS = """
@id("readers-read")
@reason("Members of readers may read everything; nobody lets them see a value in clear.")
permit (principal in Group::"readers", action in [Action::"discover", Action::"read"], resource);

@id("cleared-see-everything")
@reason("Members of cleared may see every value.")
permit (principal in Group::"cleared", action == Action::"read_clear", resource);
"""
"""Takes the place of the rules about countries, which would close documents that are about people abroad."""

BEFORE = NOON - timedelta(days=2)


@dataclass(frozen=True)
class Pair:
    """The two worlds, by which values they hold, and the token of the reader in both."""

    worlds: tuple[World, World]
    values: tuple[dict[str, Canary], dict[str, Canary]]
    reader: str


def same_length(entity_type: str) -> tuple[Canary, Canary]:
    """Return two canaries of a type that differ and are equally long.

    The span in a citation counts code points of the original text, so a length is no secret; what it holds is.
    """
    first = canary(entity_type, 1)
    others = (canary(entity_type, seed) for seed in range(2, 500))
    return first, next(one for one in others if one.value != first.value and len(one.value) == len(first.value))


LONGER = {
    "EMAIL_ADDRESS": "a.very.long.name.indeed@correspondence.example",
    "PHONE_NUMBER": "020 7946 0958",
    "CREDIT_CARD": "3782 822463 10005",
    "IBAN_CODE": "NL91 ABNA 0417 1643 00",
    "PASSWORD": "correctHorseBattery2048",
}
"""Values of another length, for types whose canaries all have one; of the others every value has the same."""


def other_length(entity_type: str) -> tuple[Canary, Canary]:
    """Return two canaries of a type, of different lengths where the type has any."""
    first = canary(entity_type, 1)
    if (longer := LONGER.get(entity_type)) is not None:
        return first, replace(first, value=longer, text=first.text.replace(first.value, longer))
    others = [one for one in (canary(entity_type, seed) for seed in range(2, 100)) if one.value != first.value]
    return first, next((one for one in others if len(one.value) != len(first.value)), others[0])


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    yield from a_pair({entity_type: same_length(entity_type) for entity_type in TYPES})


@pytest.fixture(scope="module")
def unequal_pair() -> Iterator[Pair]:
    yield from a_pair({entity_type: other_length(entity_type) for entity_type in TYPES})


def a_pair(both: dict[str, tuple[Canary, Canary]]) -> Iterator[Pair]:
    classifier = PresidioClassifier()
    values = ({name: one for name, (one, _) in both.items()}, {name: other for name, (_, other) in both.items()})
    given = {"classifier": classifier, "config": {"policies/30-jurisdictions.cedar": EVERYBODY_READS}}
    with (
        quick_folder() as folder,
        open_world(folder / "one", **given) as one,
        open_world(folder / "other", **given) as other,
    ):
        for world, held in ((one, values[0]), (other, values[1])):
            fill(world, held)
        yield Pair((one, other), values, one.token(one.person("rob", "readers"), name="reader"))


def fill(world: World, held: dict[str, Canary]) -> None:
    """Bring in one document per type, in two versions, and one without values beside each."""
    world.person("rob", "readers")
    world.person("cleo", "readers", "cleared")
    source = world.source("files", "everyone")
    for entity_type, one in held.items():
        text = f"# About\n\n{one.text}\n\n# Then\n\nNothing else was said about it."
        world.bring(
            source,
            document(entity_type, text, BEFORE),
            document(f"{entity_type}-beside", f"# Beside\n\n{one.text.replace(one.value, 'nothing')}", BEFORE),
        )
        world.bring(source, document(entity_type, f"{text}\n\nIt is settled.", NOON, title=f"On {entity_type}"))


def answers(world: World, token: str, asked: list[str], entity_type: str) -> list[Response]:
    """Ask everything about one document; equal questions draw equal receipt ids, so each is asked once in a world."""
    world.randomness.reseed(crc32("\n".join(asked).encode()))
    document_id = world.document_id("files", entity_type)
    got = [world.retrieve(token, query, top_k=12) for query in asked]
    got += [world.retrieve(token, asked[0], top_k=1, expand=2, max_tokens=40)]
    got += [world.retrieve(token, asked[0], top_k=3, as_of=(NOON - timedelta(days=1)).isoformat())]
    got += [world.retrieve(token, asked[0], filters={"attributes": {"value": asked[0].replace("\n", " ")[:200]}})]
    for below in ("", "/versions", "/versions/1", "/versions/2"):
        got.append(world.client.get(f"/documents/{document_id}{below}", token, purpose=PURPOSE))
    got.append(world.client.get(f"/documents/{document_id}/diff", token, purpose=PURPOSE, from_=1, to=2))
    receipt = got[0].json()["receipt_id"]
    return [*got, world.client.get(f"/receipts/{receipt}", token)]


@pytest.mark.parametrize("entity_type", TYPES)
def test_a_hidden_value_cannot_be_told_from_another_one(pair: Pair, entity_type: str) -> None:
    """Fails when a value is embedded or indexed in clear, when chunks are cut by what is hidden, when the hash of the
    content is given to whoever reads it redacted, and when a mark keeps anything of its value.

    Tried: terms of the clear text; `content_hash` for everybody.
    """
    mine, other = (held[entity_type] for held in pair.values)
    asked = [mine.value, other.value, mine.text, other.text]
    here, there = (answers(world, pair.reader, asked, entity_type) for world in pair.worlds)
    assert here == there
    assert {answer.status for answer in here} == {200}
    texts = [passage["text"] for passage in here[2].json()["passages"]]
    assert any(f"[{entity_type}]" in text for text in texts), "the document itself was found, redacted"


def ranks(answer: Response) -> list[tuple[str, int, list[str], str]]:
    """Return what was found, best first: all but the spans."""
    assert answer.status == 200
    cited = [(one["citation"], one["text"]) for one in answer.json()["passages"]]
    return [(citation["document"], citation["version"], citation["section"], text) for citation, text in cited]


@pytest.mark.parametrize("entity_type", TYPES)
def test_the_length_of_a_hidden_value_moves_no_rank(unequal_pair: Pair, entity_type: str) -> None:
    """Fails when a value, or how long it is, reaches a vector or a term weight.

    The value is asked for itself, in the world that holds it and in the one that holds another. Tried: vectors and
    terms of the clear text.
    """
    mine, other = (held[entity_type] for held in unequal_pair.values)
    for asked in (mine.value, other.value, mine.text, other.text, mine.text.replace(mine.value, "")):
        for body in ({"top_k": 100}, {"top_k": 3, "expand": 2}, {"top_k": 100, "max_tokens": 60}):
            here, there = (ranks(world.retrieve(unequal_pair.reader, asked, **body)) for world in unequal_pair.worlds)
            assert here == there, (asked, body)
    assert any(
        f"[{entity_type}]" in text
        for *_, text in ranks(unequal_pair.worlds[1].retrieve(unequal_pair.reader, other.text, top_k=100))
    )


def test_most_types_that_have_lengths_are_compared_by_unequal_ones() -> None:
    """Says how far the test above reaches: the rest are numbers of one length."""
    pairs = {entity_type: other_length(entity_type) for entity_type in TYPES}
    unequal = {entity_type for entity_type, (one, other) in pairs.items() if len(one.value) != len(other.value)}
    assert unequal >= {*LONGER, "IP_ADDRESS"}


@pytest.mark.parametrize("entity_type", TYPES)
def test_a_hidden_value_is_in_no_answer_and_its_twin_is_clear_for_the_cleared(pair: Pair, entity_type: str) -> None:
    """Fails when any field, header or error repeats a stored value; the twin shows that it is there to be found."""
    world, held = pair.worlds[0], pair.values[0][entity_type]
    for answer in answers(
        world, pair.reader, ["what was said about it", held.text.replace(held.value, "")], entity_type
    ):
        assert_without(answer, held)
    cleared = world.token(world.person("cleo", "readers", "cleared"), name="cleo")
    shown = [passage["text"] for passage in world.passages(cleared, held.text, top_k=12)]
    assert any(held.value in text for text in shown)


def assert_without(answer: Response, held: Canary) -> None:
    sent = answer.body + b"".join(name + value for name, value in answer.headers)
    assert not occurs(held, sent)
    assert not occurs(held, sent.replace(b"\\n", b"\n"))


def occurs(held: Canary, data: bytes) -> bool:
    """Say whether a value, or a line of it, is in some bytes; digits inside a hexadecimal digest are chance."""
    lines = [line for line in held.value.splitlines() if not line.startswith("-----")]
    found = (line.encode() for line in lines if line.encode() in data)  # a search for bytes alone is fast
    return any(re.search(rb"(?<![0-9a-f])" + re.escape(line) + rb"(?![0-9a-f])", data) for line in found)


def test_no_value_is_in_errors_logs_the_audit_log_or_the_index(pair: Pair, caplog: pytest.LogCaptureFixture) -> None:
    """Fails when anything logs a query or a text, when a receipt keeps one, or when the index stores what it reads."""
    world, values = pair.worlds[1], pair.values[1]  # of these, none was named in a filter, which a receipt repeats
    with caplog.at_level(logging.DEBUG):
        for held in values.values():
            world.retrieve(pair.reader, held.value)
            for broken in ({"purpose": held.value[:200]}, {"as_of": held.value}, {"top_k": held.value}):
                assert_without(world.retrieve(pair.reader, "x", **broken), held)
            assert_without(world.client.get(f"/receipts/{held.value[:20].encode().hex()}", pair.reader), held)
    world.services.index.optimize()
    leaves, logged = world.leaves(), caplog.text.encode()
    stored = b"".join(file.read_bytes() for file in world.services.settings.index.rglob("*") if file.is_file())
    for held in values.values():
        assert not occurs(held, leaves)
        assert not occurs(held, logged)
        assert not occurs(held, stored)
