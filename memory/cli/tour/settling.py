"""The first steps: people and groups move in, and the sources are read."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from memory.cli.bringing import bring_in
from memory.cli.company import Place
from memory.cli.tour.stage import Stage, listed
from memory.domain.documents import Document
from memory.domain.governance import Finding, Sensitivity
from memory.domain.identity import Principal, PrincipalKind, PrincipalToken
from memory.domain.ports.catalogue import Reading
from memory.ingest.rooms import Outcome

WORKSPACE = "sources"
"""Folder of the home in which the company's repositories are built."""

CHAIN = ("support-emea", "support", "operations", "employees")


def people_and_groups(stage: Stage) -> dict[str, Any]:
    """Put everybody into the directory."""
    company, services = stage.company, stage.services
    company.settle(services.catalogue)
    kinds = Counter(_kind(one) for one in company.principals)
    stage.tell(f"Home {services.settings.home}, processing in {company.region}.")
    stage.tell(
        f"{company.name}: {listed(f'{count} {kind}' for kind, count in kinds.items())}; {len(company.groups)} groups."
    )
    with services.catalogue.read() as session:
        tokens = services.reading.access.state(session).party(PrincipalToken.parse("user:ben")).tokens
    nested = {PrincipalToken.parse(f"group:{name}") for name in CHAIN}
    stage.expect(nested <= tokens, f"Ben is an employee through groups in groups: {' in '.join(CHAIN)}.")
    return {"principals": len(company.principals), "groups": len(company.groups)}


def sources(stage: Stage) -> dict[str, Any]:
    """Read every source, and show what became of its documents."""
    outcomes = [outcome for place in stage.company.places for outcome in _read(place, stage)]
    refused = [outcome for outcome in outcomes if outcome.change == "quarantined"]
    for outcome in refused:
        stage.tell(f"quarantined: {outcome.external_id}: {outcome.reason}")
    with stage.services.catalogue.read() as session:
        documents = session.documents.page(after="", limit=1_000)
        found = Counter(finding.entity_type for one in documents for finding in _findings(one, session))
        labels = [session.documents.labels(one.id, one.current_version) for one in documents]
    kept = Counter(str(label.sensitivity) for label in labels if label is not None)
    stage.tell(f"Labels: {listed(f'{kept[level]} {level}' for level in Sensitivity if kept[level])}.")
    stage.tell(f"Personal values and secrets: {listed(f'{name} {count}' for name, count in sorted(found.items()))}.")
    unread = {outcome.external_id for outcome in refused}
    stage.expect(
        unread == {"brandt/annex-b-signed.pdf", "site-plan.dwg"}
        and not any(outcome.change == "failed" for outcome in outcomes),
        "What cannot be read is quarantined with a reason, and the rest goes on.",
    )
    stage.expect(
        {"DE_TAX_ID", "UK_NHS", "US_SSN"} <= found.keys(),
        "Numbers that states give to people were found: of Germany, Britain and the United States.",
    )
    return {
        "changes": dict(Counter(one.change for one in outcomes)),
        "quarantined": sorted(unread),
        "found": dict(found),
    }


def _read(place: Place, stage: Stage) -> list[Outcome]:
    home = stage.services.settings.home
    source = place.source(home / WORKSPACE)
    outcomes = bring_in(source, stage.services, stage.operator, quiet=True)
    counts = Counter(outcome.change for outcome in outcomes)
    readers = listed(name.removeprefix("group:") for name in place.settings["allow"])
    told = listed(f"{count} {change}" for change, count in sorted(counts.items()))
    stage.tell(f"{place.name:<11}{place.connector:<11} {told}; open to {readers}")
    return outcomes


def _findings(document: Document, session: Reading) -> Iterator[Finding]:
    version = session.documents.version(document.id, document.current_version)
    if version is not None and version.text_hash is not None:
        (found,) = session.documents.findings([(document.id, version.text_hash, None)])
        yield from found


def _kind(principal: Principal) -> str:
    if not principal.active:
        return "who has left"
    if principal.agent:
        return "agent"
    if principal.guest:
        return "guest"
    return "service" if principal.token.kind is PrincipalKind.SERVICE else "people"
