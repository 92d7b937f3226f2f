"""The form of a sign-up: what a person fills in, and what of it is refused."""

from collections.abc import Sequence
from dataclasses import dataclass

from charsu.api.arguments import InvalidInput
from charsu.api.fields import NOISE, UNSTORABLE
from charsu.errors import Conflict, DomainError, NotFound, RuleViolated
from charsu.people.passwords import check_new_password
from charsu.process import runtime
from charsu.text.i18n import _
from charsu.text.preferences import current_preferences
from charsu_tenants.registry import find_by_slug
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

    Raises: RuleViolated on the one field that is wrong, Conflict for a slug somebody has; InvalidInput with
    all of them where there are several.
    """
    faults = form_faults(form)
    if len(faults) > 1:
        raise InvalidInput({str(fault.field): [fault.message] for fault in faults})
    if faults:
        raise faults[0]
    return fold_email(form.email)


def form_faults(form: SignUpForm) -> list[DomainError]:
    """Everything that is wrong with the form by itself, one refusal for each field."""
    found = (check(form) for check in (_name, _email, _locale, _owner, _slug, _password, _modules))
    return [fault for fault in found if fault is not None]


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


def _name(form: SignUpForm) -> DomainError | None:
    name = form.business_name.strip()
    if name and len(name) <= NAME_MAX and not UNSTORABLE.search(name) and not NOISE.search(name):
        return None
    return RuleViolated(
        _("Give your business a name of at most %(count)s characters.", count=NAME_MAX),
        field="business_name",
        code="business_name",
    )


def _email(form: SignUpForm) -> DomainError | None:
    if is_email(fold_email(form.email)):
        return None
    return RuleViolated(_("This is not an e-mail address."), field="email", code="email")


def _locale(form: SignUpForm) -> DomainError | None:
    if form.locale in LOCALES:
        return None
    return RuleViolated(_("Choose Persian or English."), field="locale", code="locale")


def _owner(form: SignUpForm) -> DomainError | None:
    if len(form.owner_name) <= NAME_MAX:
        return None
    return RuleViolated(_("This name is too long."), field="owner_name", code="name")


def _slug(form: SignUpForm) -> DomainError | None:
    try:
        check_slug(form.slug)
    except InvalidSlug as error:
        return slug_refused(error)
    if find_by_slug(runtime().database, form.slug) is None:
        return None
    # Said before a schema is made for nothing; of two at once the unique key decides. And before anybody
    # looks whether the address has an account: a taken slug must not tell that at no cost.
    return slug_refused(InvalidSlug(form.slug, "taken"))


def _password(form: SignUpForm) -> DomainError | None:
    email = fold_email(form.email)
    own_words = (email, email.split("@")[0], form.slug, form.business_name)
    try:
        check_new_password(form.password, personal=own_words)
    except RuleViolated as refusal:
        return refusal
    return None


def _modules(form: SignUpForm) -> DomainError | None:
    try:
        known_modules(form.modules)
    except RuleViolated as refusal:
        return refusal
    return None
