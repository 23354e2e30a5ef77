"""What Presidio can find for the countries looked at here, and is left out on purpose."""

from collections.abc import Mapping

EXCLUDED: Mapping[str, str] = {
    "DATE_TIME": "a date says nothing about a person unless it is one of birth, which has a recognizer of its own",
    "URL": "the address of a page names no person; what opens it (a password, a token in it) is found as a secret",
    "UUID": "a random name of a record, which tells whom it is about to nobody who lacks the record",
}
"""Entity type → reason. Found and excluded types together are all types of Presidio's packages for these countries."""
