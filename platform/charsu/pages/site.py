"""The public site: what Charsu is, and the way in."""

from typing import Any

from flask import Blueprint, Response, request

from charsu.pages.schemas import SignUpPage
from charsu.pages.visit import attempt, form_again, visitor
from charsu.people.signup import sign_up
from charsu.people.signup_form import DEFAULT_MODULES, SignUpForm, form_faults
from charsu.process import runtime
from charsu.text.preferences import current_preferences
from charsu.text.transliteration import suggest_slug
from charsu.web.access import public
from charsu.web.forms import Errors, parse_form
from charsu.web.rendering import render
from charsu_tenants.registry import find_by_slug
from charsu_tenants.slugs import InvalidSlug, check_slug

TRIES = 6

site = Blueprint("site", __name__)


@site.get("/")
@public
def show_landing() -> Response:
    """What Charsu is, for people who have never heard of it."""
    return render("pages/landing.html", modules=_offers())


@site.get("/signup")
@public
def show_signup() -> Response:
    """The empty form."""
    return render("pages/signup.html", **_signup_context(list(DEFAULT_MODULES)), values={}, errors={})


@site.post("/signup")
@public
def post_signup() -> Response:
    """Make the business and go to it, logged in."""
    form, errors = parse_form(SignUpPage)
    form.pop("suggested", None)
    if form and not form["slug"]:
        form["slug"] = free_slug(form["business_name"])

    def work() -> Response:
        made = sign_up(SignUpForm(locale=current_preferences().locale, **form), visitor())
        return Response(status=303, headers={"Location": made.arrival_url})

    chosen = request.form.getlist("modules")
    return attempt(
        work,
        lambda refusal, bad: form_again("pages/signup.html", refusal, bad, _signup_context(chosen)),
        _all_errors(errors),
    )


@site.get("/signup/address")
@public
def show_address() -> Response:
    """The address field, filled from the name unless the person wrote her own; says whether it is free."""
    name, slug = request.args.get("business_name", "")[:100], request.args.get("slug", "").strip()[:60]
    suggested = request.args.get("suggested", "")[:60]
    if name and (not slug or slug == suggested):
        slug = suggested = free_slug(name)
    problem = find_problem(slug) if slug else ""
    context: dict[str, Any] = {
        "slug": slug,
        "suggested": suggested,
        "problem": problem,
        "is_free": bool(slug and not problem),
    }
    return render("pages/_address.html", values={}, errors={}, host=_host(), **context)


def free_slug(name: str) -> str:
    """An address made from a name that nobody has yet; empty when the name gives none."""
    base = suggest_slug(name, longest=36)
    for number in range(1, TRIES):
        slug = base if number == 1 else f"{base}-{number}"
        if not find_problem(slug):
            return slug
    return ""


def find_problem(slug: str) -> str:
    """Why a business can not have this address, in the reader's language; empty when it can."""
    try:
        check_slug(slug)
        if find_by_slug(runtime().database, slug) is not None:
            raise InvalidSlug(slug, "taken")
    except InvalidSlug as refusal:
        return refusal.message(current_preferences().locale)
    return ""


def _all_errors(errors: Errors) -> Errors:
    """Of a form with malformed fields, what is wrong with its other fields too."""
    if not errors:
        return {}
    typed = {
        name: request.form.get(name, "") for name in ("business_name", "owner_name", "email", "password")
    }
    # An empty address is made of the name: where that is wrong, nothing can be said of it.
    slug = request.form.get("slug", "").strip() or free_slug(typed["business_name"][:100])
    draft = SignUpForm(slug=slug, modules=request.form.getlist("modules"), **typed)
    further = {str(fault.field): [fault.message] for fault in form_faults(draft)}
    if not slug and "business_name" in {*errors, *further}:
        further.pop("slug", None)
    return further | errors


def _signup_context(chosen: list[str]) -> dict[str, Any]:
    return {"modules": _offers(), "chosen": chosen, "host": _host()}


def _offers() -> list[object]:
    return [plugin.manifest for plugin in runtime().plugins.loaded]


def _host() -> str:
    """What follows the slug in a business's address, port included."""
    return runtime().settings.tenant_url("").partition("://")[2]
