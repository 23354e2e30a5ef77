"""Phrases that name a document in more than one country."""

LICENCE = ["driver's license", "drivers license", "driver license", "driver's licence", "driving licence"]
PASSPORT = ["passport", "passport number", "passport no", "reisepass", "reisepassnummer", "passnummer"]
PLATE = ["number plate", "licence plate", "license plate", "vehicle registration", "registration number", "reg no"]
POSTCODE = ["postcode", "post code", "postal code", "address", "zip"]
