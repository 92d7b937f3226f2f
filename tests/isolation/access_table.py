"""What every route of a tenant's host is meant to allow: written by hand, to be compared with the code.

A route that is not here fails the matrix. `{customer}` and the like in a body stand for such a record's id.
"""

from typing import Any

from .kit_table import kit_kind, kit_routes
from .rows import PUBLIC, SIGNED_IN, Route

#: What the variable parts of paths name.
KINDS = {
    "customer_id": "customer",
    "purchase_id": "purchase",
    "member_id": "member",
    "role_id": "role",
    "team_id": "team",
    "field_id": "field",
    "batch_id": "batch",
    "deletion_id": "deletion",
    "token_id": "token",
    "invitation_id": "invitation",
    "session_id": "session",
    "secret": "secret",
    "name": "module",
    "notification_id": "notification",
    "stage_id": "crm.stage",
    "held_on": "holiday",
}


def kind_of(rule: str, name: str) -> str:
    """What a variable part of a path names: a kind of record, or `?name` when nobody said."""
    kind = "feed" if rule.startswith("/calendar/feed/") else KINDS.get(name, f"?{name}")
    return kit_kind(rule, name) or kind


def _form(access: str, **body: Any) -> Route:
    return Route(access, body=body)


_CUSTOMER = {"full_name": "پروین اعتصامی", "kind": "person"}
_API_PURCHASE = {"customer_id": "{customer}", "amount_minor": 2_500_000, "currency": "IRR"}
_RULE = {"step_minor": 1_000_000, "points_per_step": 10}
_MEMBERS, _ROLES, _TOKENS = "core.member.manage", "core.role.manage", "core.token.manage"
_MODULES, _SETTINGS = "core.module.manage", "core.settings.manage"
_SESSIONS, _FIELDS = "core.session.manage", "core.field.manage"

API: dict[str, Route] = {
    "GET /api/openapi.json": Route(PUBLIC),
    "GET /api/docs": Route(PUBLIC),
    "GET /api/v1/core/audit": Route("core.audit.read"),
    "GET /api/v1/core/changes": Route("core.audit.read"),
    "GET /api/v1/core/custom-fields": Route(SIGNED_IN),
    "POST /api/v1/core/custom-fields": _form(
        _FIELDS, record_type="crm.customer", title="رنگ", kind="text", key="colour"
    ),
    "PATCH /api/v1/core/custom-fields/<uuid:field_id>": _form(_FIELDS, title="رنگ دیگر"),
    "DELETE /api/v1/core/custom-fields/<uuid:field_id>": Route(_FIELDS),
    "POST /api/v1/core/custom-fields/<uuid:field_id>/restoration": Route(_FIELDS),
    "GET /api/v1/core/holidays": Route(SIGNED_IN),
    "POST /api/v1/core/holidays": _form(_SETTINGS, held_on="2031-05-05", title="جشن"),
    "DELETE /api/v1/core/holidays/<held_on>": Route(_SETTINGS),
    "POST /api/v1/core/holidays/official": _form(_SETTINGS, year=1410),
    "GET /api/v1/core/invitations": Route("core.member.read"),
    "POST /api/v1/core/invitations": _form(_MEMBERS, role="staff"),
    "DELETE /api/v1/core/invitations/<uuid:invitation_id>": Route(_MEMBERS),
    "GET /api/v1/core/members": Route("core.member.read"),
    "GET /api/v1/core/members/<uuid:member_id>": Route("core.member.read"),
    "PATCH /api/v1/core/members/<uuid:member_id>": _form(_MEMBERS, role="staff"),
    "DELETE /api/v1/core/members/<uuid:member_id>": Route(_MEMBERS),
    "GET /api/v1/core/modules": Route(SIGNED_IN),
    "POST /api/v1/core/modules/<name>/activation": Route(_MODULES),
    "DELETE /api/v1/core/modules/<name>/activation": Route(_MODULES),
    "GET /api/v1/core/modules/loyalty/settings": Route(_SETTINGS),
    "PATCH /api/v1/core/modules/loyalty/settings": _form(_SETTINGS, values={"soon_days": 20}),
    "GET /api/v1/core/notifications": Route(SIGNED_IN),
    "POST /api/v1/core/notifications/<uuid:notification_id>/reading": Route(SIGNED_IN),
    # A notification of no reminder: what it is about is tried out with the reminders (schedule).
    "POST /api/v1/core/notifications/<uuid:notification_id>/snooze": Route(
        SIGNED_IN, body={"minutes": 10}, ok=frozenset({404})
    ),
    "POST /api/v1/core/notifications/reading": Route(SIGNED_IN),
    "GET /api/v1/core/permissions": Route("core.member.read"),
    "GET /api/v1/core/roles": Route("core.member.read"),
    "POST /api/v1/core/roles": _form(_ROLES, key="guest", title="Guest", permissions=[]),
    "PATCH /api/v1/core/roles/<uuid:role_id>": _form(_ROLES, title="Other"),
    "DELETE /api/v1/core/roles/<uuid:role_id>": Route(_ROLES),
    "GET /api/v1/core/sessions": Route(_SESSIONS),
    "DELETE /api/v1/core/sessions/<session_id>": Route(_SESSIONS),
    "POST /api/v1/core/sessions/closure": Route(_SESSIONS),
    "GET /api/v1/core/settings": Route(SIGNED_IN),
    "PATCH /api/v1/core/settings": _form(_SETTINGS, name="نام تازه"),
    "GET /api/v1/core/teams": Route("core.member.read"),
    "POST /api/v1/core/teams": _form(_MEMBERS, name="شعبهٔ غرب", kind="branch"),
    "GET /api/v1/core/teams/<uuid:team_id>": Route("core.member.read"),
    "PATCH /api/v1/core/teams/<uuid:team_id>": _form(_MEMBERS, name="شعبهٔ شرق"),
    "DELETE /api/v1/core/teams/<uuid:team_id>": Route(_MEMBERS),
    "PUT /api/v1/core/teams/<uuid:team_id>/members": Route(_MEMBERS, body={"members": []}),
    "GET /api/v1/core/today": Route(SIGNED_IN),
    # Whose record it is, is looked at by the kit; here there is none.
    "POST /api/v1/core/today/completion": Route(
        SIGNED_IN, body={"kind": "crm.nothing", "id": "{customer}"}, ok=frozenset({404})
    ),
    "GET /api/v1/core/tokens": Route(_TOKENS),
    "POST /api/v1/core/tokens": _form(_TOKENS, title="Shop"),
    "DELETE /api/v1/core/tokens/<uuid:token_id>": Route(_TOKENS),
    "GET /api/v1/core/working-hours": Route(SIGNED_IN),
    "PUT /api/v1/core/working-hours": _form(_SETTINGS, days=["8-16"] * 5 + ["", ""]),
    "GET /api/v1/crm/purchases": Route("crm.purchase.read"),
    "POST /api/v1/crm/purchases": Route("crm.purchase.record", body=_API_PURCHASE),
    "GET /api/v1/crm/purchases/<uuid:purchase_id>": Route("crm.purchase.read"),
    "POST /api/v1/crm/purchases/<uuid:purchase_id>/refunds": _form("crm.purchase.refund", amount_minor=1_000),
    "GET /api/v1/search": Route(SIGNED_IN, query={"q": "رضایی"}),
    "GET /api/v1/loyalty/members/<uuid:customer_id>": Route("loyalty.member.read"),
    "GET /api/v1/loyalty/members/<uuid:customer_id>/entries": Route("loyalty.member.read"),
    "POST /api/v1/loyalty/members/<uuid:customer_id>/redemptions": _form("loyalty.points.redeem", points=1),
    "POST /api/v1/loyalty/members/<uuid:customer_id>/gifts": _form(
        "loyalty.points.give", points=1, reason="x"
    ),
    "GET /api/v1/loyalty/rule": Route("loyalty.rule.read"),
    "PUT /api/v1/loyalty/rule": Route("loyalty.rule.write", body=_RULE),
    "PATCH /api/v1/loyalty/rule": _form("loyalty.rule.write", points_per_step=20),
}

PAGES: dict[str, Route] = {
    "GET /": Route(SIGNED_IN),
    "GET /account": Route(SIGNED_IN),
    "POST /account/feed": Route(SIGNED_IN),
    "POST /account/feed/closure": Route(SIGNED_IN),
    "POST /account/password": Route(SIGNED_IN, body={"current": "x", "new": "y"}, ok=frozenset({422})),
    "POST /account/profile": _form(SIGNED_IN, name="نام", locale="fa"),
    "POST /account/sessions/closure": Route(SIGNED_IN),
    # Tickets and reset links belong to a person, and are tried out where they are made (people).
    "GET /arrive": Route(PUBLIC, ok=frozenset({404})),
    "POST /arrive": Route(PUBLIC, ok=frozenset({404})),
    "GET /calendar": Route(SIGNED_IN),
    # The secret is a member's own.
    "GET /calendar/feed/<secret>.ics": Route(PUBLIC),
    "POST /checklist/closure": Route(SIGNED_IN),
    "POST /crm/customers/<uuid:customer_id>/log": _form(
        "crm.interaction.write", kind="call", outcome="reached"
    ),
    "POST /crm/deals/<uuid:record_id>/next": _form("crm.task.write", days="1"),
    "GET /crm/deals/<uuid:record_id>/products": Route("crm.deal.write"),
    "POST /crm/deals/<uuid:record_id>/products": _form("crm.deal.write", line_title="x", line_price="5"),
    "POST /crm/deals/<uuid:record_id>/purchase": Route("crm.purchase.record"),
    "POST /crm/deals/<uuid:record_id>/stage": _form("crm.deal.write", stage_id="{crm.stage}"),
    "POST /crm/deals/<uuid:record_id>/tick": _form("crm.deal.write", item="x"),
    "GET /crm/setup/pipelines": Route("crm.pipeline.read"),
    "POST /crm/setup/stages/<uuid:stage_id>/place": _form("crm.stage.write", way="up"),
    "POST /crm/setup/stages/<uuid:stage_id>/removal": Route("crm.stage.delete"),
    "POST /crm/tasks/<uuid:record_id>/done": Route("crm.task.write"),
    "POST /crm/tasks/<uuid:record_id>/tick": _form("crm.task.write", at="0", item="x"),
    "GET /crm/purchases/<uuid:purchase_id>/refund": Route("crm.purchase.refund"),
    "POST /crm/purchases/<uuid:purchase_id>/refund": _form("crm.purchase.refund", amount="1000"),
    "GET /crm/purchases/line": Route("crm.purchase.record"),
    "GET /crm/purchases/new": Route("crm.purchase.record", query={"customer_id": "{customer}"}),
    "POST /crm/purchases/new": _form("crm.purchase.record", customer_id="{customer}", amount="250000"),
    "POST /display": _form(PUBLIC, lang="en"),
    "GET /join/<secret>": Route(PUBLIC),
    "POST /join/<secret>": Route(PUBLIC, body={"email": "a@example.com"}, ok=frozenset({422})),
    "GET /login": Route(PUBLIC),
    "POST /login": Route(PUBLIC, body={"email": "a@example.com", "password": "x"}, ok=frozenset({422})),
    "POST /logout": Route(PUBLIC),
    "GET /loyalty/ledger": Route("loyalty.member.read", query={"customer": "{customer}"}),
    "GET /loyalty/members": Route("loyalty.member.read"),
    "GET /loyalty/members/<uuid:customer_id>/redeem": Route("loyalty.points.redeem"),
    "POST /loyalty/members/<uuid:customer_id>/redeem": _form("loyalty.points.redeem", points="1"),
    "GET /loyalty/members/<uuid:customer_id>/give": Route("loyalty.points.give"),
    "POST /loyalty/members/<uuid:customer_id>/give": _form("loyalty.points.give", points="1", reason="x"),
    "GET /loyalty/rule": Route("loyalty.rule.read"),
    "POST /loyalty/rule": _form("loyalty.rule.write", step="100000", points="10", months="12"),
    "GET /loyalty/rule/example": Route("loyalty.rule.read"),
    "GET /members": Route("core.member.read"),
    "POST /members/<uuid:member_id>/removal": Route(_MEMBERS, unknown=303),
    "POST /members/<uuid:member_id>/role": Route(_MEMBERS, body={"role": "staff"}, unknown=303),
    "POST /members/invitations": _form(_MEMBERS, role="staff"),
    "POST /members/invitations/<uuid:invitation_id>/revocation": Route(_MEMBERS),
    "GET /modules": Route(_MODULES),
    "POST /modules/<name>/activation": Route(_MODULES),
    "POST /modules/<name>/deactivation": Route(_MODULES),
    # Nothing to try again: the module works.
    "POST /modules/<name>/retry": Route(_MODULES, ok=frozenset({404})),
    # It is turned on, so its data stays.
    "GET /modules/<name>/purge": Route("core.module.purge"),
    "POST /modules/<name>/purge": Route("core.module.purge"),
    "POST /modules/<name>/purge/cancellation": Route("core.module.purge"),
    "GET /notifications": Route(SIGNED_IN),
    "POST /notifications/<uuid:notification_id>/reading": Route(SIGNED_IN),
    "POST /notifications/<uuid:notification_id>/snooze": Route(
        SIGNED_IN, body={"minutes": "10"}, ok=frozenset({404})
    ),
    "POST /notifications/reading": Route(SIGNED_IN),
    "GET /password/reset": Route(PUBLIC),
    "POST /password/reset": _form(PUBLIC, email="a@example.com"),
    "GET /password/reset/<secret>": Route(PUBLIC, ok=frozenset({404})),
    "POST /password/reset/<secret>": Route(PUBLIC, body={"password": "x"}, ok=frozenset({404})),
    "GET /roles": Route(_ROLES),
    "POST /roles": _form(_ROLES, title="Guest"),
    "GET /roles/<uuid:role_id>": Route(_ROLES),
    "POST /roles/<uuid:role_id>": _form(_ROLES, title="Other"),
    "POST /roles/<uuid:role_id>/deletion": Route(_ROLES, unknown=303),
    "GET /roles/new": Route(_ROLES),
    "POST /samples": Route(_SETTINGS),
    "POST /samples/removal": Route(_SETTINGS),
    "GET /search": Route(SIGNED_IN, query={"q": "رضایی"}),
    "GET /search/palette": Route(SIGNED_IN, query={"q": "رضایی"}),
    "GET /settings": Route(_SETTINGS),
    "POST /settings": _form(
        _SETTINGS,
        name="نام",
        locale="fa",
        calendar="jalali",
        money_display="toman",
        timezone="Asia/Tehran",
    ),
    "GET /bin": Route(SIGNED_IN),
    # What may be restored is looked at by the bin: one sees what one may delete.
    "POST /bin/<uuid:deletion_id>/restoration": Route(SIGNED_IN, ok=frozenset({303, 404})),
    "GET /audit": Route("core.audit.read"),
    "GET /audit/export": Route("core.audit.read"),
    "GET /audit/setup": Route("core.audit.read"),
    "GET /batches/<uuid:batch_id>": Route(SIGNED_IN),
    "GET /settings/fields": Route(_FIELDS),
    "GET /settings/fields/new": Route(_FIELDS, query={"type": "crm.customer"}),
    "POST /settings/fields/new": _form(_FIELDS, type="crm.customer", title="رنگ", kind="text"),
    "GET /settings/fields/<uuid:field_id>": Route(_FIELDS),
    "POST /settings/fields/<uuid:field_id>": _form(_FIELDS, title="رنگ دیگر", kind="text"),
    "POST /settings/fields/<uuid:field_id>/archive": Route(_FIELDS),
    "POST /settings/fields/<uuid:field_id>/restoration": Route(_FIELDS),
    "POST /settings/fields/<uuid:field_id>/move": _form(_FIELDS, way="up"),
    "GET /settings/calendar": Route(_SETTINGS),
    "POST /settings/calendar/holidays": _form(_SETTINGS, held_on="2031-05-05", title="جشن"),
    "POST /settings/calendar/holidays/<held_on>/removal": Route(_SETTINGS),
    "POST /settings/calendar/holidays/official": _form(_SETTINGS, year="1410"),
    "POST /settings/calendar/hours": _form(_SETTINGS, day_0="8-16"),
    "GET /settings/modules/loyalty": Route(_SETTINGS),
    "POST /settings/modules/loyalty": _form(_SETTINGS, soon_days="20"),
    "POST /settings/modules/loyalty/reset": _form(_SETTINGS, settings_reset="soon_days"),
    "GET /teams": Route("core.member.read"),
    "POST /teams": _form(_MEMBERS, name="شعبهٔ غرب", kind="branch"),
    "GET /teams/<uuid:team_id>": Route(_MEMBERS),
    "POST /teams/<uuid:team_id>": _form(_MEMBERS, name="شعبهٔ شرق", kind="branch"),
    "POST /teams/<uuid:team_id>/deletion": Route(_MEMBERS),
    "GET /today": Route(SIGNED_IN),
    "POST /today/completion": Route(
        SIGNED_IN, body={"kind": "crm.nothing", "record_id": "{customer}"}, ok=frozenset({404})
    ),
    "GET /tokens": Route(_TOKENS),
    "POST /tokens": _form(_TOKENS, title="Shop"),
    "POST /tokens/<uuid:token_id>/revocation": Route(_TOKENS),
}

#: What a module does in its own way stands above and wins over what the kit would do.
ROUTES = kit_routes() | API | PAGES
