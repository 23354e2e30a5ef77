"""Numbers of people and companies in Canada and Brazil."""

from classifiers.recognizers import phrases
from classifiers.recognizers.checksums import luhn
from classifiers.recognizers.detector import Detector, detector
from classifiers.recognizers.numbers import WEAK_ALONE, NumberRecognizer, named


def social_insurance(value: str) -> bool:
    """Employment and Social Development Canada, SIN Code of Practice: nine digits that pass Luhn."""
    return luhn(value)


def cpf(value: str) -> bool:
    """Receita Federal, Instrução Normativa 1548/2015: two digits modulo 11, weights rising from 2 on the right."""
    return len(set(value)) > 1 and _brazilian(value, longest=11)


def cnpj(value: str) -> bool:
    """Receita Federal, Instrução Normativa 2229/2024: as CPF, weights 2 to 9 again and again, letters by their code."""
    return len(set(value)) > 1 and _brazilian(value, longest=9)


def _brazilian(value: str, *, longest: int) -> bool:
    body = value[:-2]
    for check in value[-2:]:
        weights = (2 + position % (longest - 1) for position in range(len(body)))
        rest = sum((ord(one) - 48) * weight for one, weight in zip(reversed(body), weights, strict=False)) % 11
        if int(check) != (0 if rest < 2 else 11 - rest):
            return False
        body += check
    return True


def americas() -> list[Detector]:
    """Return the recognizers for values of Canada and Brazil."""
    return [*_canada(), *_brazil()]


def _canada() -> list[Detector]:
    words = ["social insurance number", "social insurance", "sin number", "sin no", "numéro d'assurance sociale",
             "assurance sociale", "nas"]  # fmt: skip
    code = r"\b[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z] ?\d[ABCEGHJ-NPRSTV-Z]\d\b"
    grouped = r"(?<![\w-])[1-79]\d{2}([ -])\d{3}\1\d{3}(?![\w-])"
    return [
        # «sin» alone is a word in Spanish and English: it names a number written in groups, no other.
        named("CA_SIN", {"in groups": grouped}, social_insurance, [*words, "sin"], digits=9),
        named("CA_SIN", {"digits": r"\b[1-79]\d{8}\b"}, social_insurance, words, digits=9),
        named(
            "CA_POSTAL_CODE",
            {"postal code": code},
            None,
            [*phrases.POSTCODE, "code postal", "canada", "ontario", "quebec", "québec", "alberta", "british columbia",
             "manitoba", "nova scotia"],
            digits=3,
        ),
    ]  # fmt: skip


def _brazil() -> list[Detector]:
    people = ["cpf", "cadastro de pessoas físicas", "cadastro de pessoa física"]
    companies = ["cnpj", "cadastro nacional da pessoa jurídica"]
    return [
        detector(
            NumberRecognizer("BR_CPF", {"in groups": r"(?<![\w.])\d{3}\.\d{3}\.\d{3}-\d{2}(?![\w-])"}, cpf),
            people,
            alone=WEAK_ALONE,
            digits=11,
        ),
        named("BR_CPF", {"digits": r"\b\d{9}-?\d{2}\b"}, cpf, people, digits=11),
        detector(
            NumberRecognizer(
                "BR_CNPJ",
                {"in groups": r"(?<![\w.])[A-Z\d]{2}\.[A-Z\d]{3}\.[A-Z\d]{3}/[A-Z\d]{4}-\d{2}(?![\w-])"},
                cnpj,
            ),
            companies,
            alone=WEAK_ALONE,
            digits=2,
        ),
        named("BR_CNPJ", {"in one": r"\b[A-Z\d]{12}\d{2}\b"}, cnpj, companies, digits=2),
    ]
