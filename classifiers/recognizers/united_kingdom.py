"""Numbers and codes of the United Kingdom."""

from presidio_analyzer import predefined_recognizers as presidio

from classifiers.recognizers import phrases
from classifiers.recognizers.checksums import weighted
from classifiers.recognizers.detector import NEEDS_CONTEXT, Detector, detector
from classifiers.recognizers.numbers import WEAK_ALONE, capitals, named, with_forms


class VehicleRegistrationRecognizer(presidio.UkVehicleRegistrationRecognizer):  # type: ignore[misc] # Presidio is untyped
    """Number plates. A possible age mark refuses others; it is no checksum and confirms nothing."""

    def validate_result(self, pattern_text: str) -> bool | None:
        """Return False for an age mark that was never issued, else None."""
        return False if super().validate_result(pattern_text) is False else None


_PAIRS = r"[0-9]{2} ?[0-9]{2} ?[0-9]{2}"
# Royal Mail, Programmers' Guide: an outward code (area and district), a space, an inward code without C I K M O V.
_POSTCODE = r"\b(?:GIR 0AA|[A-PR-UWYZ](?:\d[\dA-HJKPSTUW]?|[A-HK-Y]\d[\dABEHMNPRVWXY]?) ?\d[ABD-HJLNP-UW-Z]{2})\b"

# DVLA, driver number: five of the surname, birth (a woman's month is 50 more), two initials, three that tell people
# apart; on the card in groups. In small letters the groups are words about a number, unless something names them.
_SURNAME, _INITIALS = "[A-Z][A-Z9]{4}", r"[A-Z9]{2}[A-Z\d]{3}"
_BIRTH = r"\d(?:0[1-9]|1[0-2]|5[1-9]|6[0-2])(?:0[1-9]|[12]\d|3[01])\d"
_DRIVER = (
    ("driver number in one", rf"\b{_SURNAME}{_BIRTH}{_INITIALS}\b", 0.5),
    ("driver number in groups", rf"\b{_SURNAME} ?{_BIRTH} ?{_INITIALS}\b", 0.5),
)
_DRIVER_NAMED = ("driver number", rf"\b{_SURNAME} ?{_BIRTH} ?{_INITIALS}\b", 0.35)
_DRIVER_WORDS = [*phrases.LICENCE, "dvla"]


def taxpayer(value: str) -> bool:
    """HM Revenue and Customs, UTR: the first digit is told by the weighted sum of the others, modulo 11."""
    return "21987654321"[weighted(value[1:], [6, 7, 8, 9, 10, 5, 4, 3, 2]) % 11] == value[0]


def united_kingdom() -> list[Detector]:
    """Return the recognizers for values of the United Kingdom."""
    return [
        detector(presidio.NhsRecognizer(), ["nhs", "national health service"], alone=WEAK_ALONE, digits=10),
        detector(presidio.UkNinoRecognizer(), ["national insurance", "ni number", "nino"], digits=6, shape=_PAIRS),
        detector(
            with_forms(presidio.UkPassportRecognizer, ("passport number", r"\b[A-Z]{2}\d{7}\b", 0.35)),
            phrases.PASSPORT,
            alone=NEEDS_CONTEXT,
            digits=7,
        ),
        detector(
            with_forms(presidio.UkPassportRecognizer, ("passport number, digits", r"\b\d{9}\b", 0.35)),
            ["british passport", "uk passport", "hmpo", "hm passport office"],
            alone=NEEDS_CONTEXT,
            digits=9,
        ),
        detector(
            with_forms(presidio.UkDrivingLicenceRecognizer, _DRIVER[0]),
            _DRIVER_WORDS,
            digits=6,
            run=16,
        ),
        detector(
            capitals(with_forms(presidio.UkDrivingLicenceRecognizer, _DRIVER[1])),
            _DRIVER_WORDS,
            digits=6,
            run=5,
        ),
        detector(
            with_forms(presidio.UkDrivingLicenceRecognizer, _DRIVER_NAMED),
            _DRIVER_WORDS,
            alone=NEEDS_CONTEXT,
            digits=6,
        ),
        named(
            "UK_UTR",
            {"in groups or in one": r"(?<![\w-])\d{5} ?\d{5}(?![\w-])"},
            taxpayer,
            ["utr", "unique taxpayer reference", "taxpayer reference", "self assessment"],
            digits=10,
        ),
        named(
            "UK_POSTCODE",
            {"outward and inward code": _POSTCODE},
            None,
            [*phrases.POSTCODE, "street", "road", "lane", "avenue", "london", "united kingdom", "england", "scotland",
             "wales"],
            digits=1,
        ),
        detector(
            capitals(VehicleRegistrationRecognizer()),
            [*phrases.PLATE, "reg number", "vrn", "v5c", "dvla"],
            alone=NEEDS_CONTEXT,
            digits=1,
        ),
    ]  # fmt: skip
