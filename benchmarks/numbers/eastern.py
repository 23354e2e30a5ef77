"""Numbers of India, Singapore and Australia."""

from stdnum.au import abn, acn, tfn
from stdnum.in_ import aadhaar, gstin, pan
from stdnum.sg import uen

from benchmarks.numbers.judges import form, medicare, nric
from benchmarks.numbers.kinds import Kind

_FORM = "a form alone: its issuer defines nothing to check"

INDIA = (
    Kind("IN", "IN_AADHAAR", "The Aadhaar number {} is hers.", ("#### #### ####", "############", "####-####-####"),
         aadhaar.is_valid),
    Kind("IN", "IN_PAN", "The permanent account number {} is hers.", ("@@@P@####@", "@@@C@####@", "@@@@@####@"),
         pan.is_valid, unchecked="its last letter follows no published rule"),
    Kind("IN", "IN_GSTIN", "The GSTIN {} is listed.", ("27@@@P@####@1Z#", "07@@@C@####@&Z&", "33@@@F@####@2Z@"),
         gstin.is_valid),
    Kind("IN", "IN_PASSPORT", "The Indian passport {} is valid.", ("@#######", "@## #####"), form(r".+"),
         unchecked=_FORM),
    Kind("IN", "IN_VOTER", "The voter ID {} was shown.", ("@@@#######",), form(r".{10}"),
         unchecked="its issuer does not say which check digit it has"),
    Kind("IN", "IN_VOTER", "The voter ID {} was shown.", ("@@/##/###/######",), form(r".+"),
         unchecked="numbers of before the constituencies' letters have no check digit"),
    Kind("IN", "IN_VEHICLE_REGISTRATION", "The RTO lists {} as stolen.",
         ("MH ## @@ ####", "DL ## @ ####", "KA##@@####", "22 BH #### @"),
         form(r"(?!.*BH.*[IO]).+"), unchecked=_FORM),
)  # fmt: skip

SINGAPORE = (
    Kind("SG", "SG_NRIC_FIN", "The NRIC {} is hers.", ("S#######@", "T#######@"), nric),
    Kind("SG", "SG_NRIC_FIN", "The FIN number {} is his.", ("F#######@", "G#######@", "M#######@"), nric),
    Kind("SG", "SG_UEN", "The UEN {} is listed.", ("########@", "2019#####@", "T19LL####@", "S98SS####@"),
         uen.is_valid),
)  # fmt: skip

AUSTRALIA = (
    Kind("AU", "AU_TFN", "The tax file number {} is hers.", ("### ### ###", "#########", "###-###-###"),
         lambda value: tfn.is_valid(value.replace("-", " "))),
    Kind("AU", "AU_TFN", "The tax file number {} is hers.", ("### ### ##", "########", "###-###-##"), form(r".+"),
         unchecked="its issuer publishes no check for eight digits"),
    Kind("AU", "AU_ABN", "The ABN {} is listed.", ("## ### ### ###", "###########"), abn.is_valid),
    Kind("AU", "AU_ACN", "The ACN {} is listed.", ("### ### ###", "#########"), acn.is_valid),
    Kind("AU", "AU_MEDICARE", "The Medicare number {} is hers.", ("#### ##### ~", "##########"), medicare),
)  # fmt: skip
