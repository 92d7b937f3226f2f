"""Seals secrets before they are stored, so that no backup, export or query shows them.

HMAC-SHA256 in counter mode, then a tag over nonce and text (encrypt-then-MAC): what the standard library has
suffices, see decision 0028. The keys come from the secret key of the installation and from the place of the
secret, so a sealed text is of no use in another place or installation.
"""

import base64
import binascii
import hmac
import secrets

from charsu.process import runtime

_VERSION = "1."
_NONCE, _TAG = 16, 32


def seal(plain: str, place: str) -> str:
    """The text as it may be stored at `place`; another one each time."""
    nonce = secrets.token_bytes(_NONCE)
    hidden = _mixed(plain.encode(), nonce, place)
    return _VERSION + base64.urlsafe_b64encode(nonce + hidden + _tag(nonce + hidden, place)).decode()


def unseal(sealed: object, place: str) -> str:
    """The text `seal` was given. Raises: ValueError for what it did not make at this place with this key."""
    if not isinstance(sealed, str) or not sealed.startswith(_VERSION):
        raise ValueError("this was not sealed here")
    try:
        content = base64.b64decode(sealed.removeprefix(_VERSION), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("this was not sealed here") from error
    body, tag = content[:-_TAG], content[-_TAG:]
    if len(body) < _NONCE or not hmac.compare_digest(tag, _tag(body, place)):
        raise ValueError("this was sealed with another key, or for another place")
    return _mixed(body[_NONCE:], body[:_NONCE], place).decode()


def _mixed(content: bytes, nonce: bytes, place: str) -> bytes:
    """The content with the stream of the nonce over it; twice gives it back."""
    key = _key("stream", place)
    blocks = range((len(content) + 31) // 32)
    stream = b"".join(hmac.digest(key, nonce + number.to_bytes(4), "sha256") for number in blocks)
    return bytes(one ^ other for one, other in zip(content, stream, strict=False))


def _tag(body: bytes, place: str) -> bytes:
    return hmac.digest(_key("tag", place), body, "sha256")


def _key(use: str, place: str) -> bytes:
    secret_key = runtime().database.secret_key.encode()
    return hmac.digest(secret_key, f"charsu.sealed.{use}.{place}".encode(), "sha256")
