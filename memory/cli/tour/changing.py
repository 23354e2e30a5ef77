"""What changes: versions, the past, a document that is deleted, and a permission that is revoked."""

import secrets
import time
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from memory.access.freshness import SALT_BYTES
from memory.audit.events import EventName
from memory.cli.bringing import bring_in
from memory.cli.tour import by_hand
from memory.cli.tour.asking import CONTRACT, POLICY
from memory.cli.tour.stage import (
    PURPOSE,
    QUESTION,
    TOP_K,
    WORKSPACE,
    Stage,
    best_of_each,
    caller,
    excerpt,
    text_of,
    titles_of,
)
from memory.cli.tour.voice import listed
from memory.domain.documents import DocumentState
from memory.domain.errors import FreshnessNotReached
from memory.domain.identity import PrincipalToken
from memory.retrieval.browsing import view

BEFORE_THE_POLICY_CHANGED = datetime(2025, 6, 1, tzinfo=UTC)
WHILE_THE_OFFER_STOOD = datetime(2025, 12, 1, tzinfo=UTC)
OFFER, HANDBOOK = "heizungstausch-2025.md", "handbuch"
ABOUT_THE_OFFER = "Welchen Rabatt gibt es bei der Aktion Heizungstausch?"
PROJECT = PrincipalToken.parse("group:brandt-project")
MIRA = PrincipalToken.parse("user:mira")
PAGE = 100


def versions(stage: Stage) -> dict[str, Any]:
    """Compare two versions of the policy."""
    policy = stage.document("policies", "data-transfer.md")
    stage.voice.command(f"memory versions {policy.id}")
    with view(caller("mira"), PURPOSE, stage.services.reading) as shown:
        told = [one.version for one in shown.versions(policy.id, after=0, limit=PAGE)]
        changed = shown.difference(policy.id, 2, 3)
    for version in told:
        made = version.provenance
        author = (made.author or "").partition(" <")[0]
        stage.voice.tell(
            f"{version.number}  {version.effective_from:%Y-%m-%d}  {author:<13}  {made.path}: {made.message}", hang=30
        )
    stage.voice.command(f"memory diff {policy.id}", "--from 2", "--to 3")
    for line in filter(None, changed.lines()):
        stage.voice.change(line)
    paths = [version.provenance.path for version in told]
    stage.expect(paths == ["data-transfer.md"] * 3 + [POLICY], "One document through two edits and a new name.")
    stage.expect(
        any("written consent of the client" in line for line in changed.lines()) and bool(changed.removed),
        "What was added and what was removed is told, down to the words of a line.",
    )
    return {"versions": len(told), "added": len(changed.added), "removed": len(changed.removed)}


def the_past(stage: Stage) -> dict[str, Any]:
    """Ask the same question of the past."""
    now, then = stage.ask("mira"), stage.shown_ask("mira", as_of=BEFORE_THE_POLICY_CHANGED)
    earlier = next(passage for passage in best_of_each(then) if passage.citation.source == "policies")
    stage.voice.tell(f"{earlier.citation.title}, version {earlier.citation.version}, {earlier.freshness.state}:")
    stage.voice.tell(excerpt(earlier), indent=7, hang=0)
    stage.expect(
        earlier.citation.version == 1 and "team lead may share" in earlier.text and "Nobody may share" in text_of(now),
        "Then a team lead could decide; today three things must be on file first.",
    )
    stage.expect(earlier.freshness.state == "superseded", "The old wording says that it is no longer in force.")
    return {"version": earlier.citation.version, "state": earlier.freshness.state}


def deletion(stage: Stage) -> dict[str, Any]:
    """Delete a page in a repository, sync, and ask for it, today and in the past."""
    before = stage.shown_ask("anke", ABOUT_THE_OFFER)
    stage.voice.tell(f"Before: {listed(titles_of(before))}")
    changes, embedded = _sync_what_happened(stage)
    told = listed(f"{count} {change}" for change, count in sorted(changes.items()))
    stage.voice.tell(f"{told}; passages embedded anew: {embedded}.")
    after = stage.ask("anke", ABOUT_THE_OFFER)
    stage.voice.tell(f"After: {listed(titles_of(after))}")
    stage.expect(
        OFFER in titles_of(before) and OFFER not in titles_of(after) and OFFER not in stage.titles("anke"),
        "The deleted page was the answer; now nobody finds it.",
    )
    stage.expect(0 < embedded <= 2, "Of the page that was edited, only what changed was embedded anew.")
    past = stage.shown_ask("anke", ABOUT_THE_OFFER, as_of=WHILE_THE_OFFER_STOOD)
    stage.expect(OFFER not in titles_of(past), "Nor does a question about the time when it stood there.")
    stage.expect(
        stage.document(HANDBOOK, OFFER).state is DocumentState.DELETED,
        "That it was there, and when it went, stays on record.",
    )
    return {"changes": dict(changes), "embedded": embedded, "before": titles_of(before), "after": titles_of(after)}


def revocation(stage: Stage) -> dict[str, Any]:
    """Take Mira out of the project; her next request obeys."""
    before, written = titles_of(stage.ask("mira")), _vectors_written(stage)
    stage.voice.command(*by_hand.leave(PROJECT, MIRA))
    started = time.perf_counter()
    token, ahead = _remove(stage)
    answer = stage.ask("mira", fresh=token)
    took_ms = (time.perf_counter() - started) * 1_000
    written = _vectors_written(stage) - written
    stage.voice.tell(f"Consistency token: {token}")
    stage.voice.command("memory serve &")
    stage.voice.command(*by_hand.request(QUESTION, "user:mira", PURPOSE, TOP_K, token))
    stage.tell_rows({"before": listed(before), "now": listed(titles_of(answer))})
    stage.voice.tell(f"{took_ms:.0f} ms from the change to the next answer, {written} vectors written.")
    stage.expect(
        CONTRACT in before and CONTRACT not in stage.titles("mira") and titles_of(answer) == _without(before),
        "The contract is gone with the next request; the rest is as it was.",
    )
    stage.expect(written == 0, "A membership is a row in the catalogue: 0 vectors written.")
    stage.expect(
        _refused(stage, ahead), "A token of a change that has not arrived yet is refused, not answered from before it."
    )
    return {"milliseconds": round(took_ms, 1), "vectors_written": written, "before": before, "now": titles_of(answer)}


def _sync_what_happened(stage: Stage) -> tuple[Counter[str], int]:
    """Commit what happens later to the handbook, sync it, and return what changed and how many texts were embedded."""
    place, workspace = stage.place(HANDBOOK), stage.home / WORKSPACE
    source, embedded = place.source(workspace), _texts_embedded(stage)
    if place.later is not None:
        stage.voice.command(*by_hand.commit(place.later, place.repository(workspace)))
    stage.voice.command(*by_hand.ingest(place, source.location))
    place.go_on(workspace)
    outcomes = bring_in(source, stage.services, stage.operator, quiet=True)
    return Counter(str(outcome.change) for outcome in outcomes), _texts_embedded(stage) - embedded


def _remove(stage: Stage) -> tuple[str, str]:
    """Take Mira out; return the consistency token of the change, and one of a change that has yet to come."""
    with stage.services.catalogue.write() as session:
        session.access.set_members(PROJECT, set(session.access.members(PROJECT)) - {MIRA})
        epoch = session.access.position().epoch
    body = {"group": str(PROJECT), "added": [], "removed": [str(MIRA)], "epoch": epoch}
    stage.services.record(EventName.GROUP_CHANGED, stage.operator, body)
    seal = stage.services.reading.freshness.seal
    return seal(epoch, secrets.token_bytes(SALT_BYTES)), seal(epoch + 1, secrets.token_bytes(SALT_BYTES))


def _refused(stage: Stage, token: str) -> bool:
    try:
        stage.ask("mira", fresh=token)
    except FreshnessNotReached:
        return True
    return False


def _without(titles: list[str]) -> list[str]:
    return [title for title in titles if title != CONTRACT]


def _vectors_written(stage: Stage) -> int:
    return stage.used("index", "publish", "govern", "remove", "clear")


def _texts_embedded(stage: Stage) -> int:
    return stage.used("encoder", "encode_passages")
