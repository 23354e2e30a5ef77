"""The Compose file: valid, closed by default, and naming only settings that exist."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from memory.settings import Settings, load_settings

REPOSITORY = Path(__file__).resolve().parents[2]
SECRETS = "/run/secrets/"
SECRET_NAME = re.compile(r"(PASSWORD|API_KEY|SECRET|TOKEN)(_FILE)?$")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def services(compose: dict[str, Any]) -> dict[str, Any]:
    return compose["services"]  # type: ignore[no-any-return]


def test_the_file_is_what_the_compose_specification_describes(compose: dict[str, Any], test_data: Path) -> None:
    path = test_data / "contracts" / "compose-spec.json"
    if not path.is_file():
        pytest.skip("the Compose specification is not among the test data")
    validator = Draft7Validator(json.loads(path.read_text()))
    assert [error.message for error in validator.iter_errors(compose)] == []
    assert list(validator.iter_errors({**compose, "services": {"api": {"imge": "x"}}}))  # it does judge


def test_every_secret_comes_from_a_file_and_none_has_a_default(
    compose: dict[str, Any], services: dict[str, Any]
) -> None:
    """Would fail for a password in a variable, or one that Compose fills in."""
    assert all(set(secret) == {"file"} for secret in compose["secrets"].values())
    for name, service in services.items():
        given = {SECRETS + secret for secret in service["secrets"]}
        assert set(service["secrets"]) <= compose["secrets"].keys(), name
        for variable, value in service["environment"].items():
            if SECRET_NAME.search(variable):
                assert variable.endswith("_FILE"), variable
                assert value in given, variable
            assert not re.search(r"://[^@/]*:[^@/]*@", str(value)), variable


def test_services_can_write_only_where_they_must(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert service["read_only"] is True, name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "privileged" not in service, name


def test_nothing_is_published_beyond_this_machine(compose: dict[str, Any], services: dict[str, Any]) -> None:
    """Would fail for a port without an address: Docker publishes those to everybody, past the firewall."""
    published = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert published.keys() == {"api"}
    assert all(port.startswith("127.0.0.1:") for port in published["api"])
    assert compose["networks"]["stores"]["internal"] is True
    assert {name for name, service in services.items() if "front" in service["networks"]} == {"api"}


def test_every_service_tells_how_it_is(services: dict[str, Any]) -> None:
    assert {name for name, service in services.items() if "healthcheck" not in service} == {"founding"}


def test_images_are_pinned(services: dict[str, Any]) -> None:
    for service in services.values():
        assert re.fullmatch(r"[\w/-]+:[\w.-]+", service["image"])
        assert not service["image"].endswith(":latest")


def test_the_stores_speak_tls(services: dict[str, Any]) -> None:
    assert "-c ssl=on" in services["postgres"]["command"]
    assert services["qdrant"]["environment"]["QDRANT__SERVICE__ENABLE_TLS"] == "true"
    assert services["qdrant"]["environment"]["QDRANT__TELEMETRY_DISABLED"] == "true"


@pytest.mark.parametrize("name", ["founding", "api", "worker"])
def test_the_variables_are_settings_that_go_together(
    services: dict[str, Any], name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Would fail for a setting that was renamed, or a combination that refuses to start."""
    for variable in [one for one in os.environ if one.startswith("MEMORY_")]:
        monkeypatch.delenv(variable)
    for variable, value in services[name]["environment"].items():
        assert variable.removeprefix("MEMORY_").lower() in Settings.model_fields
        monkeypatch.setenv(variable, "DE" if value.startswith("${") else value)
    settings = load_settings(home=tmp_path, host="0.0.0.0" if name == "api" else None)  # noqa: S104 - in its container
    settings.require_safe_address()
    assert settings.profile == "production"


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl")
def test_the_secrets_that_the_file_names_are_made_once_and_fit_together(
    compose: dict[str, Any], tmp_path: Path
) -> None:
    """Would fail for a file under another name, a certificate of another authority or for another host."""
    make = ["sh", str(REPOSITORY / "scripts" / "secrets.sh"), str(tmp_path / "secrets")]
    subprocess.run(make, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own script
    files = {name: tmp_path / secret["file"] for name, secret in compose["secrets"].items()}
    before = {name: file.read_bytes() for name, file in files.items()}
    assert all(before.values())
    assert before["catalogue_password"] != before["index_api_key"]
    assert (tmp_path / "secrets").stat().st_mode & 0o077 == 0
    for service in ("postgres", "qdrant"):
        judge = ["openssl", "verify", "-CAfile", files["authority"], "-verify_hostname", service]
        judged = [*judge, files[f"{service}_certificate"]]
        subprocess.run(judged, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    subprocess.run(make, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own script
    assert {name: file.read_bytes() for name, file in files.items()} == before
