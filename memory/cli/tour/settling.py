"""The first steps: people and groups move in, and the sources are read."""

import time
from collections import Counter
from typing import Any

from memory.cli.bringing import bring_in
from memory.cli.company import Place
from memory.cli.tour import by_hand
from memory.cli.tour.holdings import Holdings, holdings
from memory.cli.tour.stage import WORKSPACE, Stage
from memory.cli.tour.voice import listed
from memory.domain.governance import Sensitivity
from memory.domain.identity import Principal, PrincipalKind, PrincipalToken
from memory.ingest.rooms import Outcome

CHAIN = ("support-emea", "support", "operations", "employees")
COUNTRIES = {"DE", "GB", "US"}
DOCUMENTS, FORMATS, LANGUAGES, HISTORIES = 40, 6, 2, 2
"""The least that the example company promises."""


def people_and_groups(stage: Stage) -> dict[str, Any]:
    """Put everybody into the directory."""
    company, voice = stage.company, stage.voice
    voice.command(*by_hand.enter(stage.home, stage.services.settings.models))
    voice.command(f"memory init --region {company.region}")
    voice.command(*by_hand.add(stage.principal("ben")))
    group = PrincipalToken.parse(f"group:{CHAIN[0]}")
    voice.command(*by_hand.join(group, company.groups[group]))
    company.settle(stage.services.catalogue)
    kinds = Counter(_kind(one) for one in company.principals)
    homes = Counter(one.country or "an unknown country" for one in company.principals if _kind(one) == "people")
    voice.tell(
        f"{company.name}: {listed(f'{count} {kind}' for kind, count in kinds.items())}; {len(company.groups)} groups. "
        f"People in {listed(f'{country} {count}' for country, count in homes.items())}."
    )
    with stage.services.catalogue.read() as session:
        tokens = stage.services.reading.access.state(session).party(PrincipalToken.parse("user:ben")).tokens
    nested = {PrincipalToken.parse(f"group:{name}") for name in CHAIN}
    stage.expect(nested <= tokens, f"Ben is an employee through groups in groups: {' in '.join(CHAIN)}.")
    stage.expect(set(homes) == COUNTRIES, "People work in three countries: Germany, Britain and the United States.")
    return {"principals": len(company.principals), "groups": len(company.groups), "countries": sorted(homes)}


def sources(stage: Stage) -> dict[str, Any]:
    """Read every source, and show what became of its documents."""
    company, voice = stage.company, stage.voice
    first = company.places[0]
    voice.command(*by_hand.ingest(first, first.source(stage.home / WORKSPACE).location))
    voice.tell("The other sources likewise; rules of folders come with --rules FILE.")
    started = time.perf_counter()
    outcomes = [outcome for place in company.places for outcome in _read(place, stage)]
    took_s = time.perf_counter() - started
    held = holdings(stage.services.catalogue)
    _summarise(held, took_s, stage)
    stage.expect(
        held.quarantined.keys() == {"brandt/annex-b-signed.pdf", "site-plan.dwg"}
        and not any(outcome.change == "failed" for outcome in outcomes),
        "What cannot be read is quarantined with a reason, and the rest goes on.",
    )
    histories = sum(place.connector == "git" for place in company.places)
    stage.expect(
        held.documents >= DOCUMENTS
        and len(held.formats) >= FORMATS
        and len(held.languages.keys() - {None}) >= LANGUAGES
        and histories >= HISTORIES,
        f"At least {DOCUMENTS} documents in at least {FORMATS} formats, two languages and two git histories.",
    )
    stage.expect(
        held.countries.keys() == COUNTRIES,
        "Numbers that states give to people were found: the law of three countries protects people in these documents.",
    )
    return {"changes": dict(Counter(one.change for one in outcomes)), "histories": histories, **held.to_json()}


def _read(place: Place, stage: Stage) -> list[Outcome]:
    source = place.source(stage.home / WORKSPACE)
    outcomes = bring_in(source, stage.services, stage.operator, quiet=True)
    counts = Counter(outcome.change for outcome in outcomes)
    readers = listed(name.removeprefix("group:") for name in place.settings["allow"])
    told = listed(f"{count} {change}" for change, count in sorted(counts.items()))
    kind = "git" if place.connector == "git" else "folder"
    stage.voice.tell(f"{place.name:<11}{kind:<7} {told}; for {readers}", hang=19)
    return outcomes


def _summarise(held: Holdings, took_s: float, stage: Stage) -> None:
    stage.voice.tell(f"{held.documents} documents in {held.versions} versions, read in {took_s:.1f} s.")
    stage.tell_rows(
        {
            "formats": _counted(held.formats),
            "languages": _counted({name or "unclear": count for name, count in held.languages.items()}),
            "people of": _counted(held.countries),
            "labels": _counted({level: held.labels[level] for level in Sensitivity if held.labels[level]}),
            "values": _counted(dict(sorted(held.values.items()))),
        }
    )
    for name, reason in held.quarantined.items():
        stage.voice.tell(f"quarantined: {name}: {reason}", hang=13)


def _counted(counts: dict[Any, int]) -> str:
    return listed(f"{name} {count}" for name, count in counts.items())


def _kind(principal: Principal) -> str:
    if not principal.active:
        return "who has left"
    if principal.agent:
        return "agent"
    if principal.guest:
        return "guest"
    return "service" if principal.token.kind is PrincipalKind.SERVICE else "people"
