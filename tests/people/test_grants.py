"""Scopes of permissions and rules about fields: who holds what, and who may hand it out."""

from itertools import product
from uuid import uuid4

import pytest

from charsu.plugins.pieces import Permission
from charsu_tenants.admission import Person
from charsu_tenants.grants import SCOPES, Grant, covers, effective_permissions, widest_scope

READ = "crm.deal.read"
RANK = {None: 0, "own": 1, "team": 2, "all": 3}


def person(*permissions, field_rules=None):
    return Person(
        user_id=uuid4(),
        member_id=uuid4(),
        name="Mina",
        email="mina@example.com",
        locale="en",
        role_key="custom",
        permissions=frozenset(permissions),
        via="session",
        credential=b"",
        field_rules=field_rules or {},
    )


@pytest.mark.parametrize(
    ("held", "scope"),
    [
        ([READ], "all"),
        (["*"], "all"),
        ([f"{READ}@team"], "team"),
        ([f"{READ}@own"], "own"),
        ([f"{READ}@own", f"{READ}@team"], "team"),
        ([f"{READ}@own", READ], "all"),
        ([f"{READ}er", "crm.deal"], None),
        ([], None),
    ],
)
def test_widest_scope_counts_and_any_scope_lets_in(held, scope):
    assert person(*held).scope(READ) == scope
    assert person(*held).can(READ) is (scope is not None)


def test_of_role_and_token_the_narrower_scope_is_left():
    spelt = {None: "x.y.z", "own": f"{READ}@own", "team": f"{READ}@team", "all": READ}

    for of_role, of_token in product(RANK, repeat=2):
        left = effective_permissions([spelt[of_role]], [spelt[of_token]])

        assert RANK[widest_scope(left, READ)] == min(RANK[of_role], RANK[of_token])
    assert effective_permissions(["*"], [f"{READ}@own"]) == {f"{READ}@own"}
    assert effective_permissions([f"{READ}@own"], ["*"]) == {f"{READ}@own"}


def test_nobody_hands_out_a_wider_scope_than_her_own():
    spelt = {"own": f"{READ}@own", "team": f"{READ}@team", "all": READ}

    for held, wanted in product(spelt, repeat=2):
        assert covers([spelt[held]], [spelt[wanted]]) is (RANK[held] >= RANK[wanted])
    assert not covers([f"{READ}@team"], ["*"])
    assert covers(["*"], [READ, f"{READ}@own", "*"])


@pytest.mark.parametrize(
    ("mine", "given", "allowed"),
    [
        ({}, {}, True),
        ({}, {"crm.customer": {"phone": "none"}}, True),
        ({"crm.customer": {"phone": "none"}}, {}, False),
        ({"crm.customer": {"phone": "none"}}, {"crm.customer": {"phone": "read"}}, False),
        ({"crm.customer": {"phone": "read"}}, {"crm.customer": {"phone": "none"}}, True),
        ({"crm.customer": {"phone": "read"}}, {"crm.deal": {"phone": "read"}}, False),
    ],
)
def test_nobody_hands_out_a_field_that_is_closed_to_herself(mine, given, allowed):
    assert Grant({READ}, mine).covers(Grant({READ}, given)) is allowed


def test_field_without_a_rule_is_open():
    mina = person(READ, field_rules={"crm.customer": {"phone": "none", "note": "read"}})

    assert mina.field_access("crm.customer", "phone") == "none"
    assert mina.field_access("crm.customer", "note") == "read"
    assert mina.field_access("crm.customer", "name") == "write"
    assert mina.field_access("crm.deal", "phone") == "write"


def test_only_a_scoped_permission_is_proposed_with_a_scope():
    scoped = Permission(
        name=READ, title="See deals", default_roles=("manager", "staff@team", "dealer@own"), is_scoped=True
    )

    assert [scoped.held_by(role) for role in ("manager", "staff", "dealer", "viewer")] == [
        READ,
        f"{READ}@team",
        f"{READ}@own",
        None,
    ]
    assert len(scoped.spellings) == len(SCOPES)
    for role, is_scoped in (("staff@team", False), ("staff@mine", True), ("staff@", True), ("@own", True)):
        with pytest.raises(ValueError, match="bad default role"):
            Permission(name=READ, title="See deals", default_roles=(role,), is_scoped=is_scoped)
