"""Numbers of the United States, the United Kingdom, Canada and Brazil."""

from stdnum.br import cnpj, cpf
from stdnum.ca import sin
from stdnum.gb import nhs, utr
from stdnum.us import ein, itin, rtn, ssn

from benchmarks.numbers.judges import dea, form, npi
from benchmarks.numbers.kinds import Kind

_RANGES = "ranges alone: what a text calls one is masked, though it was never issued"
_FORM = "a form alone: its issuer defines nothing to check"
_UNPUBLISHED = "its check characters follow no published rule"

UNITED_STATES = (
    Kind("US", "US_SSN", "The social security number {} is hers.", ("###-##-####", "#########"), ssn.is_valid,
         unchecked=_RANGES),
    Kind("US", "US_ITIN", "The ITIN {} was issued.", ("9##-##-####", "9########"), itin.is_valid, unchecked=_RANGES),
    Kind("US", "US_PROVIDER_TAX_ID", "The employer identification number {} is on the form.", ("##-#######",),
         ein.is_valid, unchecked=_RANGES),
    Kind("US", "US_PASSPORT", "The US passport number {} expires soon.", ("#########", "@########"), form(r".{9}"),
         unchecked=_FORM),
    Kind("US", "US_DRIVER_LICENSE", "The driver's license {} was renewed.",
         ("@#######", "########", "@############", "#########"), form(r"[A-Z]?\d+"), unchecked="a form by state"),
    Kind("US", "US_MBI", "The Medicare card shows {} in print.", ("~@&#@&#@@##", "~@&#-@&#-@@##"),
         form(r"[^SLOIBZ]+"), unchecked=_FORM),
    Kind("US", "MEDICAL_LICENSE", "The prescriber's DEA number is {} on the form.", ("@@#######", "@9#######"), dea),
    Kind("US", "US_NPI", "The NPI {} is listed.", ("1#########", "2#########"), npi),
    Kind("US", "ABA_ROUTING_NUMBER", "The routing number {} was used.",
         ("0########", "1########", "2########", "3########"), rtn.is_valid),
    Kind("US", "US_BANK_NUMBER", "Pay into bank account number {} please.", ("~#########", "~###########"),
         form(r"\d+"), unchecked="every bank makes its own"),
)  # fmt: skip

UNITED_KINGDOM = (
    Kind("GB", "UK_NHS", "The NHS number {} is hers.", ("### ### ####", "##########", "###-###-####"), nhs.is_valid),
    Kind("GB", "UK_UTR", "The unique taxpayer reference {} is his.", ("##########", "##### #####"), utr.is_valid),
    Kind("GB", "UK_NINO", "The National Insurance number {} is hers.", ("@@ ## ## ## @", "@@######@"),
         form(r"(?!BG|GB|KN|NK|NT|TN|ZZ)[^DFIQUV][^DFIQUVO][ \d]+[A-D]"), unchecked=_FORM),
    Kind("GB", "UK_PASSPORT", "The British passport {} was checked.", ("@@#######", "#########"), form(r".{9}"),
         unchecked=_FORM),
    Kind("GB", "UK_DRIVING_LICENCE", "The driving licence {} was scanned.",
         ("@@@@@######@@9@@", "@@@99 ###### @99@@", "@@@@@ ###### @@#&&"),
         form(r"[A-Z9]{5} ?\d(?:0[1-9]|1[0-2]|5[1-9]|6[0-2])(?:0[1-9]|[12]\d|3[01])\d ?.{5}"), unchecked=_UNPUBLISHED),
    Kind("GB", "UK_VEHICLE_REGISTRATION", "The number plate {} was seen.", ("@@## @@@",),
         form(r"[A-HJ-PR-Y]{2}(?:0[2-9]|1\d|2[0-5]|5[1-9]|6\d|7[0-5]) [A-HJ-PR-Z]{3}"), unchecked=_FORM),
)  # fmt: skip

CANADA = (
    Kind("CA", "CA_SIN", "The social insurance number {} is his.", ("### ### ###", "###-###-###", "#########"),
         sin.is_valid),
)  # fmt: skip

BRAZIL = (
    Kind("BR", "BR_CPF", "O CPF {} consta.", ("###.###.###-##", "###########", "#########-##"), cpf.is_valid),
    Kind("BR", "BR_CNPJ", "O CNPJ {} consta.", ("##.###.###/0001-##", "########0001##"), cnpj.is_valid),
    Kind("BR", "BR_CNPJ", "O CNPJ {} consta.", ("&&.&&&.&&&/&&&&-##", "&&&&&&&&&&&&##"), cnpj.is_valid),
)  # fmt: skip
