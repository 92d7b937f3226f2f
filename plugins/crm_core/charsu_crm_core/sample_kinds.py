"""What the sample data of a language are made of."""

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True)
class SampleCustomer:
    """A made-up customer; `mailbox` is the part of the address before @example.com."""

    full_name: str
    mailbox: str = ""
    tags: tuple[str, ...] = ()
    birthday_on: dt.date | None = None
    kind: str = "person"
    note: str = ""


@dataclass(frozen=True)
class SampleArticle:
    """Something a clothing shop sells."""

    title: str
    price_rial: int
