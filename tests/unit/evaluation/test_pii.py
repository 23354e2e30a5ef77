"""Measuring recognizers: values worked by hand."""

import json
from pathlib import Path

import pytest

from memory.domain.documents import Span
from memory.domain.errors import InvalidRequest, Unreadable
from memory.evaluation.annotated import Example, Marked, open_examples
from memory.evaluation.pii import Score, evaluate_pii, match, shared
from memory.testing.classifier_fake import PatternClassifier

MAIL = "nora@example.org"
IBAN = "DE89 3704 0044 0532 0130 00"


def marked(text: str, value: str, entity_type: str) -> Marked:
    start = text.index(value)
    return Marked(entity_type, Span(start, start + len(value)))


def example(text: str, **values: str) -> Example:
    return Example(text, tuple(marked(text, value, entity_type) for entity_type, value in values.items()))


def test_measures_of_one_miss_and_one_false_alarm() -> None:
    """3 of 4 found were marked, 3 of 6 marked were found: F2 = 5 · ¾ · ½ / (4 · ¾ + ½) = 15/28."""
    score = Score(found_and_marked=3, found=4, marked=6)
    assert (score.precision, score.recall) == (0.75, 0.5)
    assert score.f2 == pytest.approx(15 / 28)
    assert Score().to_json() == {"precision": 0.0, "recall": 0.0, "f2": 0.0}


def test_found_missed_and_false_alarms_are_counted_per_type_and_overall() -> None:
    """E-mail: one of two found. IBAN: one found that nobody marked. Overall: 1 of 2 found, 1 of 3 marked."""
    examples = [
        example(f"Write to {MAIL} now.", EMAIL_ADDRESS=MAIL),
        example("Write to nora at example dot org.", EMAIL_ADDRESS="nora at example dot org"),
        example(f"Pay {IBAN} to Nora.", PERSON="Nora"),
    ]
    quality = evaluate_pii(examples, PatternClassifier())
    assert quality.entities == {"EMAIL_ADDRESS": Score(1, 1, 2), "IBAN_CODE": Score(0, 1, 0), "PERSON": Score(0, 0, 1)}
    assert quality.overall == Score(1, 2, 3)
    assert quality.to_json()["overall"] == {"precision": 0.5, "recall": 1 / 3, "f2": pytest.approx(5 / 14)}


def test_types_that_nothing_looks_for_are_reported_and_not_counted_overall() -> None:
    quality = evaluate_pii([example(f"{MAIL} of Acme", EMAIL_ADDRESS=MAIL, ORGANIZATION="Acme")], PatternClassifier())
    assert quality.entities["ORGANIZATION"] == Score(0, 0, 1)
    assert quality.overall == Score(1, 1, 1)


def test_a_value_of_another_type_is_missed_and_a_false_alarm() -> None:
    quality = evaluate_pii([example(f"Write to {MAIL} now.", PERSON=MAIL)], PatternClassifier())
    assert quality.entities == {"EMAIL_ADDRESS": Score(0, 1, 0), "PERSON": Score(0, 0, 1)}
    assert [(one.marked, one.found) for one in quality.confusions] == [("PERSON", "EMAIL_ADDRESS")]


def test_what_is_shared_is_counted_in_letters_and_digits() -> None:
    text = "(0123456789)."
    assert shared(text, Span(0, 13), Span(1, 11)) == 1.0
    assert shared(text, Span(1, 11), Span(2, 11)) == 0.9
    assert shared(text, Span(1, 11), Span(3, 11)) == 0.8
    assert shared(text, Span(0, 1), Span(11, 12)) == 0.0


def test_nine_tenths_of_a_value_are_enough_and_eight_are_not() -> None:
    def agrees(missing: int) -> bool:
        (first, *_) = match("0123456789 x", [Marked("A", Span(0, 10))], [Marked("A", Span(missing, 10))])
        return first.agrees

    assert agrees(1)
    assert not agrees(2)


def test_neighbours_of_one_type_are_one_span_and_each_found_span_is_taken_once() -> None:
    text = "12, Long Road and 12"
    parts = [Marked("LOCATION", Span(0, 2)), Marked("LOCATION", Span(4, 13))]
    whole = [Marked("LOCATION", Span(0, 13))]
    assert [pair.agrees for pair in match(text, parts, whole)] == [True]
    assert [pair.agrees for pair in match(text, whole, parts)] == [True]
    twice = [Marked("A", Span(0, 2)), Marked("B", Span(0, 2))]
    assert [pair.types for pair in match(text, twice, [Marked("A", Span(0, 2))])] == [("A", "A"), ("B", "nothing")]


def test_machines_get_the_measures_and_the_confusions_beside_them() -> None:
    """Fails when a confusion is left out of the JSON, or carries a value."""
    told = evaluate_pii([example(f"Write to {MAIL} now.", PERSON=MAIL)], PatternClassifier()).to_json()
    assert list(told) == ["entities", "overall", "confusions"]
    (confusion,) = told["confusions"]  # type: ignore[misc]
    assert (confusion["marked"], confusion["found"]) == ("PERSON", "EMAIL_ADDRESS")
    assert MAIL not in str(told)


def test_confusions_hold_no_value() -> None:
    """Fails when a context masks only the value it is about, or only what was found."""
    text = f"Nora Lind ({MAIL}) pays {IBAN} today"
    quality = evaluate_pii([example(text, PERSON="Nora Lind", EMAIL_ADDRESS=MAIL)], PatternClassifier())
    assert [one.context for one in quality.confusions] == [
        "[PERSON] ([EMAIL_ADDRESS]) pays [IBAN_CODE]",
        "[PERSON] ([EMAIL_ADDRESS]) pays [IBAN_CODE] today",
    ]


def test_a_scan_that_is_incomplete_measures_nothing() -> None:
    """Fails when findings of a scan that stopped half-way are scored as if nothing else were there."""
    with pytest.raises(Unreadable, match="out of time"):
        evaluate_pii([example("x")], PatternClassifier(incomplete="out of time"))


def test_a_file_is_read_and_one_of_another_layout_refused(tmp_path: Path) -> None:
    span = {"entity_type": "PERSON", "entity_value": "Nora", "start_position": 3, "end_position": 7}
    file = tmp_path / "texts.json"
    file.write_text(json.dumps([{"full_text": "Hi Nora", "spans": [span]}]), encoding="utf-8")
    assert open_examples(file) == [Example("Hi Nora", (Marked("PERSON", Span(3, 7)),))]
    for body in ({"a": 1}, [{"full_text": "Hi Nora"}], [{"full_text": "Hi Cleo", "spans": [span]}], "x"):
        file.write_text(json.dumps(body), encoding="utf-8")
        with pytest.raises(InvalidRequest, match="layout of presidio-research"):
            open_examples(file)
    with pytest.raises(InvalidRequest):
        open_examples(tmp_path / "absent.json")
