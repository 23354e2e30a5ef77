"""The last steps: a permission ends, a receipt is opened, and the log is verified."""

import time
from typing import Any

from memory.audit.checkpoints import VerifierKey
from memory.audit.events import EventName
from memory.audit.export import export
from memory.cli.tour.asking import CONTRACT
from memory.cli.tour.stage import QUESTION, Stage, listed, titles_of
from memory.domain.identity import Caller, PrincipalToken, Role
from memory.retrieval.receipts import open_receipt
from memory.wiring import LOG_KEY, verify_log

PROJECT = PrincipalToken.parse("group:brandt-project")
MIRA = PrincipalToken.parse("user:mira")
WRITES = ("publish", "govern", "remove", "clear")
FIELDS = ("inputs", "policies", "tools", "data", "authorization")


def revocation(stage: Stage) -> dict[str, Any]:
    """Mira leaves the project; her next request obeys."""
    before, written = titles_of(stage.ask("mira")), _vectors_written(stage)
    started = time.perf_counter()
    _remove(stage)
    answer = stage.ask("mira")
    took_ms = (time.perf_counter() - started) * 1_000
    written = _vectors_written(stage) - written
    stage.tell(f"Mira leaves {PROJECT.id}. Before: {listed(before)}")
    stage.tell(f"Now: {listed(titles_of(answer))}")
    stage.tell(f"{took_ms:.0f} ms from the change to the next answer, {written} vectors written.")
    stage.expect(
        CONTRACT in before and CONTRACT not in titles_of(answer) and CONTRACT not in stage.titles("mira"),
        "The contract is gone with the next request.",
    )
    stage.expect(written == 0, "A membership is a row in the catalogue: 0 vectors written.")
    return {"milliseconds": round(took_ms, 1), "vectors_written": written}


def receipt(stage: Stage) -> dict[str, Any]:
    """An auditor opens the receipt of the assistant's answer."""
    services = stage.services
    auditor = Caller(stage.operator, None, "cli", frozenset({Role.AUDITOR}), None, "demo")
    body = open_receipt(stage.receipt_id, auditor, services.log, services.clock.now())
    inputs, policies, tools, data, given = (body[name] for name in FIELDS)
    redacted = sum(len(used["redactions"]) for used in data["documents"])
    versions = {(used["document"], used["version"]) for used in data["documents"]}
    stage.tell(f"Receipt {stage.receipt_id}, entry {body['sequence']} of the log:")
    stage.tell(
        f"inputs         purpose {inputs['purpose']}, query as commitment {inputs['query_commitment'][:12]}…, "
        f"{inputs['model']}"
    )
    stage.tell(
        f"policies       {policies['outcome']} by {listed(policies['ids'])}; revision {policies['revision'][:12]}"
    )
    stage.tell(
        f"tools          {tools['agent']} on behalf of {tools['on_behalf_of']}, application {tools['application']}"
    )
    stage.tell(
        f"data           {len(data['documents'])} passages of {len(versions)} documents, {redacted} values redacted"
    )
    stage.tell(f"authorization  {len(given['tokens'])} tokens of both parties, epoch {given['epoch']}")
    stage.expect(
        all(body[name] for name in FIELDS),
        "Five questions, five answers: inputs, policies, tools, data, authorization.",
    )
    stage.expect(QUESTION not in str(body), "It holds ids and commitments; the question itself is not in it.")
    return {"receipt_id": stage.receipt_id, "sequence": body["sequence"], "redacted": redacted}


def log(stage: Stage) -> dict[str, Any]:
    """The log is exported and verified; then somebody changes one entry of a copy."""
    services = stage.services
    key = VerifierKey.parse((services.settings.keys / LOG_KEY).read_text().strip())
    lines = list(export(services.log, key))
    honest = verify_log(lines, key)
    stage.tell(f"{honest.entries} entries exported, {honest.pinned} vouched for by a signed checkpoint.")
    stage.expect(honest.intact, "The log is what was recorded, as anybody with the public key can check offline.")
    sequence = services.log.find(stage.receipt_id)
    place = -1 if sequence is None else sequence.sequence
    forged = verify_log(_forged(lines, stage.receipt_id), key)
    for one in forged.discrepancies:
        stage.tell(f"In a copy: {one.kind}: entries {one.first}-{one.last}: {one.detail}")
    stage.expect(
        {(one.first, one.last) for one in forged.discrepancies} == {(place, place)},
        f"A copy in which the assistant's answer is given to somebody else is caught, and entry {place} is named.",
    )
    return {"entries": honest.entries, "intact": honest.intact, "tampered_entry": place}


def _remove(stage: Stage) -> None:
    with stage.services.catalogue.write() as session:
        session.access.set_members(PROJECT, set(session.access.members(PROJECT)) - {MIRA})
        epoch = session.access.position().epoch
    body = {"group": str(PROJECT), "added": [], "removed": [str(MIRA)], "epoch": epoch}
    stage.services.record(EventName.GROUP_CHANGED, stage.operator, body)


def _vectors_written(stage: Stage) -> int:
    used = stage.services.meter.total()
    return sum(one.items for one in used if one.port == "index" and one.operation in WRITES)


def _forged(lines: list[bytes], receipt_id: str) -> list[bytes]:
    released = f"{EventName.ANSWER_RELEASED}".encode()

    def forge(line: bytes) -> bytes:
        ours = released in line and receipt_id.encode() in line
        return line.replace(str(MIRA).encode(), b"local|user|felix") if ours else line

    return [forge(line) for line in lines]
