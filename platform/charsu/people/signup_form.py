"""The form of a sign-up: what a person fills in, and what of it is refused."""

from collections.abc import Sequence
from dataclasses import dataclass

from charsu.api.fields import NOISE, UNSTORABLE
from charsu.errors import Conflict, DomainError, NotFound, RuleViolated
from charsu.people.passwords import check_new_password
from charsu.process import runtime
from charsu.text.i18n import _
from charsu.text.preferences import current_preferences
from charsu_tenants.slugs import InvalidSlug, check_slug
from charsu_tenants.users import fold_email, is_email

NAME_MAX = 100
LOCALES = ("fa", "en")
DEFAULT_MODULES = ("crm_core",)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignUpForm:
    """What a person fills in; `owner_name` defaults to the part of the address before the @."""

    business_name: str
    slug: str
    email: str
    password: str
    locale: str = "fa"
    modules: Sequence[str] = DEFAULT_MODULES
    owner_name: str = ""


def check_form(form: SignUpForm) -> str:
    """Return the folded e-mail address of a form in which nothing is wrong by itself.

    Raises: RuleViolated on a field; Conflict for a slug nobody can have.
    """
    email = fold_email(form.email)
    name = form.business_name.strip()
    if not name or len(name) > NAME_MAX or UNSTORABLE.search(name) or NOISE.search(name):
        raise RuleViolated(
            _("Give your business a name of at most %(count)s characters.", count=NAME_MAX),
            field="business_name",
            code="business_name",
        )
    if not is_email(email):
        raise RuleViolated(_("This is not an e-mail address."), field="email", code="email")
    if form.locale not in LOCALES:
        raise RuleViolated(_("Choose Persian or English."), field="locale", code="locale")
    if len(form.owner_name) > NAME_MAX:
        raise RuleViolated(_("This name is too long."), field="owner_name", code="name")
    try:
        check_slug(form.slug)
    except InvalidSlug as error:
        raise slug_refused(error) from None
    check_new_password(form.password, personal=(email, email.split("@")[0], form.slug, form.business_name))
    return email


def slug_refused(error: InvalidSlug) -> DomainError:
    """What to raise of a slug, in the person's language."""
    kind = Conflict if error.reason == "taken" else RuleViolated
    return kind(error.message(current_preferences().locale), field="slug", code=error.code)


def known_modules(names: Sequence[str]) -> tuple[str, ...]:
    """Return the modules with all they require, each after those, once. Raises: RuleViolated."""
    plugins = runtime().plugins
    wanted: dict[str, None] = {}
    for name in names:
        try:
            wanted |= dict.fromkeys(plugins.requirements(name))
        except NotFound:
            raise RuleViolated(
                _("There is no module “%(name)s”.", name=name[:60]), field="modules", code="module_unknown"
            ) from None
    return tuple(wanted)
