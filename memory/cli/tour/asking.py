"""The middle: people ask, in two languages and from three countries, and an agent asks for one of them."""

from typing import Any

from memory.audit.recording import Answer
from memory.cli.tour import by_hand
from memory.cli.tour.stage import QUESTION, Stage, best_of_each, line_of, text_of, titles_of
from memory.cli.tour.voice import listed
from memory.domain.retrieval import Passage

POLICY, CONTRACT, DATASET = "sharing-customer-data.md", "master-agreement.docx", "brandt-households.md"
TAX_ID = "86095742719"
ACCOUNT = "DE89370400440532013000"
GERMAN = "Darf ich den Kundendatensatz an einen Partner zur Analyse weitergeben?"
PAGE_IN_GERMAN = "kundendaten.md"
ASSISTANT = "service:assistant"


def two_people(stage: Stage) -> dict[str, Any]:
    """Ask the same question as two people of the same company."""
    stage.voice.tell(f"«{QUESTION}»")
    stage.voice.command(*by_hand.remember(QUESTION))
    answers = {}
    for name in ("mira", "ben"):
        _introduce(name, stage)
        answers[name] = stage.shown_ask(name)
        stage.tell_answer(answers[name])
    mira, ben = answers["mira"], answers["ben"]
    stage.expect(
        {POLICY, CONTRACT, DATASET} <= set(titles_of(mira)) and "prior written consent" in text_of(mira),
        "Mira, who works on the project, gets the policy, the clause that asks for consent, and the dataset.",
    )
    stage.expect(
        {POLICY, DATASET} <= set(titles_of(ben)) and CONTRACT not in stage.titles("ben"),
        "For Ben the contract does not exist; he gets the other two.",
    )
    return {"mira": titles_of(mira), "ben": titles_of(ben)}


def redaction(stage: Stage) -> dict[str, Any]:
    """Show one passage as three people may read it."""
    answers = {name: stage.ask(name) for name in ("ben", "mira")} | {"samir": stage.shown_ask("samir")}
    lines = {}
    for name, answer in answers.items():
        passage = _of(answer, DATASET)
        lines[name] = "" if passage is None else line_of(passage, passage.text.find("Anneliese"))
    stage.tell_rows({stage.principal(name).name: line for name, line in lines.items()})
    stage.expect(
        TAX_ID in lines["mira"] and "[DE_TAX_ID]" in lines["ben"] and TAX_ID not in lines["ben"],
        "The tax id is clear for Mira, a pii-reader, and redacted for Ben.",
    )
    stage.expect(
        all("[IBAN_CODE]" in lines[name] and ACCOUNT not in lines[name] for name in ("ben", "mira"))
        and ACCOUNT in lines["samir"],
        "The account number is redacted for both; Samir, who reads finances as well, has it in clear.",
    )
    return {"lines": {name: line.count("[") for name, line in lines.items()}}


def three_countries(stage: Stage) -> dict[str, Any]:
    """Ask from elsewhere: the law of the people in a document decides where it may be read."""
    answers = {name: stage.ask(name) for name in ("mira", "imogen")}
    answers["dana"] = stage.shown_ask("dana")
    answers |= {name: stage.ask(name) for name in ("noor", "felix")}
    told = {name: titles_of(answer) for name, answer in answers.items()}
    stage.tell_rows({_called(name, stage): listed(titles) for name, titles in told.items()})
    stage.expect(
        DATASET in told["imogen"] and {DATASET, CONTRACT} <= stage.titles("imogen"),
        "Imogen in Leeds gets the dataset: European law counts British law as adequate.",
    )
    stage.expect(
        DATASET not in stage.titles("dana") and CONTRACT in told["dana"],
        "Dana is in the same groups, but in Boston: data of people in Germany does not reach her.",
    )
    stage.expect(not told["noor"] and not told["felix"], "The guest and the one who has left get nothing at all.")
    return told


def in_german(stage: Stage) -> dict[str, Any]:
    """Ask in German what only the German handbook answers in German."""
    _introduce("anke", stage)
    answer = stage.shown_ask("anke", GERMAN)
    stage.tell_answer(answer)
    first = titles_of(answer)[:1]
    stage.expect(
        first == [PAGE_IN_GERMAN] and stage.document("handbuch", PAGE_IN_GERMAN).language == "de",
        "The page of the German handbook is the first answer.",
    )
    stage.expect(POLICY in titles_of(answer), "The English policy that it sums up is found as well.")
    return {"titles": titles_of(answer)}


def through_an_agent(stage: Stage) -> dict[str, Any]:
    """Let the assistant ask on Mira's behalf."""
    answer = stage.shown_ask("mira", through=ASSISTANT)
    stage.receipt_id = answer.receipt_id
    stage.voice.tell(f"Cited: {listed(titles_of(answer))}")
    both, hers, its = stage.titles("mira", through=ASSISTANT), stage.titles("mira"), stage.titles(ASSISTANT)
    stage.voice.tell(
        f"Mira may look at {len(hers)} documents, the assistant at {len(its)}, the assistant for Mira at {len(both)}."
    )
    stage.expect(both == hers & its and both < hers and both < its, "It sees exactly what both of them may see.")
    stage.expect(
        DATASET in titles_of(answer) and TAX_ID not in text_of(answer),
        "And no value in clear that either of them may not read.",
    )
    return {"mira": len(hers), "agent": len(its), "both": len(both), "titles": titles_of(answer)}


def _of(answer: Answer, title: str) -> Passage | None:
    """Return the best passage of a document."""
    return next((passage for passage in best_of_each(answer) if passage.citation.title == title), None)


def _called(name: str, stage: Stage) -> str:
    who = stage.principal(name)
    known = "guest" if who.guest else "has left" if not who.active else who.country
    return f"{who.name}, {known}"


def _introduce(name: str, stage: Stage) -> None:
    who = stage.principal(name)
    groups = [group.id for group, members in stage.company.groups.items() if who.token in members]
    stage.voice.tell(f"{who.name}, {who.country}, in {listed(groups)}:")
