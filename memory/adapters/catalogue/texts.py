"""Canonical texts and their findings, kept in pages so that a passage costs its own length and not the document's.

A page is a fixed number of code points, stored as UTF-8 bytes. So a span of code points names its pages by division,
every database slices exactly alike, and no character (NUL among them) has to survive a text column.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Table,
    and_,
    bindparam,
    delete,
    null,
    or_,
    select,
    type_coerce,
    update,
)

from memory.adapters.catalogue import tables
from memory.adapters.catalogue.prepared import Prepared, padded
from memory.adapters.catalogue.tables import text_pages, texts
from memory.adapters.catalogue.transaction import Reader, Writer, batches
from memory.domain.documents import Span
from memory.domain.errors import Conflict, NotFound
from memory.domain.governance import Finding, Value

# About the length of a chunk: a passage reads one or two pages, and a page fits one 4 KiB leaf of the database.
PAGE = 2_048

# Places in one statement; SQLite nests no expression deeper than 1,000.
_PLACES = 256

# A text keeps even what is no character (lone surrogates in broken sources), as its hash does.
UTF_8 = ("utf-8", "surrogatepass")

_Text = tuple[str, str]
_Place = tuple[str, str, int, int]

_LAST = 2**31 - 1
_FOUND = tables.findings.c


def pages_of(span: Span) -> range:
    """Return the numbers of the pages that a span touches; an empty span touches the page of its position."""
    first = span.start // PAGE
    return range(first, max(first + 1, -(-span.end // PAGE)))


class TextReader(Reader):
    """Reads of texts and findings."""

    def text(self, document_id: str, text_hash: str) -> str:
        """Return a canonical text. Raises `NotFound`."""
        this = (text_pages.c.document_id == document_id) & (text_pages.c.text_hash == text_hash)
        pages = self._connection.scalars(select(text_pages.c.body).where(this).order_by(text_pages.c.page)).all()
        if not pages:
            raise NotFound
        return b"".join(pages).decode(*UTF_8)

    def slices(self, wanted: Sequence[tuple[str, str, Span]]) -> list[str]:
        """Return parts of canonical texts, given as (document id, text hash, span), in order. Raises `NotFound`."""
        pages: dict[_Text, dict[int, str]] = defaultdict(dict)
        for document, hash_, page, body in self._read(text_pages, {_place(*one) for one in wanted}):
            pages[document, hash_][page] = body.decode(*UTF_8)
        self._require({(document, hash_) for document, hash_, _ in wanted} - pages.keys())
        return [_cut(pages[document, hash_], span) for document, hash_, span in wanted]

    def findings(self, wanted: Sequence[tuple[str, str, Span | None]]) -> list[tuple[Finding, ...]]:
        """Return for each (document id, text hash, span) the findings that overlap the span; None means all of it."""
        found: dict[_Text, dict[int, Finding]] = defaultdict(dict)
        for document, hash_, _, ordinal, *finding in self._read(tables.findings, {_place(*one) for one in wanted}):
            found[document, hash_][ordinal] = _finding(*finding)
        return [
            tuple(f for _, f in sorted(found[document, hash_].items()) if span is None or f.span.overlaps(span))
            for document, hash_, span in wanted
        ]

    def passages(self, wanted: Sequence[tuple[str, str, Span, Span]]) -> list[tuple[str, tuple[Value, ...]]]:
        """Return for each (document id, text hash, span, wider span) a part of the text and the values around it.

        Both in one query: the slice at the first span, and where the findings stand that overlap the second, which
        contains the first. Raises `NotFound`.
        """
        pages: dict[_Text, dict[int, str]] = defaultdict(dict)
        found: dict[_Text, dict[int, Value]] = defaultdict(dict)
        for batch in batches(sorted({_wide_place(*one) for one in wanted}), _PLACES):
            asked = padded(batch)
            values = (pair for n, place in enumerate(asked) for pair in zip(_wide_names(n), place, strict=True))
            rows = _read_at(len(asked)).rows(self._connection, dict(values))
            for document, hash_, page, body, ordinal, entity_type, start, end in rows:
                if body is not None:
                    pages[document, hash_][page] = body.decode(*UTF_8)
                else:
                    found[document, hash_][ordinal] = Value(entity_type, Span(start, end))
        self._require({(document, hash_) for document, hash_, *_ in wanted} - pages.keys())
        return [
            (
                _cut(pages[document, hash_], span),
                tuple(f for _, f in sorted(found[document, hash_].items()) if f.span.overlaps(around)),
            )
            for document, hash_, span, around in wanted
        ]

    def analysed_with(self, document_id: str, text_hash: str) -> str | None:
        """Return the version of the classifier that analysed this text, None if none did."""
        statement = select(texts.c.classifier).where(texts.c.document_id == document_id)
        return self._connection.scalar(statement.where(texts.c.text_hash == text_hash))

    def _read(self, table: Table, places: set[_Place]) -> Iterator[list[Any]]:
        """Yield the rows of one of the paged tables that stand at these places, each once."""
        for batch in batches(sorted(places), _PLACES):
            asked = padded(batch)
            values = (pair for n, place in enumerate(asked) for pair in zip(_names(n), place, strict=True))
            yield from _standing_at(table, len(asked)).rows(self._connection, dict(values))

    def _require(self, wanted: set[_Text]) -> None:
        """Raise `NotFound` unless these texts are there: past its end a text is empty, a missing one is an error."""
        for document, hash_ in wanted:
            this = (texts.c.document_id == document) & (texts.c.text_hash == hash_)
            if self._connection.scalar(select(texts.c.text_hash).where(this)) is None:
                raise NotFound


class TextWriter(TextReader, Writer):
    """Additions of texts and findings."""

    def add_text(self, document_id: str, text_hash: str, text: str) -> None:
        """Keep a canonical text; the same again changes nothing."""
        this = {"document_id": document_id, "text_hash": text_hash}
        self._add_missing(texts, [this])
        cuts = range(0, max(len(text), 1), PAGE)  # an empty text has one empty page
        self._add_missing(
            text_pages, [{**this, "page": at // PAGE, "body": text[at : at + PAGE].encode(*UTF_8)} for at in cuts]
        )

    def add_findings(self, document_id: str, text_hash: str, findings: Sequence[Finding], classifier: str) -> None:
        """Keep the findings of one text as what `classifier` (a version) found, replacing earlier ones."""
        this = (texts.c.document_id == document_id) & (texts.c.text_hash == text_hash)
        analysed = update(texts).where(this).values(classifier=classifier)
        if self._connection.execute(analysed.where(texts.c.classifier.is_(None))).rowcount == 0:
            if self._connection.execute(analysed).rowcount == 0:
                raise Conflict("Findings belong to a text that is not recorded; add the text first.")
            old = (_FOUND.document_id == document_id) & (_FOUND.text_hash == text_hash)
            self._connection.execute(delete(tables.findings).where(old))
        rows = ({"document_id": document_id, "text_hash": text_hash, **row} for row in _rows(findings))
        self._add(tables.findings, list(rows))


@lru_cache
def _standing_at(table: Table, count: int) -> Prepared:
    """Return the query of `count` places."""

    def place(number: int) -> ColumnElement[bool]:
        bound: list[BindParameter[Any]] = [bindparam(name) for name in _names(number)]
        document, text, first, last = bound
        page = table.c.page.between(first, last)
        return and_(table.c.document_id == document, table.c.text_hash == text, page)

    return Prepared(select(table).where(or_(*map(place, range(count)))))


@lru_cache
def _read_at(count: int) -> Prepared:
    """Return the query of `count` places for pages of text, and findings from an earlier page on."""

    def place(table: Table, number: int, first: str) -> ColumnElement[bool]:
        page = table.c.page.between(bindparam(first), bindparam(f"last_{number}"))
        this = table.c.document_id == bindparam(f"document_{number}"), table.c.text_hash == bindparam(f"text_{number}")
        return and_(*this, page)

    def standing(table: Table, first: str) -> ColumnElement[bool]:
        return or_(*(place(table, number, f"{first}_{number}") for number in range(count)))

    beside = _FOUND.ordinal, _FOUND.entity_type, _FOUND.span_start, _FOUND.span_end
    nothing = (type_coerce(null(), column.type).label(column.name) for column in beside)
    bodies = select(*text_pages.c, *nothing).where(standing(text_pages, "first"))
    body = type_coerce(null(), text_pages.c.body.type).label("body")
    known = select(*list(_FOUND)[:3], body, *beside).where(standing(tables.findings, "from"))
    return Prepared(bodies.union_all(known))


def _wide_names(number: int) -> tuple[str, str, str, str, str]:
    return f"document_{number}", f"text_{number}", f"first_{number}", f"last_{number}", f"from_{number}"


def _wide_place(document_id: str, text_hash: str, span: Span, around: Span) -> tuple[str, str, int, int, int]:
    _, _, first, last = _place(document_id, text_hash, span)
    return document_id, text_hash, first, last, min(pages_of(around)[0], first)


def _names(number: int) -> tuple[str, str, str, str]:
    return f"document_{number}", f"text_{number}", f"first_{number}", f"last_{number}"


def _place(document_id: str, text_hash: str, span: Span | None) -> _Place:
    pages = range(_LAST) if span is None else pages_of(span)
    return document_id, text_hash, min(pages[0], _LAST), min(pages[-1], _LAST)


def _cut(pages: Mapping[int, str], span: Span) -> str:
    touched = pages_of(span)
    text = "".join(pages[page] for page in sorted(pages) if page in touched)
    offset = touched[0] * PAGE
    return text[span.start - offset : span.end - offset]


def _rows(findings: Sequence[Finding]) -> Iterable[dict[str, Any]]:
    for ordinal, finding in enumerate(findings):
        for page in pages_of(finding.span):
            yield {
                "page": page,
                "ordinal": ordinal,
                "entity_type": finding.entity_type,
                "span_start": finding.span.start,
                "span_end": finding.span.end,
                "band": finding.band,
                "recognizer": finding.recognizer,
                "recognizer_version": finding.recognizer_version,
                "explanation": finding.explanation,
                "validated": finding.validated,
                "table_number": finding.table,
                "column_name": finding.column,
            }


def _finding(entity_type: str, start: int, end: int, *rest: Any) -> Finding:
    return Finding(entity_type, Span(start, end), *rest)
