"""The kept shell of pages: it follows every change at once and carries nothing to another person."""

from collections.abc import Callable

import pytest

from charsu.people.notifications import notify
from charsu.testing.clients import HostClient
from charsu.ui.kept import Kept
from charsu_tenants.modules import disable_row


def page(client: HostClient, path: str = "/account") -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.text


def test_the_menu_follows_a_module_that_is_turned_off(client, runtime, tenant):
    assert 'href="/crm/customers"' in page(client)

    with runtime.database.control() as control:
        disable_row(control, tenant.id, "crm_core")

    assert 'href="/crm/customers"' not in page(client)


def test_the_menu_follows_a_role_that_loses_a_permission(client, runtime, tenant):
    assert 'href="/roles"' in page(client)

    with runtime.database.control() as control:
        control.execute("UPDATE control.role SET permissions = '{}' WHERE tenant_id = %s", [tenant.id])

    assert 'href="/roles"' not in page(client)


def test_two_persons_see_their_own_names(client_as: Callable[..., HostClient], runtime, tenant):
    first, second = client_as(), client_as()
    with runtime.database.control() as control:
        rows = control.execute(
            "SELECT u.id FROM control.app_user u JOIN control.membership m ON m.user_id = u.id"
            " WHERE m.tenant_id = %s ORDER BY m.created_at DESC LIMIT 2",
            [tenant.id],
        ).fetchall()
        for row, name in zip(rows, ("Second Person", "First Person"), strict=True):
            control.execute("UPDATE control.app_user SET display_name = %s WHERE id = %s", [name, row["id"]])

    assert "First Person" in page(first)
    assert "Second Person" not in page(first)
    assert "Second Person" in page(second)
    assert "First Person" not in page(second)


def test_the_language_and_the_theme_change_the_frame(client):
    assert 'aria-label="Main"' not in page(client)

    client.post("/display", data={"lang": "en", "theme": "dark"})

    english = page(client)
    assert 'aria-label="Main"' in english
    assert 'data-set-theme="dark"' in english


def test_the_frame_names_the_address_of_each_page(client):
    page(client, "/account?a=1")

    html = page(client, '/account?a="<b>&c=2')

    assert 'name="next" value="/account?a=&#34;&lt;b&gt;&amp;c=2"' in html
    assert "a=1" not in html


def test_a_new_notification_is_counted_on_the_next_page(client, tenant, tenant_work, runtime):
    assert "c-bell-count" not in page(client)
    with runtime.database.control() as control:
        row = control.execute(
            "SELECT member_id FROM control.membership WHERE tenant_id = %s ORDER BY created_at DESC LIMIT 1",
            [tenant.id],
        ).fetchone()

    with tenant_work(tenant) as session:
        notify(session, member_id=row["member_id"], title="سلام")

    assert "c-bell-count" in page(client)


@pytest.mark.parametrize(("path", "lit"), [("/crm/customers", "/crm/customers"), ("/account", None)])
def test_the_line_of_the_page_is_lit(client, path, lit):
    html = page(client, path)

    menu = html.partition('<nav class="c-nav"')[2].partition("</nav>")[0]
    assert menu.count('aria-current="page"') == (1 if lit else 0)
    if lit:
        assert f'href="{lit}" aria-current="page"' in html


def test_what_is_kept_is_bounded_and_the_oldest_goes_first():
    kept: Kept[int, str] = Kept(2)

    kept.put(1, "a")
    kept.put(2, "b")
    kept.get(1)
    kept.put(3, "c")

    assert [kept.get(key) for key in (1, 2, 3)] == ["a", None, "c"]
