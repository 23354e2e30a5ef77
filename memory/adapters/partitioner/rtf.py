"""Rich Text Format: the canonical text is its text, paragraph by paragraph."""

from importlib.metadata import version
from itertools import groupby

from striprtf.striprtf import rtf_to_text

from memory.adapters.partitioner.limits import Limits
from memory.adapters.partitioner.pieces import Piece, joined
from memory.adapters.partitioner.richtext import seen
from memory.adapters.partitioner.tables import Tables
from memory.adapters.partitioner.text import paragraphs
from memory.domain.documents import HIDDEN_NOTE, PartitionedText


def partition(content: bytes, limits: Limits) -> PartitionedText:
    """Read an RTF file."""
    source, hidden = seen(content.decode("latin-1"))
    text = rtf_to_text(source, encoding="cp1252", errors="replace")
    found: list[Piece] = []
    tables = Tables()
    for is_row, lines in groupby(text.splitlines(), key=lambda line: line.endswith("|")):
        if is_row:
            found += tables.rows([line[:-1].split("|") for line in lines])
        else:
            found += paragraphs("\n\n".join(lines))
    notes = [HIDDEN_NOTE] if hidden else []
    return joined(found, parser="striprtf", parser_version=version("striprtf"), notes=notes)
