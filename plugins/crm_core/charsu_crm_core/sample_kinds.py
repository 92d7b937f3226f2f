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


@dataclass(frozen=True)
class SampleRole:
    """Who works where: the names of two sample customers."""

    person: str
    company: str
    role: str


@dataclass(frozen=True)
class SampleDeal:
    """A deal of a sample customer: how far it came, how long ago it began, what is to be sold."""

    title: str
    customer: str
    #: 0: the first pipeline.
    pipeline: int
    #: Places of the stages it went through; the last one is where it stands.
    way: tuple[int, ...]
    age_days: int
    #: Days from now.
    closes_in: int = 21
    #: Places in `ARTICLES`, and how many of each.
    articles: tuple[tuple[int, int], ...] = ()
    lost_reason: str = ""
    competitors: tuple[str, ...] = ()


@dataclass(frozen=True)
class SampleTask:
    """Something to do, in so many days (negative: overdue), at an hour or on the whole day."""

    title: str
    days: int
    customer: str = ""
    deal: str = ""
    hour: int | None = None
    priority: str = "normal"
    is_done: bool = False
    repeats: str = ""
    checklist: tuple[str, ...] = ()


@dataclass(frozen=True)
class SampleTalk:
    """A call, a message and so on with a sample customer, so many days ago."""

    kind: str
    customer: str
    days_ago: int
    text: str
    outcome: str = ""
    deal: str = ""
    is_incoming: bool = False
