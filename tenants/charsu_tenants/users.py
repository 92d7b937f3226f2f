"""People who can log in. A user is global: one e-mail address and password, any number of businesses."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

_EMAIL = re.compile(
    r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,62}"
)
_EMAIL_MAX = 254
_COLUMNS = "id, email, display_name, locale, created_at, disabled_at"


@dataclass(frozen=True, slots=True)
class User:
    """A person with a login; `email` is folded, `disabled_at` bars her from every business."""

    id: UUID
    email: str
    display_name: str
    locale: str
    created_at: datetime
    disabled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a login is checked against; never leaves the services."""

    user_id: UUID
    password_hash: str
    is_disabled: bool


def fold_email(text: str) -> str:
    """Return the one spelling under which an address is stored and compared (NFKC, trimmed, lower case)."""
    return unicodedata.normalize("NFKC", text).strip().lower()


def is_email(folded: str) -> bool:
    """Tell whether a folded address is of the plain form `local@domain.tld`, in ASCII and of legal length."""
    return len(folded) <= _EMAIL_MAX and ".." not in folded and _EMAIL.fullmatch(folded) is not None


def create_user(
    conn: Connection[Any], *, email: str, password_hash: str, display_name: str, locale: str
) -> User | None:
    """Insert a user under the folded `email`; `None` when the address already has one."""
    return (
        conn.cursor(row_factory=class_row(User))
        .execute(
            "INSERT INTO control.app_user (email, password_hash, display_name, locale)"
            " VALUES (%s, %s, %s, %s)"
            f" ON CONFLICT (email) DO NOTHING RETURNING {_COLUMNS}",
            (fold_email(email), password_hash, display_name, locale),
        )
        .fetchone()
    )


def find_user(conn: Connection[Any], user_id: UUID) -> User | None:
    """Return the user of this id, disabled or not."""
    return (
        conn.cursor(row_factory=class_row(User))
        .execute(f"SELECT {_COLUMNS} FROM control.app_user WHERE id = %s", (user_id,))
        .fetchone()
    )


def find_user_by_email(conn: Connection[Any], email: str) -> User | None:
    """Return the user of this address in any spelling, disabled or not."""
    return (
        conn.cursor(row_factory=class_row(User))
        .execute(f"SELECT {_COLUMNS} FROM control.app_user WHERE email = %s", (fold_email(email),))
        .fetchone()
    )


def find_credentials(conn: Connection[Any], email: str) -> Credentials | None:
    """Return the password hash that belongs to an address in any spelling."""
    return (
        conn.cursor(row_factory=class_row(Credentials))
        .execute(
            "SELECT id AS user_id, password_hash, disabled_at IS NOT NULL AS is_disabled"
            " FROM control.app_user WHERE email = %s",
            (fold_email(email),),
        )
        .fetchone()
    )


def set_password_hash(conn: Connection[Any], user_id: UUID, password_hash: str) -> None:
    """Replace the stored hash; ending the user's sessions is the caller's part."""
    conn.execute("UPDATE control.app_user SET password_hash = %s WHERE id = %s", (password_hash, user_id))


def update_profile(conn: Connection[Any], user_id: UUID, *, display_name: str, locale: str) -> None:
    """Store the name and the language a person chose for herself."""
    conn.execute(
        "UPDATE control.app_user SET display_name = %s, locale = %s WHERE id = %s",
        (display_name, locale, user_id),
    )
