"""Settings: where they come from, which of two wins, and what refuses to start."""

from pathlib import Path

import pytest

from memory.domain.errors import Misconfigured
from memory.settings import load_settings

SECRET = "sqlite:///secret"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty home that the environment names, and nothing else of `MEMORY_*`."""
    for name in (
        "PROFILE",
        "HOST",
        "PORT",
        "REGION",
        "CATALOGUE_URL",
        "MODEL_CACHE",
        "BEHIND_TLS_PROXY",
        "EXACT_CHUNKS",
    ):
        monkeypatch.delenv(f"MEMORY_{name}", raising=False)
    monkeypatch.setenv("MEMORY_HOME", str(tmp_path))
    return tmp_path


def written(home: Path, text: str | bytes) -> None:
    (home / "memory.toml").write_bytes(text if isinstance(text, bytes) else text.encode())


def test_the_file_beats_the_default_the_environment_beats_the_file_and_an_argument_beats_both(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load_settings().port == 8000
    written(home, 'port = 8001\nregion = "DE"')
    assert (load_settings().port, load_settings().region) == (8001, "DE")
    monkeypatch.setenv("MEMORY_PORT", "8002")
    assert (load_settings().port, load_settings().region) == (8002, "DE")
    assert load_settings(port=8003, region=None).port == 8003


def test_the_file_is_that_of_the_home_that_is_asked_for(home: Path, tmp_path: Path) -> None:
    written(home, "port = 8001")
    other = tmp_path / "other"
    other.mkdir()
    written(other, "port = 8002")
    assert load_settings(home=other).port == 8002


@pytest.mark.parametrize("region", ["de", "DEU", "D", "", "D1", "Germany", "ДЕ", "DE\n"])
def test_a_region_that_is_no_country_code_is_refused(region: str) -> None:
    with pytest.raises(Misconfigured, match="region: "):
        load_settings(region=region)
    assert load_settings(region="DE").region == "DE"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('colour = "blue"', "colour: Extra inputs are not permitted"),
        ("port = ", "cannot be read as TOML"),
        ("[port", "cannot be read as TOML"),
        (b'region = "\xff"', "cannot be read as TOML"),
        ("port = 8000\nport = 8001", "cannot be read as TOML"),
        ("port = 70000", "port: Input should be less than or equal to 65535"),
        ('profile = "test"', "profile: Input should be 'embedded' or 'production'"),
        ("exact_chunks = -1", "exact_chunks: Input should be greater than or equal to 0"),
        ("parse_seconds = 0", "parse_seconds: Input should be greater than 0"),
        ('behind_tls_proxy = "perhaps"', "behind_tls_proxy: Input should be a valid boolean"),
    ],
)
def test_a_file_that_is_broken_or_says_what_nobody_knows_is_refused(home: Path, text: str | bytes, reason: str) -> None:
    """Fails when an error of the parser gets out, or when a misspelt setting is ignored."""
    written(home, text)
    with pytest.raises(Misconfigured, match=reason):
        load_settings()


@pytest.mark.parametrize("text", [f'catalogue_url = ["{SECRET}"]', f'port = "{SECRET}"', f'region = "{SECRET}" x'])
def test_a_refusal_does_not_repeat_the_value(home: Path, text: str) -> None:
    """Fails when the input of a validation error is printed: the URL of a database may hold a password."""
    written(home, text)
    with pytest.raises(Misconfigured) as caught:
        load_settings()
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.10", "::", "memory.example.com", "localhost.example.com"])  # noqa: S104
def test_beyond_loopback_a_proxy_must_be_declared(host: str) -> None:
    """Fails when a name is taken for loopback, or when the declaration is not asked for."""
    with pytest.raises(Misconfigured, match=f"Refusing to serve on {host} without TLS"):
        load_settings(host=host).require_safe_address()
    load_settings(host=host, behind_tls_proxy=True).require_safe_address()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_loopback_needs_no_proxy(host: str) -> None:
    load_settings(host=host).require_safe_address()
