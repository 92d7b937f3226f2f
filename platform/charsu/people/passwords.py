"""Passwords: what is a good one, how it is kept (argon2id), and a check that takes the same time for everybody."""

from functools import cache
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
_COMMON = frozenset(
    """
    1234567890 0123456789 12345678910 123456789a a123456789 q123456789 0987654321 1q2w3e4r5t 1qaz2wsx3edc
    qwertyuiop qwerty12345 qwerty1234 qwerty123456 asdfghjkl1 asdfghjkl123 password12 password123 password1234
    password12345 passw0rd123 p@ssword123 p@ssw0rd123 iloveyou12 iloveyou123 administrator admin12345 admin123456
    welcome123 welcome1234 letmein123 changeme123 football123 superman123 sunshine123 princess123 abcdefghij
    abcdefghijk abcd123456 abc1234567 abc123456789 charsu1234 charsucharsu 0912345678 09123456789 1234512345
    1122334455 9876543210 zxcvbnm123 qazwsxedcrfv 123qwe123qwe qwe123qwe123 1q2w3e4r5t6y iran123456 tehran1234
    persepolis esteghlal1 password!! letmein!!! correcthorsebatterystaple
    """.split()
)


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password, salt and parameters included."""
    return _PROFILES[_profile()].hash(password)


def verify_password(password_hash: str | None, password: str) -> bool:
    """Tell whether the password belongs to the hash; with no hash (unknown person) it works as long and says no."""
    known = password_hash if password_hash is not None else _dummy_hash(_profile())
    try:
        _PROFILES[_profile()].verify(known, password[: MAX_LENGTH + 1])
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
            _(
                "This password is easy to guess. Choose another one, such as three words that do not belong together."
            ),
            field=field,
            code="password_common",
        )


def _profile() -> Profile:
    return runtime().settings.password_profile


@cache
def _dummy_hash(profile: Profile) -> str:
    return _PROFILES[profile].hash("a password nobody has")
