"""`memory ingest --dry-run`: say before what would become of each file."""

from collections import Counter
from dataclasses import asdict

from memory.cli.options import console, print_json, print_table, printable, progress
from memory.domain.governance import Source
from memory.ingest.foreseeing import Foreseen, foresee
from memory.settings import Settings
from memory.wiring import build_beside


def foretell(source: Source, settings: Settings, *, as_json: bool) -> None:
    """Read every file of a source as `ingest` would, print what would become of each, and keep nothing."""
    found: list[Foreseen] = []
    with build_beside(settings) as services, progress.status(f"Reading {source.name}") as status:
        for one in foresee(services.connector(source).full(), source, services.writing):
            found.append(one)
            status.update(f"{source.name}: {len(found)} files, latest {printable(one.external_id)}")
    counts = dict(sorted(Counter(one.fate for one in found).items()))
    if as_json:
        print_json({"source": source.name, "counts": counts, "items": [asdict(one) for one in found]})
        return
    rows = [(printable(one.external_id), one.format, one.size, one.fate, one.reason) for one in found]
    print_table(("file", "format", "bytes", "would be", "reason"), rows, empty="There is nothing to read.")
    console.print(f"{', '.join(f'{count} {fate}' for fate, count in counts.items()) or 'nothing'}; nothing written.")
