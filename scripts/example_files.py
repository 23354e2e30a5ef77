"""Make the binary files of the example company again: DOCX, XLSX, PPTX, ODT and PDF, one PDF behind a password.

    python scripts/example_files.py [FOLDER]

What enters are the texts below; what leaves are small files under FOLDER (default: examples/company), the same bytes on
every run with the same libraries.
"""

import sys
from pathlib import Path

from example_office import opendocument, slides, word, workbook
from example_pdf import pdf

COMPANY = Path(__file__).resolve().parent.parent / "examples" / "company"
PASSWORD = b"annex-b"

CONSENT = (
    "The Supplier may share the customer dataset with a partner for analysis, or for any other purpose, only with the "
    "prior written consent of the Client. The consent names the dataset, the partner, the purpose and the last day. "
    "Without it sharing is a material breach of this agreement."
)
CONTRACT = (
    (1, "Master agreement with Stadtwerke Brandt"),
    (0, "Between Stadtwerke Brandt (the Client) and Auenfeld GmbH (the Supplier), in force since 1 January 2025."),
    (2, "3 Services"),
    (0, "The Supplier installs sensors in the Client's households and reports consumption every month."),
    (2, "5 Fees"),
    (0, "The Client pays 4.20 euros per household and month. Invoices are due within thirty days."),
    (2, "7 Customer data"),
    (0, "The Supplier processes the customer dataset only for the services of section 3, and only in Germany."),
    (3, "7.2 Sharing with partners"),
    (0, CONSENT),
    (2, "11 Term"),
    (0, "This agreement ends on 31 December 2028. Either party may end it early with six months' notice."),
)

GUIDE = (
    (20, "Field guide: installing a sensor"),
    (11, "For technicians in Leipzig and Boston. Third edition, May 2026."),
    (15, "Before you start"),
    (11, "Switch the boiler off and let it cool for twenty minutes. Check that the pipe is dry."),
    (15, "Mounting"),
    (11, "Clip the sensor to the return pipe, a hand's width from the pump, with the arrow pointing to the boiler."),
    (11, "Press the button until the light turns green. Read the number on the back to the office."),
    (15, "When the light stays red"),
    (11, "Change the battery. If it is still red, take another sensor and send this one back."),
)

ANNEX = ((20, "Annex B: prices"), (11, "Signed copy."))

CALDER = (
    (1, "Services agreement with Calder Housing"),
    (0, "Between Calder Housing Association, Leeds, and Auenfeld UK Ltd, in force since 2 March 2026."),
    (2, "2 Installation"),
    (0, "Auenfeld UK fits one sensor in each of the ninety-six flats before the first of October 2026."),
    (2, "4 Charges"),
    (0, "Calder Housing pays 3.90 pounds for each flat and month, in arrears, within twenty-eight days."),
    (2, "9 Ending this agreement"),
    (0, "Either side may end it at the close of a heating season with three months' notice."),
)

HOME_OFFICE = (
    (1, "Betriebsvereinbarung über das Arbeiten zu Hause"),
    (0, "Zwischen der Auenfeld GmbH und ihrem Betriebsrat, gültig für alle in Leipzig ab dem 1. Februar 2026."),
    (2, "§ 2 Umfang"),
    (0, "Wer möchte, arbeitet bis zu drei Tage in der Woche zu Hause. Das Team wird vorher gefragt."),
    (2, "§ 3 Ausstattung"),
    (0, "Der Betrieb stellt Bildschirm und Stuhl und zahlt monatlich zwanzig Euro für Strom und Leitung."),
    (2, "§ 5 Erreichbarkeit"),
    (0, "Zwischen 19 Uhr und 7 Uhr muss niemand antworten. Die Rufbereitschaft ist gesondert geregelt."),
)

MAINTENANCE = (
    (1, "Wartungsvertrag mit der Wohnbau Nordheim eG"),
    (0, "Die Auenfeld GmbH wartet die Sensoren in 310 Wohnungen der Genossenschaft, seit dem 1. Juli 2025."),
    (2, "§ 3 Reaktionszeit"),
    (0, "Fällt ein Sensor aus, kommt der Kundendienst binnen fünf Werktagen, während der Heizperiode binnen zwei."),
    (2, "§ 6 Kündigung"),
    (0, "Der Vertrag kann mit einer Frist von drei Monaten zum Jahresende schriftlich gekündigt werden."),
    (2, "§ 7 Zahlung"),
    (0, "Die Vergütung wird vierteljährlich von der IBAN DE02120300000000202051 der Genossenschaft eingezogen."),
)

OFFER = (
    (1, "Angebot an die Stadtwerke Lindental"),
    (0, "Leipzig, 28. Mai 2026. Wir bieten die Ausstattung von 3.800 Haushalten mit Sensoren an."),
    (2, "Leistung"),
    (0, "Montage, Inbetriebnahme und monatliche Auswertung. Die erste Straße ist acht Wochen nach Auftrag fertig."),
    (2, "Preis"),
    (
        0,
        "3,95 Euro je Haushalt und Monat bei einer Laufzeit von vier Jahren. Das Angebot gilt bis zum 31. August 2026.",
    ),
)

FITTING = (
    (20, "Montageanleitung für unterwegs"),
    (11, "Kurzfassung für den Wagen. Ausführlich steht alles im Handbuch des Kundendienstes."),
    (15, "Werkzeug"),
    (11, "Schlüssel 13, Rohrschelle, Tuch. Kein Fett: der Sensor misst die Wärme durch das Blech."),
    (15, "Wenn das Licht rot bleibt"),
    (11, "Batterie wechseln. Bleibt es rot, den Sensor tauschen und den alten nach Leipzig schicken."),
)

OVERVIEW = (
    ("The Auenfeld sensor", ("Measures heat at the return pipe, without cutting it", "One battery for four years")),
    (
        "What landlords get",
        ("A bill for each flat", "A warning before a circuit leaks", "Readings every fifteen minutes"),
    ),
    ("Where we are", ("Leipzig, since 2019", "Boston, since 2024", "Leeds, since February 2026")),
)

PRICES = {
    "Prices 2026": (
        ("article", "EUR", "GBP", "USD"),
        ("sensor, wireless", 48.0, 42.0, 55.0),
        ("gateway for one house", 129.0, 112.0, 149.0),
        ("battery", 6.5, 5.9, 7.5),
    ),
    "Discounts": (("from households", "percent"), (500, 4), (2000, 9)),
}

HOLIDAYS = {
    "Days off 2026": (
        ("day", "Leipzig", "Leeds", "Boston"),
        ("1 January", "Neujahr", "New Year's Day", "New Year's Day"),
        ("3 April", "Karfreitag", "Good Friday", None),
        ("25 May", "Pfingstmontag", "Spring bank holiday", "Memorial Day"),
        ("4 July", None, None, "Independence Day"),
        ("3 October", "Tag der Deutschen Einheit", None, None),
        ("26 November", None, None, "Thanksgiving"),
    ),
}

STOCK = {
    "Stock on 1 June 2026": (
        ("part", "Leipzig", "Leeds", "Boston"),
        ("sensor, wireless", 1240, 60, 85),
        ("gateway for one house", 96, 12, 9),
        ("battery", 5200, 310, 400),
        ("pipe clamp", 780, 44, 51),
    ),
}

PAYROLL = {
    "June 2026": (
        ("employee", "country", "number for tax or insurance", "paid to", "gross"),
        ("Ben Okafor", "DE", "Steuer-ID 57549285017", "IBAN DE91100000000123456789", 4150),
        ("Anke Seidel", "DE", "Steuer-ID 25768131411", "IBAN DE02500105170137075030", 3980),
        ("Rhys Morgan", "GB", "National Insurance number AB 98 76 54 D", "IBAN GB33BUKB20201555555555", 3050),
        ("Owen Park", "US", "social security number 219-09-9999", "routing number 122105155", 5200),
    ),
}


def main() -> None:
    """Write all files."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else COMPANY
    files = {
        "contracts/brandt/annex-b-signed.pdf": pdf(ANNEX, password=PASSWORD),
        "contracts/brandt/master-agreement.docx": word(CONTRACT),
        "contracts/calder/services-agreement.docx": word(CALDER),
        "contracts/nordheim/wartungsvertrag.odt": opendocument(MAINTENANCE),
        "people/betriebsvereinbarung-homeoffice.docx": word(HOME_OFFICE, "Jonas Weidlich"),
        "people/holidays-2026.xlsx": workbook(HOLIDAYS, "Jonas Weidlich"),
        "people/pay/payroll-june.xlsx": workbook(PAYROLL, "Jonas Weidlich"),
        "sales/angebot-lindental.odt": opendocument(OFFER),
        "sales/price-list.xlsx": workbook(PRICES, "Priya Raman"),
        "sales/product-overview.pptx": slides(OVERVIEW, "Priya Raman"),
        "support/field-guide.pdf": pdf(GUIDE),
        "support/montageanleitung.pdf": pdf(FITTING),
        "support/stock-levels.xlsx": workbook(STOCK, "Ben Okafor"),
    }
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


if __name__ == "__main__":
    main()
