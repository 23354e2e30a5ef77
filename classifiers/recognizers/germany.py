"""Numbers of Germany: of people, of companies, of doctors, of places."""

from collections import Counter

from presidio_analyzer import predefined_recognizers as presidio

from classifiers.recognizers import phrases
from classifiers.recognizers.detector import NEEDS_CONTEXT, Detector, detector
from classifiers.recognizers.numbers import WEAK_ALONE, capitals, with_forms


class TaxIdRecognizer(presidio.DeTaxIdRecognizer):  # type: ignore[misc] # Presidio is untyped
    """Tax identification numbers by the rule of the Bundeszentralamt für Steuern.

    Of the first ten digits exactly one stands twice or three times. Presidio asks only that none stands more often.
    """

    def validate_result(self, pattern_text: str) -> bool | None:
        """Return False where the digits cannot be, else what the checksum says."""
        repeated = [count for count in Counter(pattern_text[:10]).values() if count > 1]
        return super().validate_result(pattern_text) if repeated in ([2], [3]) else False


def germany() -> list[Detector]:
    """Return the recognizers for values of Germany."""
    return [*_taxes_and_insurance(), *_documents(), *_companies_and_doctors(), *_places()]


def _taxes_and_insurance() -> list[Detector]:
    return [
        detector(
            TaxIdRecognizer(),
            ["steuer-id", "steuerid", "steuer-idnr", "steueridentifikationsnummer", "idnr", "tax id", "tin"],
            alone=WEAK_ALONE,
            digits=11,
        ),
        detector(
            presidio.DeTaxNumberRecognizer(),
            ["steuernummer", "steuer-nr", "st-nr", "finanzamt", "tax number"],
            alone=NEEDS_CONTEXT,
            digits=9,
        ),
        detector(
            presidio.DeSocialSecurityRecognizer(),
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
        detector(capitals(presidio.DePassportRecognizer()), phrases.PASSPORT, alone=WEAK_ALONE, digits=1, run=9),
        detector(
            capitals(presidio.DeIdCardRecognizer()),
            ["personalausweis", "personalausweisnummer", "ausweisnummer", "identity card", "id card"],
            alone=WEAK_ALONE,
            digits=1,
            run=9,
        ),
        detector(
            capitals(presidio.DeFuehrerscheinRecognizer()),
            ["führerschein", "führerscheinnummer", "fahrerlaubnis", "driving licence", "driver's license"],
            alone=NEEDS_CONTEXT,
            digits=8,
        ),
    ]


def _companies_and_doctors() -> list[Detector]:
    return [
        detector(
            presidio.DeVatIdRecognizer(),
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
