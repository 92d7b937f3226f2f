"""Passwords: what is a good one, how it is kept (argon2id), and a check that takes the same time for
everybody.
"""

import unicodedata
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from importlib.resources import files
from typing import Literal

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from charsu.errors import RuleViolated
from charsu.process import runtime
from charsu.text.i18n import _

MIN_LENGTH = 10
#: argon2 reads all of its input, so an unlimited password would be a way to keep a processor busy.
MAX_LENGTH = 200
#: Fewer different characters than this is a pattern, not a password.
MIN_DISTINCT = 5

Profile = Literal["normal", "test"]

# OWASP's smallest recommended setting: about 33 ms and 19 MiB on one core, one lane.
_PROFILES = {
    "normal": PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1),
    "test": PasswordHasher(time_cost=1, memory_cost=8, parallelism=1),
}
# The ones of ten characters and more that lead every published list; shorter ones fall to the length rule.
_ASIDE = ThreadPoolExecutor(max_workers=2, thread_name_prefix="charsu-hash")
_COMMON = frozenset(files("charsu.people").joinpath("common_passwords.txt").read_text("utf-8").split())


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password, salt and parameters included."""
    return _PROFILES[_profile()].hash(_bytes(password))


def start_hash(password: str) -> Future[str]:
    """Begin `hash_password` on another thread and return at once; two at most run at the same time.

    argon2 lets go of the interpreter while it works, so what waits for the database meanwhile costs nothing.
    """
    return _ASIDE.submit(_PROFILES[_profile()].hash, _bytes(password))


def verify_password(password_hash: str | None, password: str) -> bool:
    """Tell whether the password belongs to the hash; with no hash (unknown person) it works as long and
    says no.
    """
    known = password_hash if password_hash is not None else _dummy_hash(_profile())
    try:
        _PROFILES[_profile()].verify(known, _bytes(password[: MAX_LENGTH + 1]))
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def needs_rehash(password_hash: str) -> bool:
    """Tell whether a hash was made with other parameters than today's."""
    return _PROFILES[_profile()].check_needs_rehash(password_hash)


def check_new_password(password: str, *, field: str = "password", personal: tuple[str, ...] = ()) -> None:
    """Refuse a password that is too short, too long, common, or made of the person's own `personal` words.

    Raises: RuleViolated on `field`.
    """
    if len(password) < MIN_LENGTH:
        raise RuleViolated(
            _("Use at least %(count)s characters.", count=MIN_LENGTH), field=field, code="password_short"
        )
    if len(password) > MAX_LENGTH:
        raise RuleViolated(
            _("Use at most %(count)s characters.", count=MAX_LENGTH), field=field, code="password_long"
        )
    folded = password.casefold()
    own_words = {word.casefold() for word in personal if word}
    if folded in _COMMON or folded in own_words or len(set(folded)) < MIN_DISTINCT:
        raise RuleViolated(
            _("This password is easy to guess. Choose another one, such as three unrelated words."),
            field=field,
            code="password_common",
        )


def _bytes(password: str) -> bytes:
    """One spelling for what looks alike (NFKC), as keyboards compose letters differently."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


def _profile() -> Profile:
    return runtime().settings.hashing_profile


@cache
def _dummy_hash(profile: Profile) -> str:
    return _PROFILES[profile].hash("a password nobody has")
