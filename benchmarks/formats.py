"""What is read of real files in every format, and what is said of those that are not?

Two sets of real and awkward files: quarantined must be exactly those that are encrypted, damaged, empty, or of a format
that is not read. For one set, people wrote down what stands in each file: the share of their words that the canonical
text holds, in whatever order, is the second figure; a file that is refused counts nothing.
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from benchmarks.places import test_data
from benchmarks.report import Report, Row, Table, at_least
from memory.adapters.partitioner import Limits, SandboxedPartitioner
from memory.adapters.partitioner.ocr import trained_data
from memory.domain.documents import PartitionedText
from memory.domain.errors import Unreadable

SHARE = 0.92
PICTURES = {"picture.pptx", "test-image-jpg-mime.pptx"}
EXPECTED = {
    "encrypted": {
        "2206.01062_pg3.pdf",
        "password.pdf",
        "password_protected.xlsx",
        "fake-encrypted.eml",
        "fake-encrypted.msg",
    },
    "damaged": set(),
    "scanned": {"loremipsum-flat.pdf", "single_table.pdf", "table-multi-row-column-cells.pdf"},
    "empty": {"empty.txt", "empty.eml", "empty.xlsx", "fake-text-all-whitespace.txt", *PICTURES},
    "unsupported": {
        "duplicate-paragraphs.doc",
        "fake-doc-emphasized-text.doc",
        "fake.doc",
        "simple.doc",
        "fake-power-point.ppt",
        "tests-example.xls",
        "README.org",
        "README-w-include.org",
        "eng_spa_mult.org",
        "example_image_01.png",
    },
}
"""Files that nobody could read, by what is wrong with them."""

NO_TRUTH = ("groundtruth", "LICENSE", "LICENSE.md")
_WORD = re.compile(r"[^\W_]+")
_MARKUP = re.compile(r"<!--.*?-->|\]\([^)\s]*\)|</?[A-Za-z][^<>]*>|&(?:amp|lt|gt);", re.DOTALL)


def run() -> Report:
    """Read every file of both sets once."""
    with SandboxedPartitioner(Limits(timeout_s=120), workers=2) as partitioner:
        read = {path: _read(partitioner, path) for path in _files(test_data() / "documents")}
    refused = {path: answer for path, answer in read.items() if isinstance(answer, str)}
    counts = dict(sorted(_counts(read)))
    shares = {name: found / words for name, (found, words) in counts.items()}
    mean = sum(shares.values()) / len(shares)
    whole = sum(found for found, _ in counts.values()) / sum(words for _, words in counts.values())
    return Report(
        (
            _as_expected(read),
            at_least("words of the ground truth that are found, mean of files", mean, SHARE),
            at_least("the same, all words together", whole, SHARE),
        ),
        (
            Table("quarantined", ("file", "reason"), tuple((path.name, reason) for path, reason in refused.items())),
            Table("least found", ("file", "share"), _least(shares)),
        ),
    )


def _files(root: Path) -> Iterator[Path]:
    for path in sorted(root.rglob("*")):
        if path.is_file() and not any(part in NO_TRUTH for part in path.parts):
            yield path


def _read(partitioner: SandboxedPartitioner, path: Path) -> PartitionedText | str:
    try:
        return partitioner.partition(path.read_bytes(), "application/octet-stream", path.name)
    except Unreadable as error:
        return str(error)


def _as_expected(read: dict[Path, PartitionedText | str]) -> Row:
    """Compare what was refused with what nobody could read, name by name, either way."""
    wanted = set().union(*EXPECTED.values()) - (set() if trained_data() is None else EXPECTED["scanned"])
    odd = sorted({path.name for path, answer in read.items() if isinstance(answer, str)} ^ wanted)
    return Row(f"files quarantined, of {len(read)}", "exact", ", ".join(odd) or "exact", not odd)


def _counts(read: dict[Path, PartitionedText | str]) -> Iterator[tuple[str, tuple[int, int]]]:
    for path, answer in read.items():
        truth = path.parent.parent / "groundtruth" / f"{path.name}.md"
        if not truth.is_file():
            truth = truth.with_name(f"{path.stem}.md")
        if truth.is_file() and (words := _words(_MARKUP.sub(" ", truth.read_text(encoding="utf-8")))):
            found = _words(answer.text) if isinstance(answer, PartitionedText) else Counter()
            yield f"{path.parent.parent.name}/{path.name}", ((words & found).total(), words.total())


def _words(text: str) -> Counter[str]:
    return Counter(word.casefold() for word in _WORD.findall(text))


def _least(shares: dict[str, float]) -> tuple[tuple[str, str], ...]:
    return tuple((name, f"{share:.3f}") for name, share in sorted(shares.items(), key=lambda pair: pair[1])[:30])
