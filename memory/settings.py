"""Settings: environment variables `MEMORY_*`, then `memory.toml` in the home, then these defaults.

Built once, in `wiring` or by a command, and passed down. A value that is insecure or contradicts another refuses to
start and says which.
"""

import re
import tomllib
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import quote

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from memory.domain.errors import Misconfigured


class Settings(BaseSettings):
    """Everything that can be set. Paths below the home are derived, so that one folder is the whole state."""

    model_config = SettingsConfigDict(env_prefix="MEMORY_", extra="forbid", frozen=True)

    home: Path = Field(Path(".memory"), description="The folder that holds all state.")
    profile: Literal["embedded", "production"] = Field(
        "embedded", description="production refuses commands that show text or act for others."
    )
    host: str = Field("127.0.0.1", description="Address the API listens on.")
    port: int = Field(8000, ge=0, le=65535, description="Port the API listens on; 0 takes a free one.")
    behind_tls_proxy: bool = Field(
        default=False, description="A proxy in front terminates TLS; without it only loopback is served."
    )
    model_cache: Path | None = Field(None, description="Where compiled models are kept; default: in the home.")
    catalogue_url: str | None = Field(
        None,
        description="postgresql://user@host/name or sqlite:////path of the catalogue; default: SQLite in the home.",
    )
    catalogue_password_file: Path | None = Field(None, description="File with the password of the catalogue's user.")
    index_url: str | None = Field(
        None, description="https://host:6333 of a Qdrant server; default: the embedded index in the home."
    )
    index_grpc_port: int = Field(6334, ge=0, le=65535, description="Port for gRPC of that server; 0 speaks REST.")
    index_api_key: SecretStr | None = Field(None, description="Key of that server; better given as a file.")
    index_api_key_file: Path | None = Field(None, description="File with the key of that server.")
    index_authority_file: Path | None = Field(None, description="File with the CA that vouches for that server.")
    index_collection: str = Field("memory", min_length=1, description="Collection on that server.")
    index_shards: int = Field(1, ge=1, description="Parts of the collection, when it is made.")
    index_replicas: int = Field(
        1, ge=1, description="Copies of each part; a write counts when every copy that serves has it."
    )
    region: str | None = Field(
        None,
        description="Country (ISO 3166-1 alpha-2) this deployment processes in; unset is unknown, and unknown closes.",
    )
    exact_chunks: int = Field(50_000, ge=0, description="Up to this many visible chunks, search is exact.")
    max_body_bytes: int = Field(64 * 1024 * 1024, ge=1024, description="Largest request body accepted.")
    max_file_bytes: int = Field(50 * 1024 * 1024, ge=1024, description="Largest file a source may bring.")
    parse_seconds: float = Field(60.0, gt=0, description="Time limit for reading one file.")
    parse_memory_bytes: int = Field(
        1536 * 1024 * 1024, ge=256 * 1024 * 1024, description="Memory limit for reading one file."
    )

    max_deletions: int = Field(
        100, ge=0, description="A sync that finds more documents gone than this and the ratio waits for a person."
    )
    max_deletion_ratio: float = Field(
        0.1, ge=0, le=1, description="Share of a source's documents that may go in one sync without a person."
    )

    @field_validator("region")
    @classmethod
    def _country(cls, region: str | None) -> str | None:
        if region is not None and not re.fullmatch("[A-Z]{2}", region):
            raise ValueError("a region is a country code of two capital letters, such as DE")
        return region

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.index_url is None:
            return self
        if not (self.catalogue_url or "").startswith("postgresql"):
            raise ValueError("index_url needs a catalogue_url on PostgreSQL: processes that share one share the other")
        if self.index_api_key is not None and self.index_api_key_file is not None:
            raise ValueError("index_api_key and index_api_key_file contradict each other; keep the file")
        return self

    @property
    def index_key(self) -> str | None:
        """The key of the server of the index, None when there is none. Raises `Misconfigured`."""
        if self.index_api_key_file is not None:
            return secret_in(self.index_api_key_file)
        return None if self.index_api_key is None else self.index_api_key.get_secret_value()

    @property
    def config(self) -> Path:
        """Policies, schema, purposes, jurisdictions and classification rules of this home."""
        return self.home / "config"

    @property
    def keys(self) -> Path:
        """Signing keys and secrets, mode 0600."""
        return self.home / "keys"

    @property
    def models(self) -> Path:
        """Compiled models."""
        return self.model_cache or self.home / "models"

    @property
    def index(self) -> Path:
        """The embedded index; derived, can be deleted and rebuilt."""
        return self.home / "index"

    @property
    def raw(self) -> Path:
        """Source bytes by hash."""
        return self.home / "raw"

    @property
    def audit_log(self) -> Path:
        """The audit log, a database of its own."""
        return self.home / "audit.db"

    @property
    def address_file(self) -> Path:
        """Where a running server says its address."""
        return self.home / "server.json"

    @property
    def catalogue(self) -> str:
        """SQLAlchemy URL of the catalogue, with its password. Raises `Misconfigured`."""
        url = self.catalogue_url or f"sqlite:///{self.home.absolute() / 'catalogue.db'}"
        if self.catalogue_password_file is None:
            return url
        user, at, place = url.partition("@")
        if not at or ":" in user.partition("://")[2]:
            raise Misconfigured(
                "A password file needs a catalogue URL with a user and without a password; mend MEMORY_CATALOGUE_URL."
            )
        return f"{user}:{quote(secret_in(self.catalogue_password_file), safe='')}@{place}"

    def require_safe_address(self) -> None:
        """Refuse to serve beyond loopback without TLS in front. Raises `Misconfigured`."""
        try:
            loopback = self.host == "localhost" or ip_address(self.host).is_loopback
        except ValueError:
            loopback = False
        if not loopback and not self.behind_tls_proxy:
            raise Misconfigured(
                f"Refusing to serve on {self.host} without TLS. Listen on 127.0.0.1, or put a proxy that ends TLS "
                "in front and set MEMORY_BEHIND_TLS_PROXY=true."
            )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then the environment, then the home's file."""
        home = init_settings().get("home") or env_settings().get("home") or ".memory"
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, Path(home) / "memory.toml")


def secret_in(path: Path) -> str:
    """Return the secret that a file holds, without the line end. Raises `Misconfigured`; never quotes what it read."""
    try:
        secret = path.read_text().strip()
    except (OSError, ValueError):
        raise Misconfigured(f"The secret in {path} cannot be read; mend the file or its rights.") from None
    if not secret:
        raise Misconfigured(f"The secret in {path} is empty; write it into the file.")
    return secret


def load_settings(**overrides: Any) -> Settings:
    """Return the settings; overrides of None count as not given. Raises `Misconfigured`, naming what is wrong."""
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        place = f": {error}" if isinstance(error, tomllib.TOMLDecodeError) else ""
        raise Misconfigured(f"The memory.toml of this home cannot be read as TOML{place}. Mend it.") from None
    except SettingsError as error:
        raise Misconfigured("A MEMORY_* variable cannot be read; see docs/operations.md for their values.") from error
    except ValidationError as error:
        wrong = "; ".join(
            ": ".join(filter(None, (".".join(map(str, item["loc"])), item["msg"])))
            for item in error.errors(include_input=False)
        )
        raise Misconfigured(f"Settings are not valid: {wrong}. Mend MEMORY_* variables or memory.toml.") from None
