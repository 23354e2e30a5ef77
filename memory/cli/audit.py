"""The audit log: export it, and verify it here or, from an export and the public key, anywhere."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from memory.audit.checkpoints import VerifierKey
from memory.audit.events import EventName
from memory.audit.export import export as exported
from memory.audit.verification import Report
from memory.cli.options import AsJson, Home, Operator, console, named_operator, print_json, settings_of
from memory.domain.errors import InvalidRequest
from memory.wiring import LOG_KEY, open_log, record_in, verify_log


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Verify and export the audit log.", no_args_is_help=True)
    group.command("verify")(verify_home_or_export)
    group.command("export")(export_log)
    app.add_typer(group, name="audit")


def verify_home_or_export(
    export: Annotated[
        Path | None, typer.Argument(help="An export; without one the log of the home is verified.")
    ] = None,
    key: Annotated[Path | None, typer.Option(help="The log's public key file; default: the one in the home.")] = None,
    kept: Annotated[
        list[Path] | None,
        typer.Option(help="A checkpoint that was kept elsewhere; it catches a tail cut off. Repeatable."),
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Say whether the log is what was recorded, and name every entry that is not; ends with 1 if any is not."""
    settings = settings_of(home)
    verifier = _key(key or settings.keys / LOG_KEY)
    notes = [_text(path) for path in kept or ()]
    if export is None:
        with open_log(settings) as log:
            report = verify_log(exported(log, verifier), verifier, notes)
    else:
        report = verify_log(_lines(export), verifier, notes)
    _print(report, as_json=as_json)
    if not report.intact:
        raise typer.Exit(1)


def export_log(
    target: Annotated[Path, typer.Argument(help="The file to write; keep it, and the public key, elsewhere.")],
    home: Home = None,
    operator: Operator = None,
    as_json: AsJson = False,
) -> None:
    """Write the log with its signed checkpoints into one file, for verification on another machine.

    That it was exported is the last entry of the export.
    """
    settings = settings_of(home)
    public = settings.keys / LOG_KEY
    key = _key(public)  # before the file is opened: an export that was there stays if there is none
    with open_log(settings) as log:
        record_in(log, EventName.LOG_EXPORTED, named_operator(operator), {"size": log.size()})
        size = _write(target, exported(log, key))
    if as_json:
        print_json({"export": str(target), "bytes": size, "key": str(public)})
        return
    console.print(
        f"Exported to {target}. Verify it anywhere: memory audit verify {target} --key {LOG_KEY}", markup=False
    )


def _write(target: Path, lines: Iterable[bytes]) -> int:
    """Write an export and return its size. Raises `InvalidRequest` when it cannot be written."""
    try:
        with target.open("wb") as file:
            return sum(map(file.write, lines))
    except OSError as error:
        raise InvalidRequest(
            f"{target} cannot be written ({error.strerror}); name a file in a folder that is there, with room."
        ) from error


def _key(path: Path) -> VerifierKey:
    try:
        return VerifierKey.parse(path.read_text().strip())
    except (OSError, ValueError) as error:
        raise InvalidRequest(f"{path} is no public key of a log; name it with --key.") from error


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidRequest(f"{path} is no checkpoint; name a file that holds one, as it was signed.") from error


def _lines(path: Path) -> Iterable[bytes]:
    try:
        return path.read_bytes().splitlines(keepends=True)
    except OSError as error:
        raise InvalidRequest(f"{path} cannot be read; name an export that `memory audit export` wrote.") from error


def _print(report: Report, *, as_json: bool) -> None:
    if as_json:
        wrong = [
            {"kind": one.kind, "first": one.first, "last": one.last, "detail": one.detail}
            for one in report.discrepancies
        ]
        print_json(
            {
                "intact": report.intact,
                "entries": report.entries,
                "pinned": report.pinned,
                "checkpoints": report.checkpoints,
                "discrepancies": wrong,
            }
        )
        return
    verdict = "intact" if report.intact else "NOT what was recorded"
    console.print(
        f"The log is {verdict}: {report.entries} entries, {report.pinned} vouched for by a signed checkpoint."
    )
    for one in report.discrepancies:
        place = f"entries {one.first}-{one.last}" if one.first >= 0 else "the file"
        console.print(f"  {one.kind}: {place}: {one.detail}", markup=False)
