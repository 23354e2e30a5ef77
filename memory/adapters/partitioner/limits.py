"""What one document may cost, and what is said when it cannot be read. Known to both sides of the sandbox."""

from dataclasses import asdict, dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits on one worker process and on one document in it.

    `memory_bytes` bounds the address space of the worker, libraries included (some 400 MB), and `document_bytes` what a
    document adds to it. `expanded_bytes` bounds
    what a zipped document unpacks to, and `ratio` how many times its own size an archive may. `members` and
    `member_bytes` bound what is found inside one document. A worker is replaced after `documents_per_worker` documents.
    """

    timeout_s: float = 60.0
    start_timeout_s: float = 120.0
    memory_bytes: int = 2 * 2**30
    document_bytes: int = 300 * 2**20
    input_bytes: int = 64 * 2**20
    expanded_bytes: int = 256 * 2**20
    ratio: int = 200
    members: int = 1000
    member_bytes: int = 64 * 2**20
    characters: int = 20_000_000
    documents_per_worker: int = 2_000

    def to_json(self) -> dict[str, float]:
        """Return the fields by name."""
        return asdict(self)


class Refusal(StrEnum):
    """Why a document cannot be read, as a sentence for people. Only the name crosses the border of the sandbox."""

    UNSUPPORTED = "{subject} is not a format this deployment reads; leave it out, or save it in another one."
    BINARY = "The content is binary, not text; check the file and its type."
    ENCRYPTED = "The document is protected by a password or encrypted; provide a copy that is not."
    CORRUPT = "The file is damaged or in a variant that cannot be read; save it again and check its format."
    EMPTY = "The document contains no text; nothing of it can be found, so leave it out or put text in."
    NO_TEXT_LAYER = (
        "The PDF has no text layer, only images; install the extra ocr, or run text recognition on it first."
    )
    INPUT_TOO_LARGE = "The file is larger than this deployment reads; split it or raise MEMORY_MAX_FILE_BYTES."
    EXPANDS_TOO_FAR = "The file unpacks to more than this deployment reads; provide a smaller one."
    OUTPUT_TOO_LARGE = "The document contains more text than this deployment reads; split it."
    TIMEOUT = "Reading the document took longer than allowed; split it or raise MEMORY_PARSE_SECONDS."
    OUT_OF_MEMORY = "Reading the document took more memory than allowed; split it or raise MEMORY_PARSE_MEMORY_BYTES."
    STOPPED = "The parser stopped unexpectedly on this document; provide a copy in another format."


class Refused(Exception):  # noqa: N818 - a refusal is an answer, not a fault
    """A parser's word that a document cannot be read."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.name)
        self.refusal = refusal
