"""Numbers of people in France, Spain, Italy, Poland and the Netherlands, with the checks of their issuers."""

from presidio_analyzer import predefined_recognizers as presidio

from classifiers.recognizers.checksums import luhn, travel_document, weighted
from classifiers.recognizers.detector import ANY_CASE, NEEDS_CONTEXT, Detector, detector
from classifiers.recognizers.numbers import WEAK_ALONE, NumberRecognizer, capitals, named, with_forms

_SPANISH_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_ITALIAN_ODD = dict(
    zip(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16,
         10, 22, 25, 24, 23],
        strict=True,
    )
)  # fmt: skip


# Provinces are 1 to 100; beside them there are these.
_ITALIAN_OFFICES = frozenset({120, 121, 888, 999})


def nir(value: str) -> bool:
    """INSEE, numéro d'inscription au répertoire: 97 less the number modulo 97; Corsica's 2A and 2B count as 19 and 18.

    Code de la sécurité sociale, R161-1; Décret 82-103.
    """
    body = value[:13].replace("2A", "19", 1) if value[5:7] == "2A" else value[:13]
    body = body.replace("2B", "18", 1) if value[5:7] == "2B" else body
    return 97 - int(body) % 97 == int(value[13:])


def french_tax(value: str) -> bool:
    """Direction générale des Finances publiques, numéro fiscal: the first ten digits modulo 511 are the last three."""
    return int(value[:10]) % 511 == int(value[10:])


def nif(value: str) -> bool:
    """Real Decreto 1553/2005 (DNI), 1065/2007 (NIE, NIF): the number modulo 23 names the letter.

    X, Y, Z are 0, 1, 2. K, L, M, which minors, emigrants and foreigners without a NIE have, do not count.
    """
    number = value[:-1].translate(str.maketrans("XYZ", "012", "KLM"))
    return _SPANISH_LETTERS[int(number) % 23] == value[-1]


def fiscal_code(value: str) -> bool:
    """Decreto ministeriale 23 dicembre 1976, art. 12: odd places by table, even places by rank, modulo 26."""
    odd = sum(_ITALIAN_ODD[character] for character in value[:15:2])
    even = sum(int(character, 36) - 10 * character.isalpha() for character in value[1:15:2])
    return chr(ord("A") + (odd + even) % 26) == value[15]


def partita_iva(value: str) -> bool:
    """Decreto ministeriale 23 dicembre 1976: seven digits, the office that gave the number, and Luhn's digit."""
    digits = value.removeprefix("IT")
    office = int(digits[7:10])
    return bool(int(digits[:7])) and (1 <= office <= 100 or office in _ITALIAN_OFFICES) and luhn(digits)


def pesel(value: str) -> bool:
    """Ustawa o ewidencji ludności 2010, art. 15: weights 1, 3, 7, 9; the sum with the check digit ends in 0."""
    return weighted(value, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 == 0


def nip(value: str) -> bool:
    """Ustawa o zasadach ewidencji i identyfikacji podatników 1995: weights from 6 to 7, modulo 11 the last digit."""
    digits = value.removeprefix("PL")
    return bool(int(digits)) and weighted(digits[:9], [6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 == int(digits[9])


def regon(value: str) -> bool:
    """Rozporządzenie w sprawie rejestru REGON: modulo 11, ten is 0; a branch has the digit of the whole and its own."""
    branch = len(value) == 9 or _regon(value, [2, 4, 8, 5, 0, 9, 7, 3, 6, 1, 2, 4, 8])
    return bool(int(value)) and branch and _regon(value[:9], [8, 9, 2, 3, 4, 5, 6, 7])


def _regon(value: str, weights: list[int]) -> bool:
    return weighted(value[:-1], weights) % 11 % 10 == int(value[-1])


def polish_card(value: str) -> bool:
    """Identity cards since 2001: ICAO's digit over the letters and the last five digits stands between them."""
    return travel_document(value[:3] + value[4:] + value[3])


def bsn(value: str) -> bool:
    """Rijksdienst voor Identiteitsgegevens, elfproef: weights 9 to 2 and -1, the sum a multiple of 11; a 0 may lead."""
    return bool(int(value)) and weighted(value.zfill(9), [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 == 0


def dutch_vat(value: str) -> bool:
    """Belastingdienst: nine digits that pass elfproef; since 2020 all of it passes ISO/IEC 7064 MOD 97-10 instead.

    There letters count from A = 10: NL is 2321, B is 11.
    """
    number = value.removeprefix("NL")
    since_2020 = int("2321" + number.replace("B", "11")) % 97 == 1
    return bool(int(number[10:])) and (bsn(number[:9]) or since_2020)


def europe() -> list[Detector]:
    """Return the recognizers for values of European countries other than the United Kingdom and Germany."""
    return [*_france(), *_spain(), *_italy(), *_poland(), *_netherlands()]


def _france() -> list[Detector]:
    # Sex, year, month (20 and above where it is unknown), department, commune, order, key.
    number = (
        r"(?<![\w.-])[1-478] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:(?:\d{2}|2[AB]) ?\d{3}|9[78]\d ?\d{2}) ?\d{3} ?"
        r"(?:0[1-9]|[1-8]\d|9[0-7])(?![\w-])"
    )
    return [
        detector(
            NumberRecognizer("FR_NIR", {"NIR with key": number}, nir),
            ["nir", "numéro de sécurité sociale", "sécurité sociale", "n° sécu", "numéro insee", "carte vitale",
             "assuré social", "social security"],
            alone=WEAK_ALONE,
            digits=14,
        ),
        named(
            "FR_TAX_ID",
            {"numéro fiscal": r"\b[0-3]\d ?\d{2} ?\d{3} ?\d{3} ?\d{3}\b"},
            french_tax,
            ["numéro fiscal", "n° fiscal", "identifiant fiscal", "spi", "référence fiscale", "tax id", "tin"],
            digits=13,
        ),
    ]  # fmt: skip


def _spain() -> list[Detector]:
    letter = "[A-HJ-NP-TV-Z]"
    return [
        named(
            "ES_NIF",
            {
                "DNI": rf"(?<![\w-])\d{{2}}\.?\d{{3}}\.?\d{{3}}[ -]?{letter}(?![\w-])",
                "without DNI": rf"(?<![\w-])[KLM][ -]?\d{{7}}[ -]?{letter}(?![\w-])",
            },
            nif,
            ["dni", "nif", "documento nacional de identidad", "número de identificación fiscal", "identificación"],
            digits=7,
        ),
        detector(
            NumberRecognizer("ES_NIE", {"NIE": rf"(?<![\w-])[XYZ]-?\d{{7}}-?{letter}(?![\w-])"}, nif),
            ["nie", "número de identidad de extranjero", "número de identificación de extranjero", "extranjero"],
            alone=WEAK_ALONE,
            digits=7,
        ),
        detector(
            capitals(with_forms(presidio.EsPassportRecognizer, ("passport number", r"\b[A-Z]{3}\d{6}\b", 0.35))),
            ["pasaporte", "número de pasaporte", "spanish passport"],
            alone=NEEDS_CONTEXT,
            digits=6,
        ),
    ]


def _italy() -> list[Detector]:
    # Digits may be letters where two people would share a code (omocodia): L M N P Q R S T U V.
    digit = r"[\dLMNP-V]"
    code = rf"\b[A-Z]{{6}}{digit}{{2}}[A-EHLMPR-T]{digit}{{2}}[A-Z]{digit}{{3}}[A-Z]\b"
    card = r"\b(?:[A-Z]{2} ?\d{7}|\d{7}[A-Z]{2}|[A-Z]{2}\d{5}[A-Z]{2})\b"
    return [
        detector(
            NumberRecognizer("IT_FISCAL_CODE", {"codice fiscale": code}, fiscal_code, flags=ANY_CASE),
            ["codice fiscale", "cod fisc", "cf"],
            alone=WEAK_ALONE,
            run=16,
        ),
        named(
            "IT_VAT_CODE",
            {"partita IVA": r"\b(?:IT ?)?\d{11}\b"},
            partita_iva,
            ["partita iva", "p iva", "piva"],
            digits=11,
        ),
        named(
            "IT_DRIVER_LICENSE",
            {"patente": r"\b(?:[A-Z]{2}\d{7}[A-Z]|U1[B-HJ-NPR-UWYZ\d]{7}[A-Z])\b"},
            None,
            ["patente", "patente di guida", "licenza di guida"],
            digits=1,
        ),
        named("IT_PASSPORT", {"passaporto": r"\b[A-Z]{2}\d{7}\b"}, None, ["passaporto", "italian passport"], digits=7),
        named(
            "IT_IDENTITY_CARD",
            {"carta d'identità": card},
            None,
            ["carta d'identità", "carta di identità", "carta identità", "cie"],
            digits=5,
        ),
    ]


def _poland() -> list[Detector]:
    # Year, month (its first digit tells the century), day, order and check.
    born = r"\b\d{2}(?:[02468][1-9]|[13579][0-2])(?:0[1-9]|[12]\d|3[01])\d{5}\b"
    taxpayer = r"(?<![\w-])(?:PL ?)?(?:\d{10}|\d{3}-\d{3}-\d{2}-\d{2}|\d{3}-\d{2}-\d{2}-\d{3})(?![\w-])"
    return [
        named("PL_PESEL", {"PESEL": born}, pesel, ["pesel", "numer pesel", "nr pesel"], digits=11),
        named("PL_NIP", {"NIP": taxpayer}, nip, ["nip", "nr nip", "numer identyfikacji podatkowej"], digits=10),
        named("PL_REGON", {"REGON": r"\b\d{9}(?:\d{5})?\b"}, regon, ["regon", "nr regon"], digits=9),
        named(
            "PL_ID_CARD",
            {"dowód osobisty": r"\b[A-Z]{3} ?\d{6}\b"},
            polish_card,
            ["dowód osobisty", "dowodu osobistego", "dowodem osobistym", "nr dowodu", "numer dowodu", "polish id card"],
            digits=6,
        ),
        named(
            "PL_PASSPORT",
            {"paszport": r"\b[A-Z]{2} ?\d{7}\b"},
            None,
            ["paszport", "paszportu", "paszportem", "polish passport"],
            digits=7,
        ),
    ]


def _netherlands() -> list[Detector]:
    return [
        named(
            "NL_BSN",
            {"BSN": r"(?<![\w.-])(?:\d{4}[. -]?\d{2}[. -]?\d{3}|\d{3}([. -])\d{3}\1\d{3}|\d{8})(?![\w-])"},
            bsn,
            ["bsn", "burgerservicenummer", "sofinummer", "burger service nummer"],
            digits=8,
        ),
        named(
            "NL_VAT_ID",
            {"btw-identificatienummer": r"\b(?:NL ?)?\d{4}\.?\d{2}\.?\d{3}\.?B\.?\d{2}\b"},
            dutch_vat,
            ["btw", "btw-nummer", "btw-id", "btw-identificatienummer", "omzetbelastingnummer", "dutch vat"],
            digits=11,
        ),
        named(
            "NL_ID_DOCUMENT",
            {"document number": r"\b[A-NP-Z]{2}[A-NP-Z\d]{6}\d\b"},
            None,
            ["paspoort", "paspoortnummer", "identiteitskaart", "identiteitskaartnummer", "dutch passport"],
            digits=1,
        ),
    ]
