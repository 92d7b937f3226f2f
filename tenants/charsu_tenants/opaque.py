"""Opaque secrets: random text given out once, of which only the SHA-256 digest is ever stored.

Sessions, API tokens, invitations and one-time links are all of this kind. They carry 256 random bits, so a
plain digest is enough: there is nothing to guess, hence nothing to stretch.
"""

import hashlib
import secrets

#: Visible characters of an API token that are kept, so that its owner recognises it in a list.
PREFIX_LENGTH = 12


def new_secret(prefix: str = "") -> str:
    """Return `prefix` followed by 32 random bytes in URL-safe text (43 characters)."""
    return prefix + secrets.token_urlsafe(32)


def digest(secret: str) -> bytes:
    """Return the 32 bytes under which `secret` is stored and looked up; any text is accepted."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
