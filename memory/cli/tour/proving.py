"""The last steps: a receipt is opened, the log is verified, and a copy that somebody changed is caught."""

from pathlib import Path
from shlex import quote
from typing import Any

from memory.audit.checkpoints import VerifierKey
from memory.audit.events import EventName
from memory.audit.export import export
from memory.cli.tour.stage import QUESTION, Stage
from memory.cli.tour.voice import listed
from memory.domain.identity import Caller, PrincipalToken, Role
from memory.retrieval.receipts import open_receipt
from memory.wiring import LOG_KEY, verify_log

FIELDS = ("inputs", "policies", "tools", "data", "authorization")
MIRA, FELIX = (str(PrincipalToken.parse(f"user:{name}")) for name in ("mira", "felix"))
COPIES = "tour"
"""Folder of the home in which the exports are kept."""


def receipt(stage: Stage) -> dict[str, Any]:
    """Open the receipt of the assistant's answer, as an auditor."""
    services = stage.services
    stage.voice.command(f"memory receipt show {stage.receipt_id}")
    auditor = Caller(stage.operator, None, "cli", frozenset({Role.AUDITOR}), None, "demo")
    body = open_receipt(stage.receipt_id, auditor, services.log, services.clock.now())
    stage.voice.tell(f"Entry {body['sequence']} of the log:")
    stage.tell_rows(_told(body))
    stage.expect(
        all(body[name] for name in FIELDS),
        "Five questions, five answers: inputs, policies, tools, data, authorization.",
    )
    stage.expect(QUESTION not in str(body), "It holds ids and commitments; the question itself is not in it.")
    return {"receipt_id": stage.receipt_id, "sequence": body["sequence"], "fields": list(FIELDS)}


def log(stage: Stage) -> dict[str, Any]:
    """Export and verify the log; then change one entry of a copy, and verify that."""
    services = stage.services
    key = VerifierKey.parse((services.settings.keys / LOG_KEY).read_text().strip())
    lines = list(export(services.log, key))
    honest_file = _kept(lines, stage.home / COPIES / "log.jsonl")
    stage.voice.command(f"memory audit verify {quote(str(honest_file))}", _key(stage))
    honest = verify_log(lines, key)
    stage.voice.tell(f"{honest.entries} entries, {honest.pinned} vouched for by a signed checkpoint.")
    stage.expect(honest.intact, "The log is what was recorded, as anybody with the public key can check offline.")
    copy = _forged(lines, stage.receipt_id)
    copy_file = _kept(copy, stage.home / COPIES / "tampered.jsonl")
    found = services.log.find(stage.receipt_id)
    place = -1 if found is None else found.sequence
    stage.voice.tell(f"In a copy, somebody makes entry {place} say that Felix asked, not Mira.")
    stage.voice.command(f"memory audit verify {quote(str(copy_file))}", _key(stage))
    forged = verify_log(copy, key)
    for one in forged.discrepancies:
        stage.voice.tell(f"{one.kind}: entries {one.first}-{one.last}: {one.detail}")
    stage.expect(
        lines != copy and {(one.first, one.last) for one in forged.discrepancies} == {(place, place)},
        f"The copy is caught, and entry {place} is named.",
    )
    return {"entries": honest.entries, "intact": honest.intact, "tampered_entry": place}


def _told(body: dict[str, Any]) -> dict[str, str]:
    """Return a line for each of the five fields."""
    inputs, policies, tools, data, given = (body[name] for name in FIELDS)
    documents = {used["document"] for used in data["documents"]}
    redacted = sum(len(used["redactions"]) for used in data["documents"])
    return {
        "inputs": f"purpose {inputs['purpose']}, the question as commitment {inputs['query_commitment'][:12]}…, "
        f"{inputs['model']}",
        "policies": f"{policies['outcome']} by {listed(policies['ids'])}; revision {policies['revision'][:12]}",
        "tools": f"{tools['agent']} on behalf of {tools['on_behalf_of']}, application {tools['application']}",
        "data": f"{len(data['documents'])} passages of {len(documents)} documents, {redacted} values redacted",
        "authorization": f"{len(given['tokens'])} tokens of both parties, epoch {given['epoch']}",
    }


def _kept(lines: list[bytes], file: Path) -> Path:
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(b"".join(lines))
    return file


def _key(stage: Stage) -> str:
    return f"--key {quote(str(stage.services.settings.keys / LOG_KEY))}"


def _forged(lines: list[bytes], receipt_id: str) -> list[bytes]:
    released = f"{EventName.ANSWER_RELEASED}".encode()

    def forge(line: bytes) -> bytes:
        ours = released in line and receipt_id.encode() in line
        return line.replace(MIRA.encode(), FELIX.encode()) if ours else line

    return [forge(line) for line in lines]
