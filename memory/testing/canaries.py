"""Made-up sensitive values, to follow through the whole product.

Each is valid (checksums included), belongs to nobody on purpose, and stands in a sentence in which the classifier
finds exactly it. The same seed gives the same value, so a test can plant one and search every file for it afterwards.
"""

import string
from collections.abc import Callable
from dataclasses import dataclass

from memory.domain.documents import Span
from memory.testing import canary_values as values
from memory.testing.canary_values import Random

# Found only where a model that knows names is installed.
NEEDS_MODEL = frozenset({"PERSON", "LOCATION"})


@dataclass(frozen=True, slots=True)
class Canary:
    """A value and a sentence that holds it once, at `span`."""

    entity_type: str
    value: str
    text: str
    span: Span


def canary(entity_type: str, seed: int) -> Canary:
    """Return the canary of this type and seed. Raises `KeyError` for a type without canaries, see `CANARY_TYPES`."""
    value_of, sentence = _CANARIES[entity_type]
    value = value_of(Random(f"{entity_type} {seed}"))
    before, _, after = sentence.partition("{}")
    return Canary(entity_type, value, before + value + after, Span(len(before), len(before) + len(value)))


_FIRST = ["Martha", "Henrik", "Amara", "Julian", "Sofia", "Gareth", "Ingrid", "Rafael"]
_LAST = ["Lindqvist", "Okafor", "Whitmore", "Castellanos", "Petersen", "Hargreaves"]
_PLACES = ["Manchester", "Stuttgart", "Philadelphia", "Edinburgh", "Hamburg", "Chicago"]

_CANARIES: dict[str, tuple[Callable[[Random], str], str]] = {
    "PERSON": (lambda rng: f"{rng.choice(_FIRST)} {rng.choice(_LAST)}", "The contract was signed by {} last week."),
    "LOCATION": (lambda rng: rng.choice(_PLACES), "She moved to {} last year."),
    "EMAIL_ADDRESS": (
        lambda rng: f"{values.some_letters(rng, 9, string.ascii_lowercase)}@mail.example",
        "Write to {} today.",
    ),
    "PHONE_NUMBER": (
        lambda rng: f"+44 20 7946 0{values.some_digits(rng, 3)}",
        "The telephone of the desk is {} until six.",
    ),
    "CREDIT_CARD": (values.card, "Please charge the credit card {} tomorrow."),
    "IBAN_CODE": (values.iban, "Transfer the rent to IBAN {} on Monday."),
    "CRYPTO": (values.bitcoin, "The bitcoin wallet is {} since May."),
    "IP_ADDRESS": (
        lambda rng: f"10.{rng.randint(0, 255)}.{rng.randint(0, 255)}.{rng.randint(1, 254)}",
        "Host {} is up.",
    ),
    "MAC_ADDRESS": (lambda rng: "02:" + rng.randbytes(5).hex(":"), "The MAC address {} was seen twice."),
    "US_SSN": (
        lambda rng: f"{rng.randint(100, 665)}-{rng.randint(10, 99)}-{rng.randint(1000, 9999)}",
        "Her social security number is {} on file.",
    ),
    "US_ITIN": (
        lambda rng: f"9{values.some_digits(rng, 2)}-{rng.randint(70, 88)}-{values.some_digits(rng, 4)}",
        "The ITIN {} was issued.",
    ),
    "US_BANK_NUMBER": (lambda rng: "7" + values.some_digits(rng, 11), "Pay into bank account number {} please."),
    "ABA_ROUTING_NUMBER": (values.routing, "The routing number {} belongs to the branch."),
    "US_PASSPORT": (lambda rng: "A" + values.some_digits(rng, 8), "Her US passport number {} expires soon."),
    "US_DRIVER_LICENSE": (lambda rng: "D" + values.some_digits(rng, 7), "His driver's license {} was renewed."),
    "US_MBI": (values.medicare, "The Medicare card shows {} in print."),
    "MEDICAL_LICENSE": (values.dea, "The prescriber's DEA number is {} on the form."),
    "UK_NHS": (values.nhs, "The NHS number of the patient is {} here."),
    "UK_NINO": (values.insurance, "Her National Insurance number is {} on the slip."),
    "UK_PASSPORT": (lambda rng: "AB" + values.some_digits(rng, 7), "The British passport {} was checked."),
    "UK_DRIVING_LICENCE": (values.driving, "The driving licence {} was scanned."),
    "UK_UTR": (values.british_tax, "The unique taxpayer reference is {} on the return."),
    "DE_TAX_ID": (values.german_tax, "Die Steuer-ID lautet {} laut Bescheid."),
    "DE_TAX_NUMBER": (
        lambda rng: f"1{values.some_digits(rng, 2)}/{values.some_digits(rng, 3)}/{values.some_digits(rng, 5)}",
        "Steuernummer {} angeben.",
    ),
    "DE_SOCIAL_SECURITY": (values.german_pension, "Die Sozialversicherungsnummer {} liegt vor."),
    "DE_HEALTH_INSURANCE": (values.german_patient, "Die Versichertennummer {} steht auf der Karte."),
    "DE_PASSPORT": (values.german_serial("C"), "Der Reisepass {} ist gültig."),
    "DE_ID_CARD": (values.german_serial("L"), "Der Personalausweis {} ist gültig."),
    "DE_FUEHRERSCHEIN": (values.german_licence, "Der Führerschein {} wurde geprüft."),
    "US_NPI": (values.npi, "The NPI of the clinic is {} in the directory."),
    "US_PROVIDER_TAX_ID": (
        lambda rng: f"{rng.randint(30, 48)}-{values.some_digits(rng, 7)}",
        "Billing provider EIN {} on the form.",
    ),
    "US_HEALTH_INSURANCE_MEMBER_ID": (values.member, "Her member ID is {} on the card."),
    "US_CLAIM_NUMBER": (lambda rng: f"CLM-{values.some_digits(rng, 9)}", "The claim number {} was paid."),
    "US_PRIOR_AUTHORIZATION_NUMBER": (
        lambda rng: f"PA-{values.some_digits(rng, 8)}",
        "The prior authorization {} was granted.",
    ),
    "US_PRESCRIPTION_NUMBER": (
        lambda rng: f"RX{values.some_digits(rng, 8)}",
        "The prescription number {} is refilled.",
    ),
    "US_REFERRAL_NUMBER": (lambda rng: f"REF-{values.some_digits(rng, 8)}", "The referral number {} is open."),
    "UK_POSTCODE": (values.postcode, "The postcode is {} here."),
    "UK_VEHICLE_REGISTRATION": (values.british_plate, "The number plate {} was seen."),
    "DE_VAT_ID": (values.german_vat, "Die USt-IdNr. lautet {} laut Impressum."),
    "DE_HANDELSREGISTER": (
        lambda rng: f"HRB {rng.randint(1000, 199999)}",
        "Das Handelsregister führt sie unter {} seit Mai.",
    ),
    "DE_KFZ": (
        lambda rng: f"{values.some_letters(rng, 2)}-{values.some_letters(rng, 2)} {rng.randint(100, 9999)}",
        "Das Kennzeichen {} fiel auf.",
    ),
    "DE_PLZ": (lambda rng: f"{rng.randint(10115, 99998)}", "Die Postleitzahl {} fehlt."),
    "DE_LANR": (values.doctor, "Die Arztnummer {} steht im Stempel."),
    "DE_BSNR": (lambda rng: f"72{values.some_digits(rng, 7)}", "Die Betriebsstättennummer {} steht im Stempel."),
    "FR_NIR": (
        values.punctuated(values.french, "# ## ## ## ### ### ##"),
        "Son numéro de sécurité sociale est le {} depuis hier.",
    ),
    "FR_TAX_ID": (values.french_tax, "Le numéro fiscal {} figure sur l'avis."),
    "ES_NIF": (values.spanish("5"), "El DNI {} caduca pronto."),
    "ES_NIE": (values.spanish("X"), "El NIE {} caduca pronto."),
    "ES_PASSPORT": (
        lambda rng: f"{values.some_letters(rng, 3, 'ABEDSU')}{values.some_digits(rng, 6)}",
        "El pasaporte {} caduca pronto.",
    ),
    "IT_FISCAL_CODE": (values.italian, "Il codice fiscale {} risulta corretto."),
    "IT_VAT_CODE": (values.italian_business, "La partita IVA {} risulta attiva."),
    "IT_DRIVER_LICENSE": (
        lambda rng: f"MI{values.some_digits(rng, 7)}{values.some_letters(rng, 1)}",
        "La patente {} risulta valida.",
    ),
    "IT_PASSPORT": (lambda rng: f"YA{values.some_digits(rng, 7)}", "Il passaporto {} risulta valido."),
    "IT_IDENTITY_CARD": (
        lambda rng: f"CA{values.some_digits(rng, 5)}{values.some_letters(rng, 2)}",
        "La carta d'identità {} risulta valida.",
    ),
    "PL_PESEL": (values.polish, "Jej PESEL to {} w aktach."),
    "PL_NIP": (values.polish_tax, "NIP firmy to {} na fakturze."),
    "PL_REGON": (values.polish_business, "REGON firmy to {} w rejestrze."),
    "PL_ID_CARD": (values.polish_card, "Jej dowód osobisty {} jest ważny."),
    "PL_PASSPORT": (
        lambda rng: f"E{values.some_letters(rng, 1, 'ABCDEFGHJ')}{values.some_digits(rng, 7)}",
        "Jej paszport {} jest ważny.",
    ),
    "NL_VAT_ID": (values.dutch_business, "Het btw-nummer is {} volgens de factuur."),
    "NL_ID_DOCUMENT": (
        lambda rng: f"SP{values.some_letters(rng, 6, 'BCDFHJKLMNPR123456789')}{values.some_digits(rng, 1)}",
        "Haar paspoort {} is geldig.",
    ),
    "NL_BSN": (values.dutch, "Haar burgerservicenummer is {} volgens de kaart."),
    "CA_SIN": (
        values.punctuated(values.luhn(9, "1234567"), "###-###-###"),
        "Her social insurance number is {} on the slip.",
    ),
    "CA_POSTAL_CODE": (
        lambda rng: (
            "".join(rng.choice(string.digits if at % 2 else "ABCEGHJKLM") for at in range(3))
            + " "
            + "".join(rng.choice("ABCEGHJKLM" if at % 2 else string.digits) for at in range(3))
        ),
        "The postal code is {} here.",
    ),
    "BR_CPF": (values.punctuated(values.brazilian(11, 11), "###.###.###-##"), "O CPF dela é {} no cadastro."),
    "BR_CNPJ": (
        values.punctuated(values.brazilian(14, 9), "##.###.###/####-##"),
        "O CNPJ da empresa é {} no contrato.",
    ),
    "IN_AADHAAR": (values.punctuated(values.indian, "#### #### ####"), "Her Aadhaar number is {} on the letter."),
    "IN_PAN": (values.permanent_account, "Her permanent account number is {} on the form."),
    "IN_GSTIN": (values.goods_and_services, "The GSTIN of the shop is {} on the bill."),
    "IN_PASSPORT": (
        lambda rng: f"J{rng.randint(10, 99)}{values.some_digits(rng, 4)}{rng.randint(1, 9)}",
        "The Indian passport {} is valid.",
    ),
    "IN_VOTER": (values.voter, "The voter ID {} was shown."),
    "IN_VEHICLE_REGISTRATION": (
        lambda rng: f"MH {rng.randint(10, 50)} {values.some_letters(rng, 2)} {rng.randint(1000, 9999)}",
        "The RTO lists {} as stolen.",
    ),
    "SG_NRIC_FIN": (values.singaporean, "Her NRIC is {} on the pass."),
    "SG_UEN": (values.singaporean_business, "The UEN of the firm is {} in the register."),
    "AU_TFN": (values.punctuated(values.australian_tax, "### ### ###"), "Her tax file number is {} on the form."),
    "AU_ABN": (
        values.punctuated(values.australian_business, "## ### ### ###"),
        "The ABN of the shop is {} on the bill.",
    ),
    "AU_ACN": (
        values.punctuated(values.australian_company, "### ### ###"),
        "The Australian company number is {} on the seal.",
    ),
    "AU_MEDICARE": (
        values.punctuated(values.australian_patient, "#### ##### #"),
        "The Medicare number of the patient is {} here.",
    ),
    "DATE_OF_BIRTH": (
        lambda rng: f"{rng.randint(1, 28)}.{rng.randint(1, 12)}.{rng.randint(1940, 2005)}",
        "She was born on {} in a small town.",
    ),
    "DIAGNOSIS_CODE": (
        lambda rng: f"E{rng.randint(10, 14)}.{values.some_digits(rng, 1)}",
        "Coded as ICD-10 {} at discharge.",
    ),
    "API_KEY": (
        lambda rng: "AKIA" + values.some_letters(rng, 16, "ABCDEFGHJKMNPQRSTVWXYZ234567"),
        "The build uses {} for uploads.",
    ),
    "ACCESS_TOKEN": (values.token, "The header was {} in the log."),
    "PRIVATE_KEY": (values.private_key, "Keep this to yourself:\n{}\nThanks."),
    "PASSWORD": (
        lambda rng: values.some_letters(rng, 8, string.ascii_letters) + values.some_digits(rng, 4),
        "The password: {} until Friday.",
    ),
}

CANARY_TYPES = frozenset(_CANARIES)
