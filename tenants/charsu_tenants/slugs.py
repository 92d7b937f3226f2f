"""Slugs: the words under which tenants are reached, `<slug>.<base host>`."""

import re
from pathlib import Path
from typing import Literal

#: Hosts that are ours, or that people would take for ours.
RESERVED = frozenset(Path(__file__).with_name("reserved_slugs.txt").read_text("ascii").split())
MIN_LENGTH = 3
MAX_LENGTH = 40
_PATTERN = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")

Reason = Literal["length", "letters", "reserved", "taken"]

_MESSAGES: dict[Reason, dict[str, str]] = {
    "length": {
        "en": f"Choose an address of {MIN_LENGTH} to {MAX_LENGTH} letters.",
        "fa": "نشانی باید بین ۳ تا ۴۰ نویسه باشد.",
    },
    "letters": {
        "en": "Use small Latin letters, digits and single hyphens between them.",
        "fa": "فقط حروف کوچک لاتین، رقم و خط تیره در میان آن‌ها به کار ببرید.",
    },
    "reserved": {
        "en": "This address is reserved. Choose another one.",
        "fa": "این نشانی برای خود چارسو کنار گذاشته شده است. نشانی دیگری برگزینید.",
    },
    "taken": {
        "en": "This address is already taken. Choose another one.",
        "fa": "این نشانی پیش‌تر گرفته شده است. نشانی دیگری برگزینید.",
    },
}


class InvalidSlug(ValueError):
    """An address a business can not have; `reason` is stable, `message(locale)` is for the person."""

    field = "slug"

    def __init__(self, slug: str, reason: Reason) -> None:
        self.slug = slug
        self.reason: Reason = reason
        super().__init__(f"{slug!r}: {self.message('en')}")

    @property
    def code(self) -> str:
        """A name for programs, such as slug_taken."""
        return f"slug_{self.reason}"

    def message(self, locale: str) -> str:
        """What is wrong and what to do, in Persian or English."""
        texts = _MESSAGES[self.reason]
        return texts.get(locale, texts["en"])


def check_slug(slug: str) -> str:
    """The slug itself when a tenant may have it, as far as its letters tell. Raises: InvalidSlug."""
    if not MIN_LENGTH <= len(slug) <= MAX_LENGTH:
        raise InvalidSlug(slug, "length")
    if _PATTERN.fullmatch(slug) is None:
        raise InvalidSlug(slug, "letters")
    if slug in RESERVED or slug.startswith("xn--"):
        raise InvalidSlug(slug, "reserved")
    return slug
