import pytest

from memory.adapters.partitioner.decoding import decode
from memory.adapters.partitioner.limits import Refusal, Refused


@pytest.mark.parametrize("text", ["a\r\nb\n", "\ufeffa", "é 東京 😀"])
def test_utf_8_is_kept_to_the_code_point(text: str) -> None:
    assert decode(text.encode()) == (text, ())


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_other_unicode_is_known_by_its_mark(encoding: str) -> None:
    assert decode("\ufeffGrüße".encode(encoding)) == ("\ufeffGrüße", (f"read as {encoding}",))


def test_what_is_not_utf_8_is_read_as_windows_1252_and_says_so() -> None:
    assert decode("10 € für Büro".encode("cp1252")) == ("10 € für Büro", ("not valid UTF-8; read as cp1252",))


def test_a_declared_encoding_wins_over_the_guess() -> None:
    page = '<meta charset="iso-8859-5">Привет'
    assert decode(page.encode("iso-8859-5"))[0] == page


@pytest.mark.parametrize("declared", ["zip", "base64", "nonsense", "utf-8"])
def test_a_declaration_that_is_no_encoding_of_text_is_passed_over(declared: str) -> None:
    page = f'<meta charset="{declared}">é'
    assert decode(page.encode("cp1252"))[0] == page


def test_every_byte_string_without_nuls_becomes_as_many_characters() -> None:
    assert len(decode(bytes(range(1, 256)))[0]) == 255


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"a\0b", Refusal.BINARY),
        (b"\xff\xfea", Refusal.CORRUPT),
        ("\ufeffa\0".encode("utf-16-le"), Refusal.BINARY),
        (b"", Refusal.EMPTY),
        (b"\xef\xbb\xbf\n", Refusal.EMPTY),
    ],
)
def test_what_is_no_text_is_refused(content: bytes, refusal: Refusal) -> None:
    with pytest.raises(Refused) as refused:
        decode(content)
    assert refused.value.refusal is refusal
