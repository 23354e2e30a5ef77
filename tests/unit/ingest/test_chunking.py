from collections.abc import Callable

import pytest

from memory.domain.documents import Chunk, Element, ElementKind, PartitionedText, Span
from memory.domain.governance import Finding, ScoreBand
from memory.ingest.chunking import chunk
from memory.testing.partitioner_fake import PlainPartitioner

WINDOW = 40


def read(source: str) -> PartitionedText:
    return PlainPartitioner().partition(source.encode(), "text/markdown", "a.md")


def words(text: str) -> Callable[[Span], int]:
    return lambda span: len(span.slice(text).split())


def cut(source: str, *findings: Finding, window: int = WINDOW) -> list[Chunk]:
    return chunk(read(source), findings, measure=words(source), window=window)


def shown(source: str, *findings: Finding, window: int = WINDOW) -> list[str]:
    return [piece.span.slice(source) for piece in cut(source, *findings, window=window)]


def finding(source: str, value: str, entity_type: str = "PERSON") -> Finding:
    start = source.index(value)
    return Finding(entity_type, Span(start, start + len(value)), ScoreBand.CERTAIN, "test", "1", "", validated=True)


def sentence(count: int, start: int = 0) -> str:
    return " ".join(f"w{number}" for number in range(start, start + count))


def test_a_short_document_is_one_chunk() -> None:
    assert shown("  One paragraph.\n\nAnother.\n") == ["One paragraph.\n\nAnother."]


def test_nothing_gives_nothing() -> None:
    assert chunk(PartitionedText("", (), "p", "1"), [], measure=lambda span: 0, window=WINDOW) == []


def test_a_title_begins_a_chunk_and_is_kept_with_what_follows() -> None:
    source = "# A\n\nfirst\n\n# B\n\nsecond\n"
    assert shown(source) == ["# A\n\nfirst", "# B\n\nsecond"]


def test_titles_with_nothing_between_them_stay_together() -> None:
    [piece] = cut("# Policy\n\n## Scope\n\nEveryone.\n")
    assert piece.section == ("Policy", "Scope")


def test_the_section_is_the_path_of_headings() -> None:
    source = "# A #\n\na\n\n## B\n\nb\n\n### C\n\nc\n\n## D *d* [e](http://f)\n\nd\n\n# E\n\ne\n"
    assert [piece.section for piece in cut(source)] == [
        ("A",),
        ("A", "B"),
        ("A", "B", "C"),
        ("A", "D d e"),
        ("E",),
    ]


def test_a_long_heading_is_shortened_in_the_path() -> None:
    [piece] = cut(f"# {'a' * 500}\n\ntext")
    assert len(piece.section[0]) == 200


def test_a_finding_in_a_heading_is_masked_in_the_path() -> None:
    """Fails when the path is made of clear text: a citation shows it to whoever sees the passage."""
    source = "# Warning to Jane Doe\n\nSee below."
    [piece] = cut(source, finding(source, "Jane Doe"))
    assert piece.section == ("Warning to [PERSON]",)


def test_ordinals_count_from_nought() -> None:
    assert [piece.ordinal for piece in cut("# A\n\na\n\n# B\n\nb\n\n# C\n\nc")] == [0, 1, 2]


def test_paragraphs_are_packed_up_to_the_window() -> None:
    source = "\n\n".join(sentence(10, 10 * number) for number in range(12))
    sizes = [len(text.split()) for text in shown(source)]
    assert all(size <= WINDOW for size in sizes)
    assert len(sizes) <= 6


def test_a_long_paragraph_is_cut_between_sentences() -> None:
    source = " ".join(f"{sentence(9, 10 * number)} end{number}." for number in range(12))
    assert all(text.endswith(".") for text in shown(source))


def test_a_long_sentence_is_cut_between_words() -> None:
    pieces = shown(sentence(200))
    assert " ".join(pieces) == sentence(200)
    assert all(len(piece.split()) <= WINDOW for piece in pieces)


def test_a_long_word_is_cut_between_characters() -> None:
    source = "x" * 1000
    pieces = chunk(read(source), [], measure=lambda span: span.end - span.start, window=WINDOW)
    assert [piece.span.start for piece in pieces][1:] == [piece.span.end for piece in pieces][:-1]
    assert all(piece.span.end - piece.span.start <= WINDOW for piece in pieces)


def test_a_table_is_cut_between_rows() -> None:
    rows = [f"| row {number} | a. b | c |" for number in range(30)]
    source = "\n".join(rows)
    table = PartitionedText(source, (Element(ElementKind.TABLE, Span(0, len(source))),), "p", "1")
    pieces = [piece.span.slice(source) for piece in chunk(table, [], measure=words(source), window=WINDOW)]
    assert "\n".join(pieces).split("\n") == rows


def test_a_heading_stays_with_the_first_sentence_of_a_long_paragraph() -> None:
    source = "# Heading?\n\n" + " ".join(f"{sentence(9, 10 * number)} end{number}." for number in range(12))
    assert shown(source)[0].startswith("# Heading?\n\nw0 w1")


@pytest.mark.parametrize("start", range(35, 46))
def test_a_finding_is_never_cut(start: int) -> None:
    """Fails when `_cuts` does not ask `bonds`."""
    source = " ".join([sentence(start), "Jane", "Maria", "Doe", sentence(80, 100)])
    assert any("Jane Maria Doe" in text for text in shown(source, finding(source, "Jane Maria Doe")))


def test_a_finding_over_two_paragraphs_keeps_them_together() -> None:
    source = f"{sentence(15)} 12 High\n\nStreet {sentence(15, 50)}\n\n{sentence(30, 100)}"
    assert any("12 High\n\nStreet" in text for text in shown(source, finding(source, "12 High\n\nStreet")))


def test_a_finding_longer_than_the_window_is_cut_after_all() -> None:
    source = sentence(100)
    assert all(len(text.split()) <= WINDOW for text in shown(source, finding(source, source)))


def test_a_hidden_value_moves_no_boundary() -> None:
    """Fails when units are hashed in clear: where chunks end would tell something about the value."""

    def boundaries(name: str) -> list[str]:
        source = "\n\n".join([*(f"{sentence(9, 10 * n)}." for n in range(20)), f"{name} was here."] * 2)
        found = [finding(source, name)]
        second = source.rindex(name)
        found.append(
            Finding("PERSON", Span(second, second + len(name)), ScoreBand.CERTAIN, "t", "1", "", validated=True)
        )
        return [text.replace(name, "-") for text in shown(source, *found)]

    assert len({tuple(boundaries(name)) for name in ("Jane", "Anna", "Olga", "Ines", "Mira", "Rosa", "Vera")}) == 1


def test_measuring_is_linear() -> None:
    source = "\n\n".join(sentence(10, 10 * number) for number in range(1000))
    calls = 0

    def measure(span: Span) -> int:
        nonlocal calls
        calls += 1
        return len(span.slice(source).split())

    chunk(read(source), [], measure=measure, window=WINDOW)
    assert calls < 2500
