"""What a process labels by has a name, which changes with everything that changes what is found."""

import pytest

from classifiers.recognizers.names import MODEL
from classifiers.revision import LIBRARIES, NAMING, installed, recognizers


@pytest.mark.parametrize("library", [*LIBRARIES, *NAMING])
def test_each_version_and_its_absence_is_part_of_the_name(library: str) -> None:
    """Fails when one is left out: a worker without the model for names would pass for a server that has it."""
    told = {
        recognizers(lambda one, version=version: version if one == library else "1")  # type: ignore[misc]
        for version in ("2", "3", "absent")
    }
    assert len(told) == 3
    assert recognizers(lambda _: "1") == recognizers(lambda _: "1")


def test_what_is_not_installed_is_absent_and_the_model_for_names_is_the_one_that_finds_them() -> None:
    """Fails when the name speaks of another model than the recognizer loads."""
    assert MODEL in NAMING
    assert installed("a-library-that-nobody-has") == "absent"
    assert installed("spacy") != "absent"
