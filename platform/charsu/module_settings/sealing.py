"""Seals secrets before they are stored, so that no backup, export or query shows them.

The key comes from the secret key of the installation. The place of the secret is sealed along, so that a
sealed text is of no use in another place or installation.
"""

import base64
import binascii
import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from charsu.process import runtime

_VERSION = "1."
_NONCE = 12


def seal(plain: str, place: str) -> str:
    """The text as it may be stored at `place`; another one each time."""
    nonce = secrets.token_bytes(_NONCE)
    hidden = _cipher().encrypt(nonce, plain.encode(), place.encode())
    return _VERSION + base64.urlsafe_b64encode(nonce + hidden).decode()


def unseal(sealed: object, place: str) -> str:
    """The text `seal` was given. Raises: ValueError for what it did not make at this place with this key."""
    if not isinstance(sealed, str) or not sealed.startswith(_VERSION):
        raise ValueError("this was not sealed here")
    try:
        content = base64.b64decode(sealed.removeprefix(_VERSION), altchars=b"-_", validate=True)
        return _cipher().decrypt(content[:_NONCE], content[_NONCE:], place.encode()).decode()
    except (InvalidTag, binascii.Error, ValueError) as error:
        raise ValueError("this was not sealed here: with another key, or for another place") from error


def _cipher() -> ChaCha20Poly1305:
    secret_key = runtime().database.secret_key.encode()
    return ChaCha20Poly1305(hmac.digest(secret_key, b"charsu.sealed", "sha256"))
