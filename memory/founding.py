"""Making a home: folders, keys, the default policy pack and an empty catalogue.

Enters: settings that name a folder. Leaves: a home that every command can open. Doing it again completes what is
missing and overwrites nothing: a policy somebody edited stays, a key is never made twice.
"""

import os
import secrets
import shutil
from pathlib import Path

from memory.adapters.audit.keys import create_audit_keys
from memory.adapters.catalogue.database import migrate
from memory.adapters.identity.issuer import create_keys
from memory.domain.errors import Conflict, HomeMissing, Misconfigured
from memory.settings import Settings
from memory.shipped import shipped

NAMING_KEY = "naming.key"
NAMING_KEY_BYTES = 32
SETTINGS_FILE = """# Settings of this home; every line can also be a variable, MEMORY_REGION for region.
# The country (ISO 3166-1 alpha-2) in which this deployment processes. Unset is unknown, and documents whose people a
# law protects stay closed.
{region}
# port = 8000
# exact_chunks = 50000
"""


def found(settings: Settings, *, region: str | None = None) -> list[str]:
    """Make or complete the home; return what was made, in words.

    Raises `Misconfigured` for a folder in use, or one that cannot be written.
    """
    try:
        return _found(settings, region)
    except OSError as error:
        raise Misconfigured(
            f"A home at {settings.home} cannot be made or completed ({error.strerror}); name another with --home."
        ) from error


def _found(settings: Settings, region: str | None) -> list[str]:
    home = settings.home
    if home.exists() and any(home.iterdir()) and not (home / "config").exists():
        raise Misconfigured(f"{home} holds other files; name an empty folder with --home.")
    made = []
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    home.chmod(0o700)
    made += _settings(home, region)
    made += _configuration(settings.config)
    made += _keys(settings.keys)
    new = migrate(settings.catalogue)
    return [*made, "an empty catalogue"] if new else made


def naming_secret(settings: Settings) -> bytes:
    """Return the secret from which document, chunk and point names derive. Raises `HomeMissing` or `Misconfigured`."""
    require_home(settings)
    path = settings.keys / NAMING_KEY
    try:
        if path.stat().st_mode & 0o077:
            raise Misconfigured(f"{path} can be read by others; run: chmod 600 {path}")
        secret = bytes.fromhex(path.read_text().strip())
    except (OSError, ValueError) as error:
        raise Misconfigured(f"{path} is missing or damaged; restore it from your backup.") from error
    if len(secret) != NAMING_KEY_BYTES:
        raise Misconfigured(f"{path} is damaged; restore it from your backup.")
    return secret


def require_home(settings: Settings) -> None:
    """Raise `HomeMissing` when nobody made this home."""
    if not settings.config.is_dir() or not settings.keys.is_dir():
        raise HomeMissing(f"There is no home at {settings.home}; make one with: memory init --home {settings.home}")


def _settings(home: Path, region: str | None) -> list[str]:
    path = home / "memory.toml"
    if path.exists():
        return []
    path.write_text(SETTINGS_FILE.format(region=f'region = "{region}"' if region else '# region = "DE"'))
    return ["memory.toml"]


def _configuration(target: Path) -> list[str]:
    """Copy the default pack, file by file where none is."""
    made = []
    pack = shipped("config")
    for file in sorted(path for path in pack.rglob("*") if path.is_file()):
        copy = target / file.relative_to(pack)
        if not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)
            made.append(f"config/{file.relative_to(pack)}")
    return made


def _keys(folder: Path) -> list[str]:
    folder.mkdir(mode=0o700, exist_ok=True)
    made = []
    for name, create in (("token keys", create_keys), ("audit keys", create_audit_keys)):
        try:
            create(folder)
            made.append(name)
        except Conflict:
            continue
    path = folder / NAMING_KEY
    if not path.exists():
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(NAMING_KEY_BYTES))
        made.append("the naming key")
    return made
