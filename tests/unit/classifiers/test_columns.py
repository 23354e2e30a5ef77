"""Tables in texts, and their columns."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.presidio import PresidioClassifier, default_detectors
from classifiers.recognizers.detector import detector
from classifiers.tables import tables
from memory.domain.governance import Finding, ScoreBand
from tests.unit.classifiers.test_presidio import BrokenRecognizer

CLASSIFIER = PresidioClassifier()
NUMBERS = ["536-90-4399", "219-09-9998", "457-55-5462", "078-05-1121", "n/a 12"]
STAFF = "name,ssn,team\n" + "".join(f"Person {place},{number},A\n" for place, number in enumerate(NUMBERS))
MARKDOWN = """# Staff

| Name  | Bank account number | Note |
|-------|:-------------------:|------|
| Nora  | 000123456789        | paid |
| Ada   | 000987654321        |      |
| Grace | old 77              | none |

Anything after it, such as 000123456789, stands alone.
"""


def cells(text: str) -> list[list[list[str]]]:
    """Return tables as columns: the heading first."""
    return [
        [[column.name, *(cell.slice(text) for cell in column.cells)] for column in table.columns]
        for table in tables(text)
    ]


def found(text: str) -> list[Finding]:
    return list(CLASSIFIER.analyse(text).findings)


def in_column(text: str, column: str) -> list[tuple[str, str]]:
    return [(one.entity_type, one.span.slice(text)) for one in found(text) if one.column == column]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_delimited_text_is_one_table(delimiter: str) -> None:
    text = 'id,"a name"\n1,"x\ny, z"\n2, b \n3,\n'.replace(",", delimiter)
    inner = f"x\ny{delimiter} z"
    assert cells(text) == [[["id", "1", "2", "3"], ["a name", inner, "b", ""]]]


def test_pipe_tables_are_found_wherever_they_stand() -> None:
    text = f"{MARKDOWN}\na | b\n--|--\n1 | 2 \\| 3\n"
    staff, small = cells(text)
    assert [column[0] for column in staff] == ["Name", "Bank account number", "Note"]
    assert staff[2] == ["Note", "paid", "", "none"]
    assert small == [["a", "1"], ["b", "2 \\| 3"]]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "one,two\n",
        "Dear Nora, hello\nthis is, as you know, prose\nof three lines\n",
        "a,b\n1,2\n3\n",
        "1,2\n3,4\n5,6\n",
        "a | b without a rule\nc | d\n",
        "---\ntitle: x\n---\n",
    ],
)
def test_other_texts_have_no_table(text: str) -> None:
    assert tables(text) == []


def test_a_header_names_the_values_below_it() -> None:
    """Fails when a sample is looked at without its heading: bare account numbers are left alone, as beside the table.

    Tried: `before = ""`.
    """
    assert in_column(MARKDOWN, "Bank account number") == [
        ("US_BANK_NUMBER", "000123456789"),
        ("US_BANK_NUMBER", "000987654321"),
        ("US_BANK_NUMBER", "old 77"),
    ]
    assert len(found(MARKDOWN)) == 3


def test_every_cell_of_a_column_is_a_finding_also_one_that_no_recognizer_knows() -> None:
    """Fails when only recognised cells are reported."""
    assert in_column(STAFF, "ssn") == [("US_SSN", number) for number in NUMBERS]
    last = found(STAFF)[-1]
    assert (last.recognizer, last.band, last.validated) == ("ColumnRecognizer", ScoreBand.LIKELY, False)


def test_findings_name_table_and_column_and_others_none() -> None:
    text = f"Write to ada@example.org.\n\n{MARKDOWN}"
    assert [(one.table, one.column) for one in found(text)] == [(None, None), *[(1, "Bank account number")] * 3]


def test_a_heading_that_is_a_value_is_not_repeated() -> None:
    """Fails when the name of a column is taken from the text whatever it holds."""
    text = "ada@example.org,ssn\nx,536-90-4399\ny,219-09-9998\nz,457-55-5462\n"
    assert {one.column for one in found(text)} == {None, "ssn"}
    text = "nora@example.org,ssn\nada@example.org,536-90-4399\neve@example.org,219-09-9998\n"
    assert {one.column for one in found(text)} == {None, "column 1", "ssn"}


@pytest.mark.parametrize(
    "text",
    [
        "part,amount,ordered\nA-17,123456789,2024-05-01\nB-18,987654321,2024-05-02\nC-19,456789123,2024-05-03\n",
        "ssn,note\n,x\n,y\n12,z\n",
        "ssn,note\nnone,x\nunknown,y\n536-90-439,z\nlost,w\n",
    ],
)
def test_columns_of_other_things_are_left_alone(text: str) -> None:
    assert found(text) == []


def test_a_recognizer_that_fails_on_a_sample_alone_makes_the_analysis_incomplete() -> None:
    """Fails when the look at a sample swallows errors or keeps them to itself."""

    class FailsOnSamples(BrokenRecognizer):
        def analyze(self, text: str, entities: list[str], nlp_artifacts: object = None) -> list[object]:
            if "\n" not in text:
                raise ValueError(text)
            return []

    classifier = PresidioClassifier([*default_detectors(), detector(FailsOnSamples(["API_KEY"]), [])])
    analysis = classifier.analyse(STAFF)
    assert (analysis.complete, analysis.reason) == (False, "FailsOnSamples failed (ValueError)")


@given(st.text('ab1,;|-"\\ \n\t', max_size=120))
def test_cells_lie_in_the_text_without_overlaps(text: str) -> None:
    spans = [
        span
        for table in tables(text)
        for column in table.columns
        for span in (column.heading, *column.cells)
        if span.start < span.end
    ]
    assert all(span.end <= len(text) for span in spans)
    assert all(one.end <= following.start for one, following in pairwise(sorted(spans)))
