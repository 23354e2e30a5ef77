"""National numbers with check digits, judged by python-stdnum, which shares no code with the recognizers.

A number is drawn at random from its written form until the judge accepts or refuses it, and stands in a sentence that
names it.
"""

import random
import string
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from stdnum import luhn
from stdnum.au import abn, acn, tfn
from stdnum.br import cnpj, cpf
from stdnum.ca import sin
from stdnum.de import idnr
from stdnum.es import dni, nie
from stdnum.fr import nif, nir
from stdnum.gb import nhs
from stdnum.in_ import aadhaar, gstin
from stdnum.it import codicefiscale, iva
from stdnum.nl import bsn
from stdnum.pl import pesel
from stdnum.sg import uen
from stdnum.us import itin, rtn, ssn

from classifiers.presidio import PresidioClassifier, national

Random = random.Random
CLASSIFIER = PresidioClassifier(national())
MANY = 60
"""Numbers of each kind; less than one in a hundred may be missed, so none of these."""


@dataclass(frozen=True)
class Kind:
    """`form`: # is a digit, @ a letter, anything else itself; `judge` is asked about the whole."""

    entity_type: str
    sentence: str
    form: str
    judge: Callable[[str], bool]

    def draw(self, rng: Random, *, valid: bool) -> str:
        while True:
            value = "".join(map(rng.choice, (_PLACES.get(place, place) for place in self.form)))
            if self.judge(value) is valid:
                return value


_PLACES = {"#": string.digits, "@": string.ascii_uppercase, "~": "123456789"}


def npi(value: str) -> bool:
    """CMS: Luhn over the number with the prefix of the health industry in the United States."""
    return luhn.is_valid("80840" + value)


def nric(value: str) -> bool:
    """Singapore: the letters in the order of remainders, G and T four places on."""
    series = {"S": "JZIHGFEDCBA", "T": "GFEDCBAJZIH", "F": "XWUTRQPNMLK", "G": "RQPNMLKXWUT"}
    total = sum(int(digit) * weight for digit, weight in zip(value[1:8], (2, 7, 6, 5, 4, 3, 2), strict=True))
    return series[value[0]][total % 11] == value[8]


def medicare(value: str) -> bool:
    """Australia: the ninth digit is the weighted sum of the first eight, modulo 10."""
    digits = [int(digit) for digit in value if digit.isdigit()]
    a, b, c, d, e, f, g, h, check = digits[:9]
    return 2 <= a <= 6 and (a + 3 * b + 7 * c + 9 * d + e + 3 * f + 7 * g + 9 * h - check) % 10 == 0


KINDS = [
    Kind("US_SSN", "The social security number {} is hers.", "###-##-####", ssn.is_valid),
    Kind("US_ITIN", "The ITIN {} was issued.", "9##-##-####", itin.is_valid),
    Kind("ABA_ROUTING_NUMBER", "The routing number {} was used.", "0########", rtn.is_valid),
    Kind("US_NPI", "The NPI {} is listed.", "1#########", npi),
    Kind("UK_NHS", "The NHS number {} is hers.", "### ### ####", nhs.is_valid),
    Kind("DE_TAX_ID", "Die Steuer-ID {} steht oben.", "~##########", idnr.is_valid),
    Kind("FR_NIR", "Numéro de sécurité sociale {}.", "1 70 01 75 ### ### ##", nir.is_valid),
    Kind("FR_TAX_ID", "Le numéro fiscal {} figure là.", "01###########", nif.is_valid),
    Kind("ES_NIF", "El DNI {} es suyo.", "########@", dni.is_valid),
    Kind("ES_NIE", "El NIE {} es suyo.", "X#######@", nie.is_valid),
    Kind("IT_FISCAL_CODE", "Il codice fiscale {} risulta.", "RSSMRA##A#1H501@", codicefiscale.is_valid),
    Kind("IT_VAT_CODE", "La partita IVA {} risulta.", "0######00##", iva.is_valid),
    Kind("PL_PESEL", "PESEL {} w aktach.", "7#011######", pesel.is_valid),
    Kind("NL_BSN", "Het BSN {} klopt.", "~########", bsn.is_valid),
    Kind("CA_SIN", "The social insurance number {} is his.", "~## ### ###", sin.is_valid),
    Kind("BR_CPF", "O CPF {} consta.", "~##.###.###-##", cpf.is_valid),
    Kind("BR_CPF", "O CPF {} consta.", "~##########", cpf.is_valid),
    Kind("BR_CNPJ", "O CNPJ {} consta.", "~#.###.###/0001-##", cnpj.is_valid),
    Kind("IN_AADHAAR", "The Aadhaar number {} is hers.", "#### #### ####", aadhaar.is_valid),
    Kind("IN_GSTIN", "The GSTIN {} is listed.", "27@@@P@####@1Z#", gstin.is_valid),
    Kind("SG_NRIC_FIN", "The NRIC {} is hers.", "S#######@", nric),
    Kind("SG_NRIC_FIN", "The NRIC {} is hers.", "G#######@", nric),
    Kind("SG_UEN", "The UEN {} is listed.", "4#######@", uen.is_valid),
    Kind("AU_TFN", "The tax file number {} is hers.", "~## ### ###", tfn.is_valid),
    Kind("AU_ABN", "The ABN {} is listed.", "~# ### ### ###", abn.is_valid),
    Kind("AU_ACN", "The ACN {} is listed.", "### ### ###", acn.is_valid),
    Kind("AU_MEDICARE", "The Medicare number {} is hers.", "#### ##### 1", medicare),
]
CHECKED = [kind for kind in KINDS if kind.entity_type not in {"US_SSN", "US_ITIN"}]
"""Those with check digits: the others are ranges, and what a text calls one is masked though it was never issued."""


def name(kind: Kind) -> str:
    return f"{kind.entity_type}-{kind.form}"


def found(text: str) -> list[tuple[str, str]]:
    return [(one.entity_type, one.span.slice(text)) for one in CLASSIFIER.analyse(text).findings]


@pytest.mark.parametrize("kind", KINDS, ids=name)
def test_numbers_that_the_judge_accepts_are_found(kind: Kind) -> None:
    rng = Random(kind.form)
    missed = []
    for _ in range(MANY):
        value = kind.draw(rng, valid=True)
        if (kind.entity_type, value) not in found(kind.sentence.format(value)):
            missed.append(value)
    assert missed == []


@pytest.mark.parametrize("kind", CHECKED, ids=name)
def test_numbers_that_the_judge_refuses_are_not_taken_for_one(kind: Kind) -> None:
    """Fails when a recognizer loses its check, or keeps what fails it."""
    rng = Random(kind.form)
    taken = []
    for _ in range(MANY):
        value = kind.draw(rng, valid=False)
        taken += [one for one in found(kind.sentence.format(value)) if one[0] == kind.entity_type]
    assert taken == []
