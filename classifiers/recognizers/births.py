"""Dates of birth, where the words just in front say that a date is one.

Other dates say nothing about a person, and are left alone.
"""

import re
from datetime import date

from classifiers.recognizers.detector import ANY_CASE_ANYWHERE, NEEDS_CONTEXT, Detector, detector
from classifiers.recognizers.numbers import NumberRecognizer

# «Born in 1950; joined on 1 May 1975»: the second date is not one of birth, so the words must stand close.
_REACH = 32

_MONTHS = "|".join([
    "jan(?:uary|uar|vier|eiro)?", "feb(?:ruary|ruar|braio|rero)?", "mar(?:ch|zo|s|ço)?", "april", "apr", "may", "mai",
    "june?", "juni", "july?", "juli", "aug(?:ust)?", "sep(?:t(?:ember)?)?", "o[ck]t(?:ober|obre|ubre)?",
    "nov(?:ember|embre|iembre|embro)?", "de[cz](?:ember|embre|iembre|embro)?", "février", "fevereiro", "abril",
    "avril", "aprile", "märz", "mayo", "maggio", "maio", "juin", "junio", "giugno", "junho", "juillet", "julio",
    "luglio", "julho", "août", "agosto", "septiembre", "septembre", "settembre", "setembro", "ottobre", "outubro",
    "dicembre", "diciembre", "dezembro", "gennaio", "febbraio", "enero", "janeiro",
])  # fmt: skip
_YEAR = r"(?:1[89]|20)\d{2}"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_FORMS = {
    "year first": rf"(?<![\w./-]){_YEAR}([-/.])(?:0?[1-9]|1[0-2])\1{_DAY}(?![\w-])",
    "year last": rf"(?<![\w./-]){_DAY}([-/. ]){_DAY}\1(?:{_YEAR}|\d{{2}})(?![\w-])",
    "month by name": rf"\b{_DAY}(?:st|nd|rd|th|er|º|\.)?[ -](?:de |of )?(?:{_MONTHS})\.?,?[ -](?:de )?{_YEAR}\b",
    "month first": rf"\b(?:{_MONTHS})\.? {_DAY}(?:st|nd|rd|th)?,? {_YEAR}\b",
}
_WORDS = [
    "born", "born on", "date of birth", "birth date", "birthdate", "birthday", "dob", "d.o.b", "geboren", "geboren am",
    "geburtsdatum", "geb", "geburtstag", "née le", "né le", "date de naissance", "fecha de nacimiento", "nacido el",
    "nacida el", "data di nascita", "nato il", "nata il", "data urodzenia", "geboortedatum", "data de nascimento",
    "nascido em", "nascida em",
]  # fmt: skip


class BirthDateRecognizer(NumberRecognizer):
    """Dates in numbers or with a named month, in languages of the countries that have recognizers here."""

    def __init__(self) -> None:
        super().__init__("DATE_OF_BIRTH", _FORMS, score=0.5, flags=ANY_CASE_ANYWHERE)

    def invalidate_result(self, pattern_text: str) -> bool:
        """Refuse what no calendar has, such as 2024-02-31; either order of day and month will do."""
        numbers = [int(number) for number in re.findall(r"\d+", pattern_text)]
        if len(numbers) < 3:
            return False
        first, second, third = numbers
        if first > 31:
            return not _is_date(first, second, third)
        year = third if third > 99 else 2000 + third
        return not (_is_date(year, second, first) or _is_date(year, first, second))


def births() -> list[Detector]:
    """Return the recognizer for dates of birth."""
    return [detector(BirthDateRecognizer(), _WORDS, alone=NEEDS_CONTEXT, digits=3, reach=_REACH)]


def _is_date(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
