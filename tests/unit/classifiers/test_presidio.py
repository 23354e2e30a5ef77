"""The classifier: what it finds, what it leaves alone, and what it says when it could not look."""

import logging
import socket

import pytest
from presidio_analyzer import LocalRecognizer, Pattern, PatternRecognizer, RecognizerResult

from classifiers.presidio import PresidioClassifier, default_detectors
from classifiers.recognizers.detector import Detector, detector
from classifiers.windows import CORE
from memory.domain.governance import Finding, ScoreBand
from memory.testing.canaries import canary

CLASSIFIER = PresidioClassifier()


def found(text: str) -> list[tuple[str, str]]:
    return [(finding.entity_type, finding.span.slice(text)) for finding in CLASSIFIER.analyse(text).findings]


def only(text: str) -> Finding:
    (finding,) = CLASSIFIER.analyse(text).findings
    return finding


class BrokenRecognizer(LocalRecognizer):
    """Raises with the text in its message, as careless code does."""

    def load(self) -> None: ...

    def analyze(self, text: str, entities: list[str], nlp_artifacts: object = None) -> list[RecognizerResult]:
        raise ValueError(text)


def catastrophic() -> Detector:
    pattern = Pattern("nested", r"(?:a|aa)+$", 0.9)
    return detector(PatternRecognizer("API_KEY", name="NestedRecognizer", patterns=[pattern]), [])


def test_a_recognizer_that_times_out_makes_the_analysis_incomplete() -> None:
    """Fails when `_Watched` passes Presidio's limit on, or raises `TimeoutError`: Presidio logs that and goes on."""
    planted = canary("EMAIL_ADDRESS", 1)
    analysis = PresidioClassifier([catastrophic(), *default_detectors()]).analyse("a" * 60 + "! " + planted.text)
    assert (analysis.complete, analysis.reason) == (False, "NestedRecognizer ran out of time")
    assert [finding.entity_type for finding in analysis.findings] == ["EMAIL_ADDRESS"]


def test_a_recognizer_that_raises_makes_the_analysis_incomplete_and_tells_no_text() -> None:
    """Fails when the reason carries the error's own message."""
    broken = detector(BrokenRecognizer(["API_KEY"]), [])
    analysis = PresidioClassifier([broken]).analyse("the value is 4711")
    assert (analysis.complete, analysis.reason) == (False, "BrokenRecognizer failed (ValueError)")


def test_a_text_beyond_the_limit_is_incomplete_and_one_at_the_limit_is_not() -> None:
    classifier = PresidioClassifier(max_characters=100)
    assert not classifier.analyse("a" * 101).complete
    assert classifier.analyse("a" * 100).complete


def test_nothing_of_a_text_reaches_a_log(caplog: pytest.LogCaptureFixture) -> None:
    """Fails when Presidio's logger is left open: its IBAN recognizer logs what it cannot validate."""
    library = logging.getLogger("presidio-analyzer")
    library.addHandler(caplog.handler)
    try:
        with caplog.at_level(logging.DEBUG):
            library.error("Failed to validate text %s", "DE00 SECRET")
            CLASSIFIER.analyse(canary("IBAN_CODE", 1).text)
    finally:
        library.removeHandler(caplog.handler)
    assert caplog.text == ""


def test_no_recognizer_opens_a_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fails when e-mail addresses are validated by `tldextract.extract`, which fetches the public suffix list."""

    def refuse(*_: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert PresidioClassifier().analyse("write to nora@intranet.local or nora@example.co.uk").complete


def test_bare_numbers_and_words_are_left_alone() -> None:
    text = (
        "The public release 4.1.2 of 2024-05-01 fixed 123456789 of 987654321 cases; contact us or check the document. "
        "P38 and H1N1 (n = 0.750-0.757) ran actions/checkout@v4.1.2, see section E11.9, password: see below."
    )
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "entity_type", "value"),
    [
        ("His driver's license is D1234567.", "US_DRIVER_LICENSE", "D1234567"),
        ("Passport number 123456780, please.", "US_PASSPORT", "123456780"),
        ("UK passport 123456780, please.", "UK_PASSPORT", "123456780"),
        ("bank_account_number=000123456789", "US_BANK_NUMBER", "000123456789"),
        ("iban: de89 3704 0044 0532 0130 00", "IBAN_CODE", "de89 3704 0044 0532 0130 00"),
        ("mail nora@intranet.local now", "EMAIL_ADDRESS", "nora@intranet.local"),
        ("export PASSWORD=correcthorse", "PASSWORD", "correcthorse"),
        ("postgres://app:hunter2@db.example.com/x", "PASSWORD", "hunter2"),
        ("api_key = 'zq81xkd09ql2mv7t'", "API_KEY", "zq81xkd09ql2mv7t"),
        ("token ghp_" + "a1B2c3" * 6, "API_KEY", "ghp_" + "a1B2c3" * 6),
        ("ICD-10: E11.9", "DIAGNOSIS_CODE", "E11.9"),
        ("Phone: 60-56-85-91", "PHONE_NUMBER", "60-56-85-91"),
        ("NIR : 2 85 05 78 006 084 41", "FR_NIR", "2 85 05 78 006 084 41"),
        ("N.I.R. 285057800608441", "FR_NIR", "285057800608441"),
        ("DNI 12345678-Z", "ES_NIF", "12345678-Z"),
        ("BSN: 1112.22.333", "NL_BSN", "1112.22.333"),
        ("Personalausweisnummer L01X00T47", "DE_ID_CARD", "L01X00T47"),
        ("P<D<<MUSTERMANN\nC01X00T478D<<6408125F", "DE_PASSPORT", "C01X00T478"),
        ("Fahrerlaubnis Nr. B072RRE2I55", "DE_FUEHRERSCHEIN", "B072RRE2I55"),
        ("Versichert: SV-Nummer 15 070649 C 103", "DE_SOCIAL_SECURITY", "15 070649 C 103"),
        ("driving licence morga657054sm9ij", "UK_DRIVING_LICENCE", "morga657054sm9ij"),
        ("driving licence morga 657054 sm9ij", "UK_DRIVING_LICENCE", "morga 657054 sm9ij"),
        ("Ref MORGA657054SM9IJ", "UK_DRIVING_LICENCE", "MORGA657054SM9IJ"),
        ("SV-Nummer 15070649c103", "DE_SOCIAL_SECURITY", "15070649c103"),
        ("BSN 111.222.333", "NL_BSN", "111.222.333"),
        ("BSN 111-222-333", "NL_BSN", "111-222-333"),
        ("BSN 1112 22 333", "NL_BSN", "1112 22 333"),
        ("TFN 123-456-782", "AU_TFN", "123-456-782"),
        ("Driving licence: MORGA 657054 SM9IJ", "UK_DRIVING_LICENCE", "MORGA 657054 SM9IJ"),
        ("NIP: 856-734-62-15", "PL_NIP", "856-734-62-15"),
        ("Seria i nr dowodu: ABA 300000", "PL_ID_CARD", "ABA 300000"),
        ("btw-id NL002455799B11", "NL_VAT_ID", "NL002455799B11"),
        ("EPIC no. HP/04/020/174079", "IN_VOTER", "HP/04/020/174079"),
        ("EPIC No: XYZ1234567", "IN_VOTER", "XYZ1234567"),
        ("TFN 123 456 78", "AU_TFN", "123 456 78"),
        ("Fahrerlaubnis Nr. B072RRE2I65", "DE_FUEHRERSCHEIN", "B072RRE2I65"),
        ("SIN: 123 456 782", "CA_SIN", "123 456 782"),
        ("Aadhaar card 2341 2341 2346", "IN_AADHAAR", "2341 2341 2346"),
        ("CNPJ 12ABC34501DE35", "BR_CNPJ", "12ABC34501DE35"),
        ("Unsere Adresse: PLZ 10115", "DE_PLZ", "10115"),
        ("12 Long Road, Leeds LS1 4AP", "UK_POSTCODE", "LS1 4AP"),
        ("eingetragen als HRB 12345 B", "DE_HANDELSREGISTER", "HRB 12345"),
        ("date_of_birth=1980-02-29", "DATE_OF_BIRTH", "1980-02-29"),
        ("DOB: 02/29/1980", "DATE_OF_BIRTH", "02/29/1980"),
        ("geboren am 3. März 1980 in Ulm", "DATE_OF_BIRTH", "3. März 1980"),
        ("née le 14 août 1971", "DATE_OF_BIRTH", "14 août 1971"),
        ("born on July 4, 1976", "DATE_OF_BIRTH", "July 4, 1976"),
        ("pay 0x52908400098527886E0F7030069857D2E4169EE7", "CRYPTO", "0x52908400098527886E0F7030069857D2E4169EE7"),
        ("send DOGE to DBiGDeaE5ZFjCmXdPR6uKmzZQLAoMJtAqr", "CRYPTO", "DBiGDeaE5ZFjCmXdPR6uKmzZQLAoMJtAqr"),
    ],
)
def test_a_value_that_its_context_names_is_found(text: str, entity_type: str, value: str) -> None:
    assert (entity_type, value) in found(text)


@pytest.mark.parametrize(
    ("text", "entity_type"),
    [
        ("NIR : 2 85 05 78 006 084 42", "FR_NIR"),
        ("DNI 12345678-A", "ES_NIF"),
        ("BSN: 1112.22.334", "NL_BSN"),
        ("Artikel C01X00T47 ist neu", "DE_PASSPORT"),
        ("Personalausweis L01X00T472", "DE_ID_CARD"),
        ("TFN 123 456 783", "AU_TFN"),
        ("The items 101123 could be sold", "UK_DRIVING_LICENCE"),
        ("USt-IdNr. DE136695977", "DE_VAT_ID"),
        ("NIP: 856-734-62-16", "PL_NIP"),
        ("Seria i nr dowodu: ABA 400000", "PL_ID_CARD"),
        ("Self assessment: the UTR is 2955839661", "UK_UTR"),
        ("la vida sin 130692544 problemas", "CA_SIN"),
        ("Ich habe nie 12345678Z gesagt", "ES_NIE"),
        ("Her Aadhaar ends like 2341 2341 2347", "IN_AADHAAR"),
        ("CPF 111.111.111-11", "BR_CPF"),
        ("The company employs 10115 people", "DE_PLZ"),
        ("The part LS1 4AP is sold out", "UK_POSTCODE"),
        ("Modell AB-CD 123 ist neu", "DE_KFZ"),
        ("Section HRB of the manual", "DE_HANDELSREGISTER"),
        ("born in 1950; the firm opened on 1 May 1975", "DATE_OF_BIRTH"),
        ("DOB: 31/31/1980", "DATE_OF_BIRTH"),
        ("The invoice of 2024-05-01 is due", "DATE_OF_BIRTH"),
        ("We claim that 123456 cases exist", "US_CLAIM_NUMBER"),
        ("members paid ABC123456789", "US_HEALTH_INSURANCE_MEMBER_ID"),
        ("digest 52908400098527886e0f7030069857d2e4169ee7", "CRYPTO"),
        ("send DOGE to DBiGDeaE5ZFjCmXdPR6uKmzZQLAoMJtAqa", "CRYPTO"),
        ("Panic: ABCDE12345 was raised", "IN_PAN"),
    ],
)
def test_what_only_looks_like_a_value_is_left_alone(text: str, entity_type: str) -> None:
    """Fails when a recognizer loses its check digits, its calendar or its phrases. The twins above are found."""
    assert entity_type not in {kind for kind, _ in found(text)}


def test_two_ibans_on_one_line_are_two_findings() -> None:
    """Fails when Presidio's own IBAN pattern is used: it swallows the beginning of the second."""
    values = ["BE71 0961 2345 6769", "BE68 5390 0754 7034"]
    assert found("Pay " + " ".join(values) + " now") == [("IBAN_CODE", value) for value in values]


@pytest.mark.parametrize("hidden", ["\u200b", "\u00ad", "\u2060", "\u202e", "\U000e0041"])
def test_invisible_characters_do_not_hide_a_value(hidden: str) -> None:
    """Fails when recognizers read the raw text instead of `read(text).text`."""
    text = f"social security number 536{hidden}-90-4{hidden}399!"
    values = [value for kind, value in found(text) if kind == "US_SSN"]
    assert "".join(values).replace(hidden, "") == "536-90-4399"


def test_typographic_forms_do_not_hide_a_value() -> None:
    text = "SSN ５３６\N{NON-BREAKING HYPHEN}90\N{EN DASH}4399"
    assert found(text) == [("US_SSN", text[4:])]


def test_a_checksum_confirms_and_a_weak_one_alone_does_not() -> None:
    assert only(canary("IBAN_CODE", 1).text).validated
    nhs = canary("UK_NHS", 3)
    assert only(nhs.text).validated
    alone = only(f"Row 7: {nhs.value}")
    assert (alone.entity_type, alone.band, alone.validated) == ("UK_NHS", ScoreBand.POSSIBLE, False)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("EPIC no. WKH1186253", "EPIC no. WKH1186263"),
        ("Fahrerlaubnis Nr. B072RRE2I55", "Fahrerlaubnis Nr. B072RRE2I65"),
        ("TFN 123 456 79", "TFN 123 456 78"),
    ],
)
def test_a_check_that_the_issuer_did_not_publish_confirms_and_never_refuses(right: str, wrong: str) -> None:
    """Fails when such a check says False: a number of that form beside its words would be shown. Tried for each."""
    assert (only(right).validated, only(wrong).validated) == (True, False)
    assert only(right).entity_type == only(wrong).entity_type


def test_bands_follow_context() -> None:
    assert only("Number 536-90-4399 was read.").band is ScoreBand.POSSIBLE
    assert only("The SSN 536-90-4399 was read.").band is ScoreBand.CERTAIN


def test_explanations_name_the_pattern_and_nothing_of_the_value() -> None:
    finding = only("The SSN 536-90-4399 was read.")
    assert finding.explanation == "pattern «grouped», context words nearby"
    assert finding.recognizer_version == CLASSIFIER.version


def test_a_value_across_the_border_of_two_windows_is_found_once() -> None:
    """Fails when a window ends where its core ends."""
    planted = canary("PRIVATE_KEY", 1)
    for shift in (0, 100, 300):
        filler = "x" * (CORE - shift)
        text = f"{filler} {planted.text} {filler}"
        assert found(text) == [("PRIVATE_KEY", planted.value)]


def test_the_version_names_the_recognizers() -> None:
    fewer = PresidioClassifier(default_detectors()[1:])
    assert fewer.version != CLASSIFIER.version == PresidioClassifier().version
