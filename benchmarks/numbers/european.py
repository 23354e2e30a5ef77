"""Numbers of Germany, France, Spain, Italy, Poland and the Netherlands."""

from stdnum.de import idnr, stnr, vat
from stdnum.es import dni, nie
from stdnum.es import nif as spanish_nif
from stdnum.fr import nif, nir
from stdnum.it import codicefiscale, iva
from stdnum.nl import bsn, btw, identiteitskaartnummer
from stdnum.pl import nip, pesel, regon

from benchmarks.numbers.judges import (
    doctor,
    form,
    german_card_before_2010,
    german_serial,
    icao,
    patient,
    pension,
    polish_card,
    register_of_berlin,
)
from benchmarks.numbers.kinds import Kind

_FORM = "a form alone: its issuer defines nothing to check"

GERMANY = (
    Kind("DE", "DE_TAX_ID", "Die Steuer-ID {} steht oben.", ("~##########", "~# ### ### ###"), idnr.is_valid),
    Kind("DE", "DE_TAX_NUMBER", "Die Steuernummer {} steht oben.",
         ("##/###/#####", "###/####/####", "###/###/#####", "0## ### #####", "##########"),
         stnr.is_valid, unchecked="sixteen rules, one per state, some changed office by office"),
    Kind("DE", "DE_TAX_NUMBER", "Die Steuernummer {} steht oben.",
         ("28##0########", "9###0########", "5###0########", "11##0########", "22##0########", "30##0########",
          "41##0########"), stnr.is_valid, unchecked="the same sixteen rules"),
    Kind("DE", "DE_SOCIAL_SECURITY", "Die Sozialversicherungsnummer {} liegt vor.",
         ("########@###", "## ###### @ ###"), pension),
    Kind("DE", "DE_HEALTH_INSURANCE", "Die Versichertennummer {} steht auf der Karte.", ("@#########",), patient),
    Kind("DE", "DE_PASSPORT", "Der Reisepass {} ist gültig.", ("C%%%%%%%%", "F%%%%%%%%", "J%%%%%%%%"), german_serial,
         unchecked="the serial has no check digit; as machines read it, it has, and is judged below"),
    Kind("DE", "DE_PASSPORT", "Der Reisepass {} ist gültig.", ("C%%%%%%%%#", "H%%%%%%%%#", "K%%%%%%%%#"), icao),
    Kind("DE", "DE_ID_CARD", "Der Personalausweis {} ist gültig.", ("L%%%%%%%%", "T%%%%%%%%", "Y%%%%%%%%"),
         german_serial, unchecked="as of the passport"),
    Kind("DE", "DE_ID_CARD", "Der Personalausweis {} ist gültig.", ("L%%%%%%%%#", "M%%%%%%%%#", "X%%%%%%%%#"), icao),
    Kind("DE", "DE_ID_CARD", "Der Personalausweis {} ist abgelaufen.", ("##########D",), german_card_before_2010),
    Kind("DE", "DE_FUEHRERSCHEIN", "Der Führerschein {} wurde geprüft.",
         ("@###&&&&&##", "@##&&&&&&X&", "@##&&&&&&#&"), form(r"[A-P].{10}"),
         unchecked="no act says which check digit it has"),
    Kind("DE", "DE_LANR", "Die Arztnummer {} steht im Stempel.", ("#########",), doctor),
    Kind("DE", "DE_BSNR", "Die Betriebsstättennummer {} steht im Stempel.", ("72#######", "02#######", "38#######"),
         form(r"\d{9}"), unchecked=_FORM),
    Kind("DE", "DE_VAT_ID", "Die USt-IdNr. {} steht im Impressum.", ("DE#########", "DE ### ### ###"), vat.is_valid),
    Kind("DE", "DE_HANDELSREGISTER", "Das Amtsgericht Berlin führt sie unter {} seit Mai.",
         ("HRB ~####", "HRA ~#####", "HRB~#####"), register_of_berlin, unchecked=_FORM),
    Kind("DE", "DE_KFZ", "Das Kennzeichen {} fiel auf.", ("@-@@ ~###", "@@-@ ~##", "@@@ @ ~#", "@-@@ ~##H"),
         form(r"\w+[ -]\w+ \w+"), unchecked=_FORM),
)  # fmt: skip

FRANCE = (
    Kind("FR", "FR_NIR", "Numéro de sécurité sociale {}.",
         ("1 70 01 75 ### ### ##", "2850633########", "1 99 12 2A ### ### ##", "2 04 11 2B ### ### ##",
          "1 62 05 971 ## ### ##", "2 58 42 99 ### ### ##"), nir.is_valid),
    Kind("FR", "FR_TAX_ID", "Le numéro fiscal {} figure là.", ("0############", "3# ## ### ### ###", "1############"),
         nif.is_valid),
)  # fmt: skip

SPAIN = (
    Kind("ES", "ES_NIF", "El DNI {} es suyo.", ("########@", "########-@"), dni.is_valid),
    Kind("ES", "ES_NIF", "El NIF {} es suyo.", ("K#######@", "L#######@", "M#######@"), spanish_nif.is_valid),
    Kind("ES", "ES_NIE", "El NIE {} es suyo.", ("X#######@", "Y#######@", "Z-#######-@"), nie.is_valid),
    Kind("ES", "ES_PASSPORT", "El pasaporte {} caduca pronto.", ("@@@######",), form(r".{9}"), unchecked=_FORM),
)  # fmt: skip

ITALY = (
    Kind("IT", "IT_FISCAL_CODE", "Il codice fiscale {} risulta.",
         ("RSSMRA##A#1H501@", "@@@@@@##T5#@###@", "BNCLCU@@S1@F2@5@"), codicefiscale.is_valid),
    Kind("IT", "IT_VAT_CODE", "La partita IVA {} risulta.", ("#######00##", "IT0######058#"), iva.is_valid),
    Kind("IT", "IT_PASSPORT", "Il passaporto {} risulta valido.", ("@@#######",), form(r".{9}"), unchecked=_FORM),
    Kind("IT", "IT_IDENTITY_CARD", "La carta d'identità {} risulta valida.", ("@@#####@@", "@@#######"),
         form(r".{9}"), unchecked=_FORM),
    Kind("IT", "IT_DRIVER_LICENSE", "La patente {} risulta valida.", ("@@#######@", "U1#######@"), form(r".{10}"),
         unchecked="its last letter follows no published rule"),
)  # fmt: skip

POLAND = (
    Kind("PL", "PL_PESEL", "PESEL {} w aktach.", ("7#0~1######", "0#2~2######", "###########"), pesel.is_valid),
    Kind("PL", "PL_NIP", "NIP {} na fakturze.", ("##########", "###-###-##-##", "###-##-##-###", "PL##########"),
         nip.is_valid),
    Kind("PL", "PL_REGON", "REGON {} w rejestrze.", ("#########", "##############"), regon.is_valid),
    Kind("PL", "PL_ID_CARD", "Jej dowód osobisty {} jest ważny.", ("@@@######", "@@@ ######"), polish_card),
    Kind("PL", "PL_PASSPORT", "Jej paszport {} jest ważny.", ("@@#######", "@@ #######"), form(r".+"),
         unchecked="its issuer publishes no rule for a check digit"),
)  # fmt: skip

NETHERLANDS = (
    Kind("NL", "NL_BSN", "Het BSN {} klopt.", ("#########", "####.##.###", "###.###.###", "### ### ###", "###-###-###",
         "~#######"), bsn.is_valid),
    Kind("NL", "NL_VAT_ID", "Het btw-nummer {} klopt.", ("NL#########B0~", "#########B~#", "NL####.##.###.B.0~"),
         btw.is_valid),
    Kind("NL", "NL_ID_DOCUMENT", "Het paspoort {} klopt.", ("@@&&&&&&#",), identiteitskaartnummer.is_valid,
         unchecked=_FORM),
)  # fmt: skip
