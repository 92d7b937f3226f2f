"""Hooks: each is documented, used by a plugin of ours and named by a test; calls go to whom they concern."""

import ast
import importlib
import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from markupsafe import Markup
from sqlalchemy import text

from charsu.db import tenant_work
from charsu.errors import Conflict, NotFound
from charsu.events import SYSTEM
from charsu.plugins import ChecklistStep, Fragment, HookContext, NavItem, Permission, hookspecs
from charsu.plugins.dispatch import Answer, call
from charsu.plugins.lifecycle import disable_module, enable_module, module_rows
from charsu.process import Runtime
from charsu.samples import SETTING, add_samples, remove_samples
from charsu_crm_core.rest import rest as crm_rest
from charsu_tenants.context import Tenant
from charsu_tenants.registry import get_tenant

ROOT = Path(__file__).parents[1]
SHELF = ROOT / "tests" / "hostile_plugins"
HOOKS = sorted(
    name for name, function in vars(hookspecs).items() if inspect.isfunction(function) and name != "hookspec"
)


def first_party_hooks() -> set[str]:
    found = set()
    for file in ROOT.glob("plugins/*/charsu_*/plugin.py"):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and any(
                "hookimpl" in ast.dump(d) for d in node.decorator_list
            ):
                found.add(node.name)
    return found


def names_of_tests() -> set[str]:
    files = [*ROOT.glob("tests/**/test_*.py"), *ROOT.glob("plugins/*/tests/**/test_*.py")]
    return {
        name for file in files for name in re.findall(r"def (test_\w+)", file.read_text(encoding="utf-8"))
    }


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_is_documented(hook: str) -> None:
    words = inspect.getdoc(getattr(hookspecs, hook)) or ""

    for part in ("Called:", "Example:", "Since "):
        assert part in words, f"{hook} does not say {part!r}"


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_is_used_by_a_plugin_of_ours(hook: str) -> None:
    assert hook in first_party_hooks()


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_is_named_by_a_test(hook: str) -> None:
    pattern = re.compile(rf"test_(\w+_)?{hook}(_\w+)?$")

    assert any(pattern.match(name) for name in names_of_tests())


@pytest.fixture
def market(with_plugins: Callable[..., Runtime]) -> Runtime:
    return with_plugins(SHELF / "bazaar", SHELF / "mischief")


@pytest.fixture
def bazaar(market: Runtime) -> ModuleType:
    return importlib.import_module("charsu_bazaar.plugin")


@pytest.fixture
def mischief(market: Runtime) -> Iterator[ModuleType]:
    plugin = importlib.import_module("charsu_mischief.plugin")
    yield plugin
    plugin.behaviour.clear()


@pytest.fixture
def business(market: Runtime, tenant: Tenant) -> Tenant:
    enable_module(tenant.id, "bazaar", SYSTEM)
    return get_tenant(market.database, tenant.id)


def ask(
    tenant: Tenant, hook: str, can: Callable[[str], bool] = lambda _permission: True, **arguments: object
) -> list[Answer]:
    with tenant_work(tenant, read_only=True) as session:
        ctx = HookContext(tenant=tenant, session=session, actor=SYSTEM, can=can)
        return [answer for answer in call(hook, ctx, **arguments) if answer.module in ("bazaar", "mischief")]


def settings_of(tenant: Tenant) -> dict[str, object]:
    with tenant_work(tenant, read_only=True) as session:
        rows = session.execute(text("SELECT key, value FROM core_setting"))
        return {row.key: row.value for row in rows}


#: A built-in role of a tenant, with these permissions and no others.
STAFF = (
    "INSERT INTO control.role (tenant_id, key, title, permissions, is_builtin)"
    " VALUES (%s, 'staff', 'Staff', %s, true)"
    " ON CONFLICT (tenant_id, key) DO UPDATE SET permissions = excluded.permissions"
)


def held_by_staff(market: Runtime, tenant: Tenant) -> list[str]:
    with market.database.control() as conn:
        row = conn.execute(
            "SELECT permissions FROM control.role WHERE tenant_id = %s AND key = 'staff'", [tenant.id]
        ).fetchone()
    assert row is not None
    return list(row["permissions"])


def test_pages_are_given_as_blueprints(market: Runtime, bazaar: ModuleType) -> None:
    assert market.plugins.module("bazaar").pages == (bazaar.blueprint,)


def test_api_is_given_as_blueprints(market: Runtime) -> None:
    assert market.plugins.module("bazaar").api == ()
    assert crm_rest in market.plugins.module("crm_core").api


def test_permissions_go_to_the_built_in_roles_at_the_first_enable(market: Runtime, tenant: Tenant) -> None:
    with market.database.control() as conn:
        conn.execute(STAFF, [tenant.id, ["crm.customer.read"]])

    enable_module(tenant.id, "bazaar", SYSTEM)

    assert held_by_staff(market, tenant) == ["crm.customer.read", "bazaar.note.pin"]


def test_permissions_taken_from_a_role_do_not_come_back_with_the_module(
    market: Runtime, business: Tenant
) -> None:
    with market.database.control() as conn:
        conn.execute(STAFF, [business.id, []])

    disable_module(business.id, "bazaar", SYSTEM)
    enable_module(business.id, "bazaar", SYSTEM)

    assert held_by_staff(market, business) == []


def test_events_are_known_by_their_type(market: Runtime, bazaar: ModuleType) -> None:
    assert market.plugins.event_class("note.pinned") is bazaar.NotePinned


def test_reactions_are_those_of_the_modules_that_are_on(market: Runtime) -> None:
    assert market.plugins.reactions_to("note.pinned", frozenset({"core", "bazaar"})) == ("bazaar.read_note",)
    assert market.plugins.reactions_to("note.pinned", frozenset({"core"})) == ()


def test_jobs_are_known_by_module_and_name(market: Runtime, bazaar: ModuleType) -> None:
    assert market.plugins.handlers["bazaar.tidy"].run is bazaar.tidy


def test_on_enable_is_told_whether_it_is_the_first_time(business: Tenant) -> None:
    disable_module(business.id, "bazaar", SYSTEM)
    enable_module(business.id, "bazaar", SYSTEM)

    settings = settings_of(business)
    assert (settings["enabled:fresh"], settings["enabled:again"]) == (1, 1)


def test_on_enable_that_raises_leaves_the_module_off_and_nothing_behind(
    market: Runtime, business: Tenant, mischief: ModuleType, digest: Callable[[Tenant], str]
) -> None:
    def write_and_raise(ctx: HookContext) -> None:
        ctx.session.execute(text("INSERT INTO core_setting (key, value) VALUES ('half', '1')"))
        raise ValueError("no rule can be made")

    mischief.behaviour["on_enable"] = write_and_raise

    with pytest.raises(ValueError, match="no rule can be made"):
        enable_module(business.id, "mischief", SYSTEM)

    assert "half" not in settings_of(business)
    assert "mischief" not in get_tenant(market.database, business.id).modules


def test_nav_items_come_by_order_and_without_those_she_may_not_use(business: Tenant) -> None:
    everything = ask(business, "nav_items")
    little = ask(business, "nav_items", can=lambda permission: permission != "bazaar.note.pin")

    assert [answer.value.title for answer in everything] == ["Bazaar", "Secret stall"]
    assert [answer.value.title for answer in little] == ["Bazaar"]


def test_fragments_are_told_where_they_go_and_what_it_is_about(business: Tenant) -> None:
    (answer,) = ask(business, "fragments", slot="customer.side", subject="Sara")

    assert isinstance(answer.value, Fragment)
    assert answer.value.html == Markup("<b>customer.side/Sara</b>")


def test_checklist_steps_read_the_tenant_in_a_session_of_their_own(business: Tenant) -> None:
    (answer,) = ask(business, "checklist_steps")

    assert isinstance(answer.value, ChecklistStep)
    assert answer.value.is_done


def test_add_sample_and_remove_sample_leave_things_as_they_were(
    business: Tenant, digest: Callable[[Tenant], str]
) -> None:
    add_samples(business, SYSTEM)
    with_samples = settings_of(business)
    remove_samples(business, SYSTEM)

    assert with_samples["sample"] == 1
    assert "sample" not in settings_of(business)


def test_add_sample_of_a_faulty_module_costs_only_its_own_records(
    market: Runtime, business: Tenant, mischief: ModuleType
) -> None:
    def raise_error(ctx: HookContext) -> None:
        ctx.session.execute(text("SELECT nonsense"))

    enable_module(business.id, "mischief", SYSTEM)
    business = get_tenant(market.database, business.id)
    mischief.behaviour["add_sample"] = raise_error

    failed = add_samples(business, SYSTEM)

    assert failed == ["mischief"]
    assert settings_of(business)["sample"] == 1


def test_remove_sample_that_raises_keeps_its_own_records_alone(
    market: Runtime, business: Tenant, mischief: ModuleType
) -> None:
    def raise_error(ctx: HookContext) -> None:
        raise ValueError("still in use")

    enable_module(business.id, "mischief", SYSTEM)
    business = get_tenant(market.database, business.id)
    add_samples(business, SYSTEM)
    mischief.behaviour["remove_sample"] = raise_error

    kept = remove_samples(business, SYSTEM)

    assert kept == ["mischief"]
    assert "sample" not in settings_of(business)
    # The mark stays, and with it the way to try again.
    assert SETTING in settings_of(business)


def test_only_modules_that_are_on_are_asked(business: Tenant, tenant: Tenant) -> None:
    disable_module(business.id, "bazaar", SYSTEM)

    assert ask(tenant, "nav_items") == []


def test_enabling_turns_on_what_is_required_first(market: Runtime, tenant: Tenant) -> None:
    for name in ("loyalty", "crm_core"):
        disable_module(tenant.id, name, SYSTEM)

    assert enable_module(tenant.id, "loyalty", SYSTEM) == ["crm_core", "loyalty"]
    assert enable_module(tenant.id, "loyalty", SYSTEM) == []


def test_disabling_names_the_modules_that_need_it(market: Runtime, tenant: Tenant) -> None:
    with pytest.raises(Conflict) as refusal:
        disable_module(tenant.id, "crm_core", SYSTEM)

    assert str(market.plugins.module("loyalty").manifest.title) in refusal.value.message
    assert module_rows(tenant.id)["crm_core"].is_enabled


def test_a_module_that_is_not_there_can_not_be_turned_on(market: Runtime, tenant: Tenant) -> None:
    with pytest.raises(NotFound):
        enable_module(tenant.id, "nowhere", SYSTEM)
    with pytest.raises(NotFound):
        disable_module(tenant.id, "core", SYSTEM)


def test_implementations_are_compiled_once_for_a_set_of_modules(market: Runtime) -> None:
    modules = frozenset({"core", "bazaar", "mischief"})

    first = market.plugins.implementations("nav_items", modules)

    assert [item.module for item in first] == ["bazaar", "mischief"]
    assert market.plugins.implementations("nav_items", modules) is first


@pytest.mark.parametrize(
    "make",
    [
        lambda: NavItem(title="", endpoint="a.b"),
        lambda: NavItem(title="A", endpoint="no such thing"),
        lambda: NavItem(title="A", endpoint="a.b", order="first"),  # type: ignore[arg-type]
        lambda: Fragment(title="A", html="<script>"),  # type: ignore[arg-type]
        lambda: Fragment(title=5, html=Markup("")),
        lambda: ChecklistStep(key="a", title="A", text="A", endpoint="a.b", is_done="yes"),  # type: ignore[arg-type]
        lambda: Permission(name="Everything", title="A"),
        lambda: Permission(name="a.b.c", title=""),
    ],
)
def test_a_piece_that_can_not_be_shown_is_refused_where_it_is_made(make: Callable[[], object]) -> None:
    with pytest.raises((TypeError, ValueError)):
        make()
