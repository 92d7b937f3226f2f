"""The REST API of the club: `/api/v1/loyalty/members/{customer_id}…` and `/rule`."""

import uuid
from typing import Any

from charsu.api import ApiBlueprint, PageArgs
from charsu.clock import now
from charsu.db import db
from charsu.events import current_actor
from charsu.web.access import requires
from charsu_crm_core.api import find_customer, require_customer_in_reach
from charsu_loyalty import permissions, queries, schemas, services, shapes
from charsu_loyalty.errors import UnknownMember
from charsu_loyalty.giving import Gift
from charsu_loyalty.occasion import Occasion
from charsu_loyalty.redeeming import Redemption
from charsu_loyalty.rule_book import current_rule
from charsu_tenants.context import current_tenant

rest = ApiBlueprint("loyalty_api", __name__, description="Points of customers and the rule they earn by")

Values = dict[str, Any]


@rest.route("/members/<uuid:customer_id>")
@requires(permissions.MEMBER_READ)
@rest.answers(200, schemas.MemberOut)
def get_member(customer_id: uuid.UUID) -> Values:
    """Read where a customer stands

    A customer without points yet stands at 0.
    """
    session = db.session()
    require_customer_in_reach(session, customer_id)
    if find_customer(session, customer_id) is None:
        raise UnknownMember
    figures = queries.member_figures(session, customer_id, _occasion().today)
    return shapes.member_json(customer_id, figures)


@rest.route("/members/<uuid:customer_id>/entries")
@requires(permissions.MEMBER_READ)
@rest.arguments(PageArgs, location="query")
@rest.answers(200, schemas.EntryOut, is_list=True)
def list_entries(args: Values, customer_id: uuid.UUID) -> Values:
    """List what happened to a customer's points, the last first"""
    session = db.session()
    require_customer_in_reach(session, customer_id)
    if find_customer(session, customer_id) is None:
        raise UnknownMember
    page = queries.member_entries(session, customer_id, **args)
    return page.answer([shapes.entry_json(row) for row in page.rows])


@rest.route("/members/<uuid:customer_id>/redemptions", methods=["POST"])
@requires(permissions.POINTS_REDEEM)
@rest.arguments(schemas.RedemptionIn)
@rest.answers(201, schemas.RedemptionOut)
def redeem_points(values: Values, customer_id: uuid.UUID) -> Values:
    """Spend points of a customer

    All or none (422 `insufficient_points` says how many there are), those that end first before others. Send
    an `Idempotency-Key` to make a repeated call harmless.
    """
    session = db.session()
    require_customer_in_reach(session, customer_id)
    redemption = Redemption(customer_id=customer_id, **values)
    posting = services.redeem(session, redemption, _occasion())
    return {**shapes.posting_json(posting), "points_balance": posting.available + posting.points}


@rest.route("/members/<uuid:customer_id>/gifts", methods=["POST"])
@requires(permissions.POINTS_GIVE)
@rest.arguments(schemas.GiftIn)
@rest.answers(201, schemas.RedemptionOut)
def give_points(values: Values, customer_id: uuid.UUID) -> Values:
    """Give a customer points by hand

    A balance from another club, a present, points that were spent by mistake. They last as long as those of a
    purchase made now. Send an `Idempotency-Key` to make a repeated call harmless.
    """
    session, occasion = db.session(), _occasion()
    require_customer_in_reach(session, customer_id)
    posting = services.give(session, Gift(customer_id=customer_id, **values), occasion)
    figures = queries.member_figures(session, customer_id, occasion.today)
    return {**shapes.posting_json(posting), "points_balance": figures.points_balance}


@rest.route("/rule")
@requires(permissions.RULE_READ)
@rest.answers(200, schemas.RuleOut)
def get_rule() -> Values:
    """Read the earning rule in force"""
    return shapes.rule_json(current_rule(db.session(), current_tenant().currency))


@rest.route("/rule", methods=["PUT"])
@requires(permissions.RULE_WRITE)
@rest.arguments(schemas.RulePut)
@rest.answers(200, schemas.RuleOut)
def put_rule(values: Values) -> Values:
    """Replace the earning rule

    Valid from now on; purchases made before keep the rule they were made under.
    """
    changes = {"currency": current_tenant().currency, **values}
    return shapes.rule_json(services.save_rule(db.session(), changes, _occasion()))


@rest.route("/rule", methods=["PATCH"])
@requires(permissions.RULE_WRITE)
@rest.arguments(schemas.RulePatch)
@rest.answers(200, schemas.RuleOut)
def patch_rule(values: Values) -> Values:
    """Change the earning rule

    Only the fields sent get new values, valid from now on.
    """
    return shapes.rule_json(services.save_rule(db.session(), values, _occasion()))


def _occasion() -> Occasion:
    return Occasion(locality=current_tenant(), now=now(), actor=current_actor().as_json())
