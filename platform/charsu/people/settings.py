"""Settings of a business: its name, language, calendar, zone, currency and how money is shown."""

from typing import cast
from zoneinfo import available_timezones

from charsu.errors import RuleViolated
from charsu.people.visitors import actor_of
from charsu.process import runtime
from charsu.text.currencies import is_currency
from charsu.text.i18n import _
from charsu_tenants.admission import Person
from charsu_tenants.audit import record_audit
from charsu_tenants.context import Tenant
from charsu_tenants.registry import update_preferences_in

CHOICES = {
    "locale": ("fa", "en"),
    "calendar": ("jalali", "gregorian"),
    "money_display": ("toman", "rial"),
}
FIELDS = ("name", "locale", "calendar", "timezone", "currency", "money_display")
NAME_MAX = 100


def change_settings(tenant: Tenant, person: Person, changes: dict[str, str]) -> Tenant:
    """Store changed settings and return the tenant as it is now; what stays the same leaves no audit entry.

    Raises: RuleViolated on the first field that will not do.
    """
    for field, value in changes.items():
        _check(field, value)
    before = {field: cast("str", getattr(tenant, field)) for field in changes}
    changed = {field: value for field, value in changes.items() if value != before[field]}
    if not changed:
        return tenant
    with runtime().database.control() as conn:
        now_is = update_preferences_in(conn, tenant.id, **changed)
        record_audit(
            conn,
            tenant_id=tenant.id,
            actor=actor_of(person),
            action="settings.changed",
            details={"before": {field: before[field] for field in changed}, "after": changed},
        )
    return now_is


def _check(field: str, value: str) -> None:
    if field not in FIELDS:
        raise RuleViolated(_("There is no such setting."), field=field, code="setting_unknown")
    is_good = (
        value in CHOICES[field]
        if field in CHOICES
        else 0 < len(value.strip()) <= NAME_MAX
        if field == "name"
        else value in available_timezones()
        if field == "timezone"
        else is_currency(value)
    )
    if not is_good:
        raise RuleViolated(_("This value is not valid."), field=field, code=f"setting_{field}")
