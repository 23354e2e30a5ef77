"""Everything that Presidio knows for the countries looked at is found here, or left out for a written reason."""

import inspect
import pkgutil
from collections.abc import Iterator
from importlib import import_module

import pytest
from presidio_analyzer import EntityRecognizer

from classifiers.presidio import PresidioClassifier
from classifiers.recognizers.coverage import EXCLUDED
from memory.testing.canaries import NEEDS_MODEL

PREDEFINED = "presidio_analyzer.predefined_recognizers"
COUNTRIES = ("us", "uk", "germany", "spain", "italy", "poland", "india", "singapore", "australia", "canada")
PACKAGES = [f"{PREDEFINED}.generic", *(f"{PREDEFINED}.country_specific.{country}" for country in COUNTRIES)]


def recognizers(package: str) -> Iterator[type[EntityRecognizer]]:
    """Yield the recognizers that the modules of one of Presidio's packages define."""
    for module in pkgutil.iter_modules(import_module(package).__path__):
        defined = import_module(f"{package}.{module.name}")
        for _, kind in inspect.getmembers(defined, inspect.isclass):
            if issubclass(kind, EntityRecognizer) and kind.__module__ == defined.__name__:
                yield kind


def types_of(package: str) -> set[str]:
    return {name for kind in recognizers(package) for name in kind().supported_entities}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_type_of_presidio_is_found_or_excluded(package: str) -> None:
    """Fails when a new version of Presidio brings a type, and when one of ours is dropped.

    Tried: without `DE_BSNR`; without `UUID` in `EXCLUDED`.
    """
    known = types_of(package)
    assert known
    assert known <= PresidioClassifier().entity_types | EXCLUDED.keys()


def test_nothing_is_found_and_excluded_or_excluded_without_need() -> None:
    everything = set().union(*map(types_of, PACKAGES))
    assert not EXCLUDED.keys() & (PresidioClassifier().entity_types | NEEDS_MODEL)
    assert EXCLUDED.keys() <= everything
    assert all(len(reason.split()) > 5 for reason in EXCLUDED.values())
