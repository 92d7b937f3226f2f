"""In which language, calendar, zone and money unit the person at hand reads, chosen once per request."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from flask import Request, current_app, has_request_context, request

from charsu.proxies import this_request
from charsu_tenants.context import Tenant, find_tenant

Locale = Literal["fa", "en"]
Calendar = Literal["jalali", "gregorian"]
MoneyDisplay = Literal["toman", "rial"]

LOCALES: tuple[Locale, ...] = ("fa", "en")
LANGUAGE_COOKIE = "charsu_lang"
DEFAULT_ZONE = "Asia/Tehran"

_CHOSEN = "charsu.preferences"

_forced: ContextVar["Preferences | None"] = ContextVar("charsu_preferences", default=None)
_at_terminal: ContextVar["Preferences | None"] = ContextVar("charsu_terminal", default=None)


@dataclass(frozen=True)
class Preferences:
    """What decides how a value is written for one reader."""

    locale: Locale = "fa"
    calendar: Calendar = "jalali"
    timezone: str = DEFAULT_ZONE
    currency: str = "IRR"
    money_display: MoneyDisplay = "toman"

    @cached_property
    def zone(self) -> ZoneInfo:
        """The reader's time zone, with its rules."""
        return ZoneInfo(self.timezone)

    @property
    def is_rtl(self) -> bool:
        """Whether text runs from right to left."""
        return self.locale == "fa"


def current_preferences() -> Preferences:
    """The preferences of this request or job: forced ones, else the person's, the tenant's, the browser's."""
    forced = _forced.get()
    if forced is not None:
        return forced
    if not has_request_context():
        tenant = find_tenant()
        if tenant is None:
            return _at_terminal.get() or Preferences()
        return _of_tenant(tenant, tenant.locale)
    # Beside the request and not in `g`: this is asked for every word of a page.
    environ, here = this_request().environ, find_tenant()
    known: tuple[Tenant | None, Preferences] | None = environ.get(_CHOSEN)
    if known is None or known[0] is not here:
        known = environ[_CHOSEN] = here, _of_request()
    return known[1]


def forget_preferences() -> None:
    """Choose anew at the next use: the person or the tenant of this request became known or changed."""
    request.environ.pop(_CHOSEN, None)


@contextmanager
def use_preferences(preferences: Preferences) -> Iterator[Preferences]:
    """Read and write as this reader within the block, whatever the request says (mails, exports, tests)."""
    token = _forced.set(preferences)
    try:
        yield preferences
    finally:
        _forced.reset(token)


@contextmanager
def speak_at_terminal(environ: Mapping[str, str]) -> Iterator[None]:
    """Within the block, what is said outside of any tenant is said in the language of the terminal.

    Persian where the POSIX variables ask for it, else English. Work for a tenant keeps the tenant's language.
    """
    named = next((environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environ.get(name)), "")
    token = _at_terminal.set(Preferences(locale=known_locale(named) or "en"))
    try:
        yield
    finally:
        _at_terminal.reset(token)


@contextmanager
def use_locale(locale: Locale) -> Iterator[Preferences]:
    """Keep the reader's other preferences but speak this language within the block."""
    with use_preferences(replace(current_preferences(), locale=locale)) as preferences:
        yield preferences


def known_locale(text: str | None) -> Locale | None:
    """The language we speak that `text` names (`fa-IR` is `fa`), or None."""
    short = (text or "").replace("_", "-").split("-")[0].lower()
    return next((locale for locale in LOCALES if locale == short), None)


def names_language(request: Request) -> bool:
    """Whether a request to the bare host says by itself which language it is to be answered in."""
    chosen = known_locale(request.args.get("lang")) or known_locale(request.cookies.get(LANGUAGE_COOKIE))
    return chosen is not None or any(name != "*" for name in request.accept_languages.values())


def _of_request() -> Preferences:
    tenant = find_tenant()
    chosen = (
        _of_person()
        or known_locale(request.args.get("lang"))
        or known_locale(request.cookies.get(LANGUAGE_COOKIE))
    )
    if tenant is not None:
        return _of_tenant(tenant, chosen or tenant.locale)
    locale = chosen or known_locale(request.accept_languages.best_match(LOCALES)) or "fa"
    return Preferences(locale=locale, calendar="jalali" if locale == "fa" else "gregorian")


def _of_person() -> Locale | None:
    source: Callable[[], str | None] | None = current_app.extensions.get("charsu_person_locale")
    return known_locale(source()) if source is not None else None


@lru_cache(maxsize=1024)
def _of_tenant(tenant: Tenant, locale: Locale) -> Preferences:
    """The same object for the same tenant and language, so that its zone is looked up once."""
    return Preferences(
        locale=locale,
        calendar=tenant.calendar,
        timezone=tenant.timezone,
        currency=tenant.currency,
        money_display=tenant.money_display,
    )
