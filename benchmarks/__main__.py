"""`python -m benchmarks [NAME…] [--json FILE]`: run all benchmarks, or those named, and say what was met."""

import argparse
import importlib
import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.report import Report, show

BENCHMARKS = {
    "quality": "How good is the ranking, and does fusing ever cost anything?",
    "languages": "Is the ranking good in every language, and does fusing ever cost anything?",
    "pii": "How much of what people would mask do the recognizers find, and how fast?",
    "national": "Is every valid national number found beside its name, and no invalid one taken for it?",
    "versions": "Is every version of two real repositories there, exact, and free when nothing changes?",
    "recall": "What do permissions cost in recall and in time?",
    "latency": "What does governance cost beside the search itself?",
    "formats": "What is read of real files in every format, and what is said of those that are not?",
    "ingestion": "What does the write walk cost beside embedding alone?",
    "stores": "What does the production catalogue cost beside the embedded one?",
    "starting": "How long until a fresh process answers?",
}
"""Module to question, in the order in which they run."""


def main() -> int:
    """Run; return 1 when a target was missed."""
    wanted, target = _arguments()
    reports: dict[str, Report] = {}
    for name in wanted:
        print(f"\n## {name}: {BENCHMARKS[name]}", flush=True)
        begin = time.perf_counter()
        reports[name] = importlib.import_module(f"benchmarks.{name}").run()
        show(reports[name])
        print(f"\n{time.perf_counter() - begin:.0f} s", flush=True)
        if target is not None:
            _write(target, reports)
    missed = sum(report.missed for report in reports.values())
    print(f"\n{missed} targets missed." if missed else "\nAll targets met.")
    return 1 if missed else 0


def _arguments() -> tuple[list[str], Path | None]:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    listed = "; ".join(f"{name}: {question}" for name, question in BENCHMARKS.items())
    parser.add_argument("name", nargs="*", help=f"Which to run, default all. {listed}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="Write the results here as well.")
    arguments = parser.parse_args()
    if unknown := set(arguments.name) - BENCHMARKS.keys():
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    return arguments.name or list(BENCHMARKS), arguments.json


def _write(target: Path, reports: dict[str, Report]) -> None:
    body = {"at": datetime.now(UTC).isoformat(), "reports": {name: one.to_json() for name, one in reports.items()}}
    target.write_text(json.dumps(body, ensure_ascii=False, indent=2), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
