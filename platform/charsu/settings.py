"""Settings: every value Charsu reads from its environment, checked once at the start."""

from __future__ import annotations

import ipaddress
import os
import re
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import SplitResult, urlsplit

SECRET_MIN_LENGTH = 32
SECRET_MIN_DISTINCT = 10
KEY_REMEDY = "`openssl rand -hex 32` makes a good one"
KNOWN_SECRETS = ("changeme", "change-me", "change_me", "secret-key", "your-secret", "password", "insecure")
HOST_PATTERN = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*")
DEFAULT_PORT = "8000"
DEFAULT_BASE_URL = f"http://localhost:{DEFAULT_PORT}"
#: File of the data folder with the password of the PostgreSQL that Charsu made there.
POSTGRES_PASSWORD = "postgres.password"  # noqa: S105 - a name
STRIPE_API_BASE = "https://api.stripe.com"


class BadSetting(Exception):
    """A value of the environment Charsu can not start with; the text names the variable and the remedy."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """What the environment says, complete and valid: no other module reads `os.environ`.

    `database_url` and `redis_url` are empty where `charsu up` is to start servers of its own.
    """

    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    data_dir: Path
    secret_key: str = field(repr=False)
    #: Scheme and host of the bare host, without a trailing slash; tenants are sub-domains of it.
    base_url: str
    smtp_url: str = field(default="", repr=False)
    stripe_api_key: str = field(default="", repr=False)
    stripe_webhook_secret: str = field(default="", repr=False)
    stripe_api_base: str = STRIPE_API_BASE
    #: Never read from the environment: tests hash passwords with the cheap profile.
    hashing_profile: Literal["normal", "test"] = "normal"

    @property
    def is_https(self) -> bool:
        """Whether people reach Charsu by https, which makes cookies Secure and secrets strict."""
        return self.base_url.startswith("https://")

    @property
    def base_host(self) -> str:
        """Host name of `base_url`, lower case, without its port."""
        return urlsplit(self.base_url).hostname or ""

    @property
    def is_local(self) -> bool:
        """Whether this is a laptop's Charsu: the demo business and the mailbox page exist only there."""
        return self.base_host == "localhost" or self.base_host.endswith(".localhost")

    def tenant_url(self, slug: str) -> str:
        """Address of a tenant's own host, without a trailing slash."""
        scheme, host = self.base_url.split("://", 1)
        return f"{scheme}://{slug}.{host}"

    def to_environ(self) -> dict[str, str]:
        """The environment from which a process of ours reads these same settings."""
        return {
            "CHARSU_DATABASE_URL": self.database_url,
            "CHARSU_REDIS_URL": self.redis_url,
            "CHARSU_DATA_DIR": str(self.data_dir),
            "CHARSU_SECRET_KEY": self.secret_key,
            "CHARSU_BASE_URL": self.base_url,
            "CHARSU_SMTP_URL": self.smtp_url,
            "CHARSU_STRIPE_API_KEY": self.stripe_api_key,
            "CHARSU_STRIPE_WEBHOOK_SECRET": self.stripe_webhook_secret,
            "CHARSU_STRIPE_API_BASE": self.stripe_api_base,
        }


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read and check every setting; makes the data folder and, where none is given, its secret key.

    Raises: BadSetting, for the first value that will not do.
    """
    env = os.environ if environ is None else environ
    base_url = _base_url(env)
    data_dir = _data_dir(env)
    return Settings(
        database_url=_database_url(env),
        redis_url=_redis_url(env),
        data_dir=data_dir,
        secret_key=_secret_key(env, data_dir, strict=base_url.startswith("https://")),
        base_url=base_url,
        smtp_url=_smtp_url(env),
        stripe_api_key=_text(env, "CHARSU_STRIPE_API_KEY"),
        stripe_webhook_secret=_text(env, "CHARSU_STRIPE_WEBHOOK_SECRET"),
        stripe_api_base=_stripe_api_base(env),
    )


def empty_place(environ: Mapping[str, str] | None = None) -> Path | None:
    """The data folder, where the environment names no database and no PostgreSQL of ours was ever made there.

    Asked before anything is made: `load_settings` makes the folder.
    """
    env = os.environ if environ is None else environ
    place = _data_path(env)
    return None if _text(env, "CHARSU_DATABASE_URL") or (place / POSTGRES_PASSWORD).exists() else place


def parse_port(name: str, text: str) -> int:
    """The port number in `text`. Raises: BadSetting, naming `name`."""
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise BadSetting(name, f"{text!r} is not a port number (1 to 65535)")
    return int(text)


def make_private_folder(path: Path) -> None:
    """Make a folder that is nobody else's; as root, one the servers' own user can pass through but not list.

    Leaves the permissions of a folder that exists as they are.
    """
    path.mkdir(parents=True, exist_ok=True, mode=0o711 if os.geteuid() == 0 else 0o700)


def _text(env: Mapping[str, str], name: str) -> str:
    value = env.get(name, "").strip()
    if any(ord(char) < 32 for char in value):
        raise BadSetting(name, "holds a control character")
    return value


def _url(env: Mapping[str, str], name: str, schemes: tuple[str, ...]) -> tuple[str, SplitResult] | None:
    text = _text(env, name)
    if not text:
        return None
    wanted = " or ".join(f"{scheme}://" for scheme in schemes)
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - reading it checks it
    except ValueError as error:
        raise BadSetting(name, f"is not an address ({error})") from None
    if parts.scheme not in schemes:
        raise BadSetting(name, f"must start with {wanted}")
    return text, parts


def _database_url(env: Mapping[str, str]) -> str:
    found = _url(env, "CHARSU_DATABASE_URL", ("postgresql", "postgres"))
    if found is None:
        return ""
    text, parts = found
    if not parts.path.strip("/"):
        raise BadSetting(
            "CHARSU_DATABASE_URL", "names no database (postgresql://user:password@host/database)"
        )
    return text


def _redis_url(env: Mapping[str, str]) -> str:
    found = _url(env, "CHARSU_REDIS_URL", ("redis", "rediss", "unix"))
    if found is None:
        return ""
    text, parts = found
    if not (parts.path.strip("/") if parts.scheme == "unix" else parts.hostname):
        raise BadSetting(
            "CHARSU_REDIS_URL", "names no server (redis://host:6379/0 or unix:///path/of/socket)"
        )
    return text


def _smtp_url(env: Mapping[str, str]) -> str:
    found = _url(env, "CHARSU_SMTP_URL", ("smtp", "smtps"))
    if found is None:
        return ""
    text, parts = found
    if not parts.hostname:
        raise BadSetting("CHARSU_SMTP_URL", "names no server (smtp://user:password@host:587)")
    return text


def _stripe_api_base(env: Mapping[str, str]) -> str:
    found = _url(env, "CHARSU_STRIPE_API_BASE", ("http", "https"))
    if found is None:
        return STRIPE_API_BASE
    text, parts = found
    if not parts.hostname:
        raise BadSetting("CHARSU_STRIPE_API_BASE", "names no host")
    return text.rstrip("/")


def _base_url(env: Mapping[str, str]) -> str:
    name = "CHARSU_BASE_URL"
    found = _url(env, name, ("http", "https"))
    if found is None:
        return f"http://localhost:{parse_port('PORT', env.get('PORT', '').strip() or DEFAULT_PORT)}"
    parts = found[1]
    if parts.path.strip("/") or parts.query or parts.fragment or parts.username or parts.password:
        raise BadSetting(name, "must be a scheme and a host only, such as https://example.com")
    host = parts.hostname or ""
    if not HOST_PATTERN.fullmatch(host) or _is_address(host):
        raise BadSetting(name, "needs a host name, as each tenant is a sub-domain of it (not an IP address)")
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _data_path(env: Mapping[str, str]) -> Path:
    return Path(_text(env, "CHARSU_DATA_DIR") or "var").expanduser().absolute()


def _data_dir(env: Mapping[str, str]) -> Path:
    name = "CHARSU_DATA_DIR"
    path = _data_path(env)
    try:
        make_private_folder(path)
    except OSError as error:
        raise BadSetting(name, f"{path} can not be made ({error.strerror})") from None
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        raise BadSetting(name, f"{path} can not be written by this user")
    return path


def _secret_key(env: Mapping[str, str], data_dir: Path, *, strict: bool) -> str:
    name = "CHARSU_SECRET_KEY"
    key = _text(env, name)
    if not key:
        return private_text(data_dir / "secret.key", name)
    if len(key) < SECRET_MIN_LENGTH:
        raise BadSetting(name, f"is shorter than {SECRET_MIN_LENGTH} characters; {KEY_REMEDY}")
    if strict and _is_guessable(key):
        raise BadSetting(name, f"can be guessed; {KEY_REMEDY}")
    return key


def _is_guessable(key: str) -> bool:
    folded = key.lower()
    return len(set(key)) < SECRET_MIN_DISTINCT or any(known in folded for known in KNOWN_SECRETS)


def private_text(path: Path, name: str) -> str:
    """The random text kept in `path`, readable by this user alone; made on the first call.

    Two processes that start at once agree on one text. Raises: BadSetting naming `name`.
    """
    try:
        if not path.exists():
            _write_once(path, secrets.token_urlsafe(48))
        text = path.read_text(encoding="utf-8").strip()
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            path.chmod(0o600)
    except OSError as error:
        raise BadSetting(name, f"{path} can not be read or made ({error.strerror})") from None
    if len(text) < SECRET_MIN_LENGTH:
        raise BadSetting(name, f"{path} is damaged: it holds fewer than {SECRET_MIN_LENGTH} characters")
    return text


def _write_once(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass  # another process was first: its text is the one
    finally:
        draft.unlink()
