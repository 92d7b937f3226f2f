"""Settings of the business: its name, its language, and how dates and money are read."""

from typing import Any

from flask import Blueprint, Response

from charsu.db import db
from charsu.module_settings.linking import settings_links
from charsu.pages.checklist import SETTINGS_SEEN, finish_step
from charsu.pages.schemas import SettingsForm
from charsu.pages.visit import attempt, form_again, tenant
from charsu.people.settings import change_settings
from charsu.text.currencies import currency_choices
from charsu.text.i18n import _
from charsu.text.zones import zone_choices
from charsu.web.access import current_person, requires
from charsu.web.flashes import flash
from charsu.web.forms import parse_form
from charsu.web.rendering import page_redirect, render

FIELDS = ("name", "locale", "calendar", "currency", "money_display", "timezone")

settings = Blueprint("settings", __name__)


@settings.get("/settings")
@requires("core.settings.manage")
def show_settings() -> Response:
    """The form with what is in force."""
    values = {field: getattr(tenant(), field) for field in FIELDS}
    return render("pages/settings.html", values=values, errors={}, **_choices())


@settings.post("/settings")
@requires("core.settings.manage")
def post_settings() -> Response:
    """Store the settings; they hold from the next page on."""
    form, errors = parse_form(SettingsForm)

    def work() -> Response:
        change_settings(tenant(), current_person(), form)
        finish_step(db.session(), SETTINGS_SEEN)
        flash(_("The settings are saved."))
        return page_redirect("settings.show_settings")

    again = _choices()
    return attempt(work, lambda refusal, bad: form_again("pages/settings.html", refusal, bad, again), errors)


def _choices() -> dict[str, Any]:
    here = tenant()
    return {
        "zones": zone_choices(here.timezone),
        "currencies": currency_choices(here.currency),
        "of_modules": settings_links(here),
    }
