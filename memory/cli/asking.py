"""Asking as somebody: retrieve, and the receipt that comes with it."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from memory.api.schemas.retrieve import RetrieveRequest, answer_body
from memory.cli.beside import ask_server
from memory.cli.options import (
    AsJson,
    Home,
    Operator,
    console,
    operator_of,
    print_json,
    printable,
    progress,
    settings_of,
)
from memory.domain.errors import IndexOwnedElsewhere, InvalidRequest, NotFound
from memory.domain.identity import Caller, PrincipalToken, Role
from memory.retrieval.pipeline import retrieve as walk
from memory.retrieval.receipts import open_receipt
from memory.settings import Settings
from memory.wiring import build, catalogue_of, open_log

APPLICATION = "cli"
NO_RECEIPT = "There is no such receipt in this home; every answer ends with its own, and --home names another home."


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("retrieve")(retrieve)
    receipts = typer.Typer(help="Open receipts of answers.", no_args_is_help=True)
    receipts.command("show")(show_receipt)
    app.add_typer(receipts, name="receipt")


def retrieve(
    query: Annotated[str, typer.Argument(help="What to look for.")],
    who: Annotated[str, typer.Option("--as", help="Whose rights apply: user:NAME, service:NAME or issuer|kind|id.")],
    purpose: Annotated[str, typer.Option(help="A registered purpose, such as support.")],
    through: Annotated[str | None, typer.Option(help="An agent that asks for them; both must be permitted.")] = None,
    top_k: Annotated[int, typer.Option(help="How many passages at most.")] = 8,
    as_of: Annotated[
        str | None, typer.Option(help="Content in force at this time, ISO 8601; rights are today's.")
    ] = None,
    home: Home = None,
    operator: Operator = None,
    as_json: AsJson = False,
) -> None:
    """Ask as somebody, as the API would answer them; the receipt names the operator."""
    settings = settings_of(home)
    caller = _caller(who, through, str(operator_of(operator, settings)))
    body: dict[str, Any] = {"query": query, "purpose": purpose, "top_k": top_k}
    if as_of is not None:
        body["as_of"] = _time(as_of)
    request = _request(body)
    try:
        with build(settings) as services:
            answer = answer_body(walk(request.question(), caller, services.reading))
    except IndexOwnedElsewhere:
        answer = ask_server(settings, caller, request)
    _note_strangers(caller, settings)
    if as_json:
        print_json(answer)
    else:
        _print(answer)


def show_receipt(
    receipt_id: Annotated[str, typer.Argument(help="The receipt_id of an answer.")],
    home: Home = None,
    operator: Operator = None,
    as_json: AsJson = True,
) -> None:
    """Show a receipt as an auditor sees it, as JSON; that it was read is recorded too."""
    del as_json  # one form, for people and machines; the option is here because every command has it
    settings = settings_of(home)
    who = operator_of(operator, settings)
    if not receipt_id.isascii():
        raise NotFound(NO_RECEIPT)  # ids are; a database does not take everything that a terminal sends
    auditor = Caller(who, None, APPLICATION, frozenset({Role.AUDITOR}), None, "operator")
    with open_log(settings) as log:
        try:
            print_json(open_receipt(receipt_id, auditor, log, datetime.now(UTC)))
        except NotFound:
            raise NotFound(NO_RECEIPT) from None


def _caller(who: str, through: str | None, operator: str) -> Caller:
    actor = None if through is None else PrincipalToken.parse(through)
    return Caller(PrincipalToken.parse(who), actor, APPLICATION, frozenset(), None, f"operator:{operator}")


def _note_strangers(caller: Caller, settings: Settings) -> None:
    """Say on stderr which party nobody added: an operator may know, and a misspelt name looks like an empty memory."""
    with catalogue_of(settings) as catalogue, catalogue.read() as session:
        unknown = [str(party) for party in caller.parties if session.access.principal(party) is None]
    for party in unknown:
        progress.print(f"{party} is not in the directory and sees nothing; add them with: memory principal add")


def _request(body: dict[str, Any]) -> RetrieveRequest:
    """Return the request that the API would take. Raises `InvalidRequest`, which never quotes what was asked."""
    try:
        return RetrieveRequest.model_validate(body)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        wrong = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in found)
        raise InvalidRequest(f"This cannot be asked: {wrong}. See: memory retrieve --help") from None


def _time(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidRequest("A time is written like 2026-01-31T12:00:00Z.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _print(answer: dict[str, Any]) -> None:
    """Print an answer for people. Document text is data: no markup, no terminal control characters."""
    for number, passage in enumerate(answer["passages"], 1):
        cited = passage["citation"]
        where = " › ".join([cited["title"], *cited["section"]])
        console.print(
            f"[{number}] {printable(where)} (version {cited['version']}, {', '.join(passage['labels'])})", markup=False
        )
        console.print(f"    {printable(cited['uri'])}", markup=False)
        for line in passage["text"].splitlines():
            console.print(f"    {printable(line)}", markup=False)
        console.print()
    if not answer["passages"]:
        console.print("Nothing that you may see answers this.")
    for duty in answer["obligations"]:
        console.print(f"Obligation {duty['id']}: {duty['text']}", markup=False)
    console.print(f"Receipt {answer['receipt_id']}", markup=False)
