"""The middle: people ask, an agent asks for one of them, and a document tells its history."""

from datetime import UTC, datetime
from typing import Any

from memory.cli.tour.stage import PURPOSE, QUESTION, Stage, best_of_each, caller, excerpt, listed, text_of, titles_of
from memory.retrieval.browsing import view

POLICY, CONTRACT, DATASET = "sharing-customer-data.md", "master-agreement.docx", "brandt-households.md"
TAX_ID = "86095742719"
ACCOUNT = "DE89370400440532013000"
EARLIER = datetime(2025, 6, 1, tzinfo=UTC)


def one_question(stage: Stage) -> dict[str, Any]:
    """Two people ask the same question, and three others for comparison."""
    stage.tell(f"«{QUESTION}»")
    _introduce("mira", stage)
    mira = stage.ask("mira")
    stage.tell_answer(mira)
    _introduce("ben", stage)
    ben = stage.ask("ben")
    stage.tell_answer(ben)
    stage.expect(
        {POLICY, CONTRACT, DATASET} <= set(titles_of(mira)),
        "Mira, who works on the project, gets the policy, the clause that asks for consent, and the dataset.",
    )
    stage.expect(CONTRACT not in stage.titles("ben"), "For Ben the contract does not exist; he gets the other two.")
    stage.expect(
        TAX_ID in text_of(mira) and "[DE_TAX_ID]" in text_of(ben) and TAX_ID not in text_of(ben),
        "The tax id is clear for Mira, a pii-reader, and redacted for Ben.",
    )
    stage.expect(ACCOUNT not in text_of(mira) + text_of(ben), "The account number is redacted for both.")
    others = {name: titles_of(stage.ask(name)) for name in ("dana", "noor", "felix")}
    stage.expect(
        DATASET not in stage.titles("dana") and CONTRACT in others["dana"],
        "Dana is in the same team and project, but in the US: data of people in Germany does not reach her.",
    )
    stage.expect(not others["noor"] and not others["felix"], "The guest and the one who has left get nothing at all.")
    return {"mira": titles_of(mira), "ben": titles_of(ben), **others}


def through_an_agent(stage: Stage) -> dict[str, Any]:
    """The assistant asks on Mira's behalf."""
    agent = "service:assistant"
    answer = stage.ask("mira", through=agent)
    stage.receipt_id = answer.receipt_id
    stage.tell(f"Cited: {listed(titles_of(answer))}")
    both, hers, its = stage.titles("mira", through=agent), stage.titles("mira"), stage.titles(agent)
    stage.tell(
        f"Mira may look at {len(hers)} documents, the assistant at {len(its)}, the assistant for Mira at {len(both)}."
    )
    stage.expect(both == hers & its and both < hers and both < its, "It sees exactly what both of them may see.")
    stage.expect(TAX_ID not in text_of(answer), "And no value in clear that either of them may not read.")
    return {"mira": len(hers), "agent": len(its), "both": len(both), "titles": titles_of(answer)}


def history(stage: Stage) -> dict[str, Any]:
    """The policy's versions, what changed, and the same question asked of the past."""
    with view(caller("mira"), PURPOSE, stage.services.reading) as shown:
        policy = next(one for one in shown.documents(after="", limit=100) if one.title == POLICY)
        versions = [one.version for one in shown.versions(policy.id, after=0, limit=100)]
        changed = shown.difference(policy.id, 2, 3)
    for version in versions:
        made = version.provenance
        author = (made.author or "").partition(" <")[0]
        stage.tell(
            f"version {version.number}  {version.effective_from:%Y-%m-%d}  {author:<15} {made.path}: {made.message}"
        )
    for line in changed.lines():
        if line:
            stage.tell(line, indent=5)
    paths = [version.provenance.path for version in versions]
    stage.expect(paths == ["data-transfer.md"] * 3 + [POLICY], "One document through two edits and a new name.")
    now, then = stage.ask("mira"), stage.ask("mira", as_of=EARLIER)
    earlier = best_of_each(then)[0]
    stage.tell(
        f"The same question as of {EARLIER:%d %B %Y}: version {earlier.citation.version}, {earlier.freshness.state}"
    )
    stage.tell(excerpt(earlier), indent=5)
    stage.expect(
        earlier.citation.version == 1 and "team lead may share" in earlier.text and "Nobody may share" in text_of(now),
        "Then a team lead could decide; today three things must be on file first.",
    )
    return {"versions": len(versions), "added": len(changed.added), "removed": len(changed.removed)}


def _introduce(name: str, stage: Stage) -> None:
    who = stage.principal(name)
    groups = [group.id for group, members in stage.company.groups.items() if who.token in members]
    stage.tell(f"{who.name}, {who.country}, in {listed(groups)}:")
