"""Names and passwords of database roles: derived, never stored, never sent to the server in clear."""

import base64
import hashlib
import hmac
import re
import secrets
from uuid import UUID

#: The passwords are 256 bits of HMAC: stretching would slow each new connection and protect nothing.
SCRAM_ITERATIONS = 1
_SALT_BYTES = 16
_TENANT_NAME = re.compile(r"t_[a-z2-7]{26}")


def tenant_role_name(tenant_id: UUID) -> str:
    """Name of the schema and role of a tenant: random letters, nothing a user typed."""
    return "t_" + base64.b32encode(tenant_id.bytes).decode().rstrip("=").lower()


def is_tenant_role(name: str) -> bool:
    """Whether `name` has the form `tenant_role_name` gives, and so needs no quoting in SQL."""
    return _TENANT_NAME.fullmatch(name) is not None


def role_password(secret_key: str, role: str) -> str:
    """Password of a role, the same in every process that holds the secret key."""
    digest = hmac.digest(secret_key.encode(), f"charsu.role.{role}".encode(), "sha256")
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def scram_verifier(password: str) -> str:
    """What PostgreSQL stores for `password` (RFC 5802, SCRAM-SHA-256), so SQL never holds it."""
    salt = secrets.token_bytes(_SALT_BYTES)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, SCRAM_ITERATIONS)
    stored_key = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server_key = hmac.digest(salted, b"Server Key", "sha256")
    parts = (base64.b64encode(part).decode() for part in (salt, stored_key, server_key))
    return "SCRAM-SHA-256${}:{}${}:{}".format(SCRAM_ITERATIONS, *parts)
