"""Numbers of Germany: of people, of companies, of doctors, of places."""

import re
from collections import Counter

from presidio_analyzer import predefined_recognizers as presidio

from classifiers.recognizers import phrases
from classifiers.recognizers.checksums import cross_sums, mod_11_10, travel_document
from classifiers.recognizers.detector import ANY_CASE, NEEDS_CONTEXT, Detector, detector
from classifiers.recognizers.numbers import WEAK_ALONE, NumberRecognizer, capitals, named, with_forms

# Passverordnung, Anlage 11: no vowels, no letter that looks like a digit or another letter.
_SERIAL = "CFGHJKLMNPRTVWXYZ"
_ELECTRONIC = re.compile(r"(?:[59]\d|1[01]|2[1-8]|3[0-2]|4[01])\d{2}0\d{8}")


def tax_id(value: str) -> bool:
    """Steueridentifikationsnummerverordnung, and the Bundeszentralamt für Steuern on its digits.

    Of the first ten exactly one stands twice or three times; the last is ISO 7064 MOD 11, 10.
    """
    repeated = [count for count in Counter(value[:10]).values() if count > 1]
    return repeated in ([2], [3]) and mod_11_10(value)


def electronic_tax_number(value: str) -> bool | None:
    """ELSTER, thirteen digits: the code of a state, and 0 in the fifth place.

    Beside the word for it that confirms more than Luhn does, by which one in ten reads like a card number.
    """
    return True if _ELECTRONIC.fullmatch(value) else None


def vat_id(value: str) -> bool:
    """Bundesgesetzblatt 1993 I, page 736, Anlage 3: DE, eight digits, and ISO 7064 MOD 11, 10 over them."""
    return mod_11_10(value.removeprefix("DE"))


def pension(value: str) -> bool:
    """Versicherungsnummern-Verordnung (VKVV), § 4: cross sums of products; the letter counts as its two-digit rank."""
    digits = f"{value[:8]}{ord(value[8]) - ord('A') + 1:02}{value[9:11]}"
    return cross_sums(digits, [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1]) % 10 == int(value[11])


def document(value: str) -> bool | None:
    """Personalausweisgesetz, § 2: a serial of nine carries no check digit. Machines read ICAO's digit as the tenth."""
    number = value.removesuffix("D")
    return travel_document(number) if len(number) == 10 else None


def driving_licence(value: str) -> bool | None:
    """Fahrerlaubnis-Verordnung, Anlage 8, whose specimen passes: weights 9 to 1 modulo 11 name the tenth, X for 10.

    No act says so, so that it confirms and never refuses.
    """
    total = sum(int(character, 36) * weight for character, weight in zip(value[:9], range(9, 0, -1), strict=True))
    return "0123456789X"[total % 11] == value[9] or None


def germany() -> list[Detector]:
    """Return the recognizers for values of Germany."""
    return [*_taxes(), *_insurance(), *_documents(), *_companies_and_doctors(), *_places()]


def _taxes() -> list[Detector]:
    number = r"(?<![\w-])[1-9]\d ?\d{3} ?\d{3} ?\d{3}(?![\w-])"
    return [
        detector(
            NumberRecognizer("DE_TAX_ID", {"in groups or in one": number}, tax_id),
            ["steuer-id", "steuerid", "steuer-idnr", "steueridentifikationsnummer", "idnr", "tax id", "tin"],
            alone=WEAK_ALONE,
            digits=11,
        ),
        named(
            "DE_TAX_NUMBER",
            _TAX_NUMBERS,
            electronic_tax_number,
            ["steuernummer", "steuer-nr", "st-nr", "finanzamt", "tax number"],
            digits=9,
        ),
    ]


# Sixteen states group it in their own ways and check it by rules that changed with their offices: the form decides.
_TAX_NUMBERS = {
    "in groups": r"(?<![\w/-])\d{2,3}[ /]\d{3,4}[ /]\d{4,5}(?![\w/-])",
    "office apart": r"(?<![\w/-])\d{5}/\d{5}(?![\w/-])",
    "in one": r"(?<![\w-])(?:\d{10,11}|\d{13})(?![\w-])",
}


def _insurance() -> list[Detector]:
    born = r"(?:0[1-9]|[12]\d|3[01]|5[1-9]|[67]\d|8[01])(?:0[1-9]|1[0-2])\d{2}"
    return [
        detector(
            NumberRecognizer(
                "DE_SOCIAL_SECURITY",
                {"area, birth, letter, serial": rf"\b\d{{2}} ?{born} ?[A-Z] ?\d{{3}}\b"},
                pension,
                flags=ANY_CASE,
            ),
            ["sozialversicherungsnummer", "rentenversicherungsnummer", "sv-nummer", "rvnr", "social insurance"],
            digits=11,
        ),
        detector(
            capitals(presidio.DeHealthInsuranceRecognizer()),
            ["krankenversicherungsnummer", "versichertennummer", "kvnr", "krankenkasse", "health insurance number"],
            alone=WEAK_ALONE,
            digits=9,
        ),
    ]


def _documents() -> list[Detector]:
    return [
        _document("DE_PASSPORT", "CFGHJK", [*phrases.PASSPORT, "pass-nr", "passport no"]),
        _document("DE_ID_CARD", "LMNPRTVWXYZ", _ID_CARD),
        named(
            "DE_ID_CARD",
            {"provisional": r"\b[A-Z]\d{7}\b", "before 2010": r"\b\d{10}D(?:\b|(?=<))"},
            document,
            _ID_CARD,
            digits=7,
        ),
        detector(
            NumberRecognizer(
                "DE_FUEHRERSCHEIN", {"licence number": r"\b[A-P]\d{2}[A-Z\d]{6}[\dX][A-Z\d]\b"}, driving_licence
            ),
            ["führerschein", "führerscheinnummer", "fahrerlaubnis", "driving licence", "driver's license"],
            alone=NEEDS_CONTEXT,
            run=11,
        ),
    ]


_ID_CARD = ["personalausweis", "personalausweisnummer", "ausweisnummer", "identity card", "id card"]


def _document(entity_type: str, first: str, words: list[str]) -> Detector:
    """Return what reads nine characters beside words for them, and ten, the last a check digit, also without."""
    forms = {
        "serial": rf"\b[{_SERIAL}][{_SERIAL}\d]{{8}}\b",
        "serial and check digit": rf"\b[{first}][{_SERIAL}\d]{{8}}\d(?:\b|(?=D<))",
    }
    # A little less than the passports of other states are worth, where the form is theirs as well.
    return detector(NumberRecognizer(entity_type, forms, document, score=0.3), words, alone=WEAK_ALONE, run=9)


def _companies_and_doctors() -> list[Detector]:
    return [
        detector(
            NumberRecognizer(
                "DE_VAT_ID", {"VAT number": r"\bDE[ .-]?\d{3}[ .-]?\d{3}[ .-]?\d{3}\b"}, vat_id, flags=ANY_CASE
            ),
            ["umsatzsteuer-identifikationsnummer", "umsatzsteueridentifikationsnummer", "ust-idnr", "ust-id",
             "ustidnr", "umsatzsteuer-id", "vat", "vat id", "vat number"],
            alone=WEAK_ALONE,
            digits=9,
        ),
        detector(
            capitals(presidio.DeHandelsregisterRecognizer()),
            ["handelsregister", "handelsregisternummer", "amtsgericht", "registergericht", "commercial register"],
            digits=1,
        ),
        detector(
            presidio.DeLanrRecognizer(),
            ["lanr", "arztnummer", "lebenslange arztnummer", "arzt-nr", "vertragsarztnummer"],
            alone=NEEDS_CONTEXT,
            digits=9,
        ),
        detector(
            with_forms(presidio.DeBsnrRecognizer, ("BSNR", r"\b\d{9}\b", 0.35)),
            ["bsnr", "betriebsstättennummer", "betriebsstätten-nr", "nebenbetriebsstätte", "hauptbetriebsstätte"],
            alone=NEEDS_CONTEXT,
            digits=9,
        ),
    ]  # fmt: skip


def _places() -> list[Detector]:
    plate = r"(?<![\w-])[A-ZÄÖÜ]{1,3}[ -][A-Z]{1,2}[ -]?[1-9]\d{0,3}[EH]?(?!\w)"
    return [
        detector(
            capitals(with_forms(presidio.DeKfzRecognizer, ("district, letters, digits", plate, 0.35))),
            ["kennzeichen", "kfz-kennzeichen", "nummernschild", "fahrzeugkennzeichen", "kraftfahrzeugkennzeichen"],
            alone=NEEDS_CONTEXT,
            digits=1,
        ),
        detector(
            with_forms(presidio.DePlzRecognizer, ("five digits", r"\b(?!01000|99999)(?:0[1-9]|[1-9]\d)\d{3}\b", 0.35)),
            ["plz", "postleitzahl"],
            alone=NEEDS_CONTEXT,
            digits=5,
        ),
    ]
