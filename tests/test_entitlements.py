"""What a tenant may do with a module: override, else subscription, else trial, else free."""

from datetime import timedelta

import pytest

from charsu import clock
from charsu_tenants.door import Door

DAY = timedelta(days=1)


@pytest.fixture
def entitle(runtime, tenant):
    """Set the trial and the entitlements of the module; return its access as an admission sees it."""

    def change(trial, sources):
        now = clock.now()
        with runtime.database.control() as control:
            control.execute(
                "UPDATE control.tenant SET trial_ends_at = %s WHERE id = %s",
                [now + DAY if trial else now - DAY, tenant.id],
            )
            control.execute(
                "DELETE FROM control.entitlement WHERE tenant_id = %s AND module = 'loyalty'", [tenant.id]
            )
            for source, value, starts, ends in sources:
                control.execute(
                    "INSERT INTO control.entitlement VALUES (%s, 'loyalty', %s, %s, %s, %s)",
                    [tenant.id, source, value, starts and now + starts, ends and now + ends],
                )
        base = runtime.settings.base_host
        found = Door(runtime.database, base).admit(f"{tenant.slug}.{base}")
        return found.tenant.modules["loyalty"].access

    return change


@pytest.mark.parametrize(
    ("trial", "sources", "access"),
    [
        (True, [], "full"),
        (False, [], "read_only"),
        (False, [("free", True, None, None)], "full"),
        (True, [("free", False, None, None)], "full"),
        (True, [("subscription", False, None, None)], "read_only"),
        (False, [("subscription", True, None, None), ("free", False, None, None)], "full"),
        (False, [("subscription", True, None, -DAY)], "read_only"),
        (False, [("subscription", True, DAY, None)], "read_only"),
        (False, [("subscription", True, None, -DAY), ("free", True, None, None)], "full"),
        (True, [("override", False, None, None), ("subscription", True, None, None)], "read_only"),
        (False, [("override", True, -DAY, DAY), ("subscription", False, None, None)], "full"),
        (False, [("override", True, None, -DAY), ("subscription", False, None, None)], "read_only"),
    ],
)
def test_the_first_valid_word_counts(entitle, trial, sources, access):
    assert entitle(trial, sources) == access


def test_a_quarantined_module_is_quarantined_whatever_is_paid(entitle, runtime, tenant):
    with runtime.database.control() as control:
        control.execute(
            "UPDATE control.tenant_module SET quarantined_at = now()"
            " WHERE tenant_id = %s AND module = 'loyalty'",
            [tenant.id],
        )

    assert entitle(True, [("override", True, None, None)]) == "quarantined"
