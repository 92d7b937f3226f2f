"""Plugins that raise, hang, give junk or can not be imported cost their own piece and nothing else."""

import contextlib
import ctypes
import importlib
import itertools
import logging
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from markupsafe import Markup
from sqlalchemy import text

from charsu.db import db, tenant_work
from charsu.errors import NotFound
from charsu.events import SYSTEM
from charsu.plugins import Fragment, HookContext, NavItem, dispatch
from charsu.plugins.dispatch import call
from charsu.plugins.guard import OutOfTime
from charsu.plugins.host import PluginHost
from charsu.plugins.lanes import Done, Failed, Lanes, Refused
from charsu.plugins.lifecycle import enable_module, lift_quarantine, module_rows
from charsu.plugins.mounting import RESERVED_PATHS
from charsu.process import Runtime
from charsu.server.processes import wait_until
from charsu.testing.clients import People, application_of
from charsu.testing.shelf import entry_points_of
from charsu.web.crossing import Crossing
from charsu_tenants.context import Tenant
from charsu_tenants.modules import record_fault
from charsu_tenants.registry import get_tenant

SHELF = Path(__file__).parent / "hostile_plugins"
#: Set when a test ends: what sleeps for it wakes up.
_released = threading.Event()
UNUSABLE = {
    "brokenimport": "RuntimeError: this plugin never worked",
    "exits": "SystemExit: goodbye",
    "fromthefuture": "requires Charsu >=99",
    "orphan": "requires nowhere, which is not there",
    "thief": "name or path is taken by bazaar",
    "misspelt": "implements nav_item, which is no hook",
    "nomanifest": "holds no manifest",
    "badsetup": "permissions gave a str, not a Permission",
    "fallssetup": "SystemExit",
    "badlineage": "must have one head",
    "needsbroken": "requires fallssetup, which is not there",
    "opendoor": "GET opendoor.show declares no access",
    "askstoomuch": "asks for core.everything.do, which nobody declares",
    "everywhere": "adds handlers to the whole application",
    "shadow": "path login belongs to the core",
    "misnamed": "blueprint home must be named misnamed",
}


@pytest.fixture
def whole_shelf(monkeypatch: pytest.MonkeyPatch) -> PluginHost:
    folders = [SHELF / name for name in ("bazaar", *UNUSABLE)]
    for folder in folders:
        monkeypatch.syspath_prepend(str(folder))
    return PluginHost.discover([point for folder in folders for point in entry_points_of(folder)])


def test_every_plugin_that_can_not_be_used_is_quarantined_with_its_reason(whole_shelf: PluginHost) -> None:
    reasons = {item.name: item.reason for item in whole_shelf.quarantined}

    assert [plugin.name for plugin in whole_shelf.loaded] == ["bazaar"]
    assert reasons.keys() == UNUSABLE.keys()
    for name, part in UNUSABLE.items():
        assert part in reasons[name], name


def test_every_address_of_the_core_is_reserved(application: Crossing) -> None:
    rules = [rule for app in (application.tenants, application.site) for rule in app.url_map.iter_rules()]
    modules = {name for name, module in application.tenants.modules.items() if module != "core"}
    words = set()
    for rule in rules:
        if rule.endpoint.partition(".")[0] not in modules:
            parts = [part for part in rule.rule.split("/") if part not in ("", "api", "v1")]
            words |= {part for part in parts[:1] if not part.startswith("<") and "." not in part}

    assert words - RESERVED_PATHS == set()


def test_a_quarantined_plugin_leaves_nothing_behind(whole_shelf: PluginHost) -> None:
    modules = frozenset({"bazaar", *UNUSABLE})

    assert [item.module for item in whole_shelf.implementations("nav_items", modules)] == ["bazaar"]
    assert {name.partition(".")[0] for name in whole_shelf.permissions} == {"bazaar"}


@pytest.fixture
def market(with_plugins: Callable[..., Runtime]) -> Runtime:
    return with_plugins(SHELF / "bazaar", SHELF / "mischief")


@pytest.fixture
def mischief(market: Runtime) -> Iterator[ModuleType]:
    plugin = importlib.import_module("charsu_mischief.plugin")
    _released.clear()
    yield plugin
    plugin.behaviour.clear()
    # What hangs ends with the test: the next one may count the same connections.
    _released.set()
    with market.database.admin() as conn:
        conn.execute(
            "SELECT pg_cancel_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND state = 'active' AND query LIKE 'SELECT pg_sleep%'"
        )
    assert wait_until(lambda: not dispatch._lanes.hanging_count, 60)


@pytest.fixture
def business(market: Runtime, tenant: Tenant) -> Tenant:
    enable_module(tenant.id, "bazaar", SYSTEM)
    enable_module(tenant.id, "mischief", SYSTEM)
    return get_tenant(market.database, tenant.id)


def raises(ctx: HookContext) -> object:
    raise ValueError("a \x00 fault")


def exits(ctx: HookContext) -> object:
    raise SystemExit(1)


def interrupts(ctx: HookContext) -> object:
    raise KeyboardInterrupt


def raises_what_can_not_be_shown(ctx: HookContext) -> object:
    class Sly(Exception):
        def __str__(self) -> str:
            raise SystemExit

    raise Sly


def recurses(ctx: HookContext) -> object:
    return recurses(ctx)


def gives_nothing(ctx: HookContext) -> object:
    return None


def gives_text(ctx: HookContext) -> object:
    return "<b>points</b>"


def gives_numbers(ctx: HookContext) -> object:
    return [1, 2]


def gives_for_ever(ctx: HookContext) -> object:
    return itertools.repeat(Fragment(title="A", html=Markup("a")))


def raises_half_way(ctx: HookContext) -> object:
    yield Fragment(title="A", html=Markup("a"))
    raise ValueError("half way")


def sleeps(ctx: HookContext) -> object:
    _released.wait(60)
    return []


def spins(ctx: HookContext) -> object:
    while True:
        pass


def waits_in_the_database(ctx: HookContext) -> object:
    ctx.session.execute(text("SELECT pg_sleep(60)"))
    return []


def breaks_the_transaction(ctx: HookContext) -> object:
    ctx.session.execute(text("SELECT nonsense"))
    return []


def writes(ctx: HookContext) -> object:
    ctx.session.execute(text("INSERT INTO core_setting (key, value) VALUES ('graffiti', '1')"))
    ctx.session.commit()
    return []


def commits_raw(ctx: HookContext) -> object:
    ctx.session.execute(text("COMMIT"))
    ctx.session.execute(text("INSERT INTO core_setting (key, value) VALUES ('graffiti', '1')"))
    ctx.session.execute(text("COMMIT"))
    raise ValueError("and gone")


def closes_the_session(ctx: HookContext) -> object:
    ctx.session.close()
    db.session.remove()
    raise ValueError("closed")


def links_nowhere(ctx: HookContext) -> object:
    return [Fragment(title="A", html="<script>")]  # type: ignore[arg-type]


TROUBLE = [
    raises,
    exits,
    interrupts,
    raises_what_can_not_be_shown,
    recurses,
    gives_nothing,
    gives_text,
    gives_numbers,
    gives_for_ever,
    raises_half_way,
    sleeps,
    spins,
    waits_in_the_database,
    breaks_the_transaction,
    writes,
    commits_raw,
    closes_the_session,
    links_nowhere,
]


def faults_of(runtime: Runtime, tenant: Tenant) -> list[str]:
    with runtime.database.admin() as conn:
        rows = conn.execute(
            "SELECT error FROM control.module_fault WHERE tenant_id = %s AND module = 'mischief' ORDER BY id",
            [tenant.id],
        )
        return [row["error"] for row in rows]


@pytest.mark.parametrize("hook", ["nav_items", "fragments", "checklist_steps"])
@pytest.mark.parametrize("trouble", TROUBLE, ids=lambda function: function.__name__)
def test_a_faulty_module_costs_its_own_piece_alone(
    market: Runtime,
    business: Tenant,
    mischief: ModuleType,
    trouble: Callable[[HookContext], object],
    hook: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.CRITICAL, logger="charsu.plugins.faults")
    mischief.behaviour[hook] = trouble
    arguments = {"slot": "customer.side", "subject": None} if hook == "fragments" else {}
    begun = time.monotonic()

    with tenant_work(business) as session:
        session.execute(text("INSERT INTO core_setting (key, value) VALUES ('own', '1')"))
        ctx = HookContext(tenant=business, session=session, actor=SYSTEM)
        answers = call(hook, ctx, **arguments)
        own = session.execute(text("SELECT key FROM core_setting WHERE key IN ('own', 'graffiti')")).scalars()

        assert own.all() == ["own"]
    assert time.monotonic() - begun < 30
    assert "bazaar" in {answer.module for answer in answers}
    assert "mischief" not in {answer.module for answer in answers}
    assert len(faults_of(market, business)) == 1


def test_a_menu_item_that_leads_nowhere_is_left_out_of_the_page(
    market: Runtime, business: Tenant, mischief: ModuleType
) -> None:
    mischief.behaviour["nav_items"] = lambda ctx: [NavItem(title="Gone", endpoint="mischief.gone")]
    people = People(market, application_of(market))
    client = people.browser(people.member(business))

    answer = client.get("/")

    assert answer.status_code == 200
    assert "Bazaar" in answer.text
    assert "Gone" not in answer.text
    assert "leads to mischief.gone, which is no page" in faults_of(market, business)[0]


@pytest.mark.parametrize(
    "trouble", [raises, spins, gives_text, breaks_the_transaction], ids=lambda f: f.__name__
)
def test_a_page_with_a_faulty_module_is_right_in_all_else(
    market: Runtime, business: Tenant, mischief: ModuleType, trouble: Callable[[HookContext], object]
) -> None:
    for hook in ("nav_items", "fragments", "checklist_steps"):
        mischief.behaviour[hook] = trouble
    people = People(market, application_of(market))
    client = people.browser(people.member(business))

    answer = client.get("/")

    assert answer.status_code == 200
    assert "Bazaar" in answer.text
    assert "dashboard.card/None" in answer.text


def test_five_faults_within_five_minutes_switch_the_module_off_for_that_tenant_alone(
    market: Runtime, business: Tenant, other_tenant: Tenant, mischief: ModuleType
) -> None:
    enable_module(other_tenant.id, "mischief", SYSTEM)
    mischief.behaviour["nav_items"] = raises

    with tenant_work(business, read_only=True) as session:
        ctx = HookContext(tenant=business, session=session, actor=SYSTEM)
        for _ in range(5):
            call("nav_items", ctx)

    row = module_rows(business.id)["mischief"]
    assert row.access == "quarantined"
    assert "ValueError" in (row.last_fault or "")
    assert module_rows(other_tenant.id)["mischief"].access == "full"
    assert dispatch.usable_modules(get_tenant(market.database, business.id)).isdisjoint({"mischief"})


def test_a_quarantine_is_written_down_for_the_admin(market: Runtime, business: Tenant) -> None:
    for _ in range(5):
        record_fault(market.database, business.id, "mischief", "fragments", "ValueError: broken")

    with market.database.admin() as conn:
        row = conn.execute(
            "SELECT details FROM control.audit WHERE tenant_id = %s AND action = 'module.quarantined'",
            [business.id],
        ).fetchone()
    assert row is not None
    assert row["details"] == {"module": "mischief", "hook": "fragments", "error": "ValueError: broken"}


def test_faults_long_ago_do_not_count(market: Runtime, business: Tenant) -> None:
    for _ in range(4):
        record_fault(market.database, business.id, "mischief", "fragments", "ValueError")
    with market.database.admin() as conn:
        conn.execute("UPDATE control.tenant_module SET fault_at = fault_at - interval '6 minutes'")

    assert not record_fault(market.database, business.id, "mischief", "fragments", "ValueError")


def test_a_lifted_quarantine_gives_the_module_five_new_chances(market: Runtime, business: Tenant) -> None:
    for _ in range(5):
        record_fault(market.database, business.id, "mischief", "fragments", "ValueError")

    lift_quarantine(business.id, "mischief", SYSTEM)

    assert module_rows(business.id)["mischief"].access == "full"
    assert not record_fault(market.database, business.id, "mischief", "fragments", "ValueError")
    with pytest.raises(NotFound):
        lift_quarantine(business.id, "mischief", SYSTEM)


def test_a_module_whose_tables_are_behind_is_not_asked(market: Runtime, business: Tenant) -> None:
    with market.database.admin() as conn:
        conn.execute("UPDATE control.tenant_module SET revision = '0000' WHERE module = 'mischief'")

    assert "mischief" not in dispatch.usable_modules(get_tenant(market.database, business.id))


def test_too_many_hanging_calls_are_refused_without_blame_and_not_waited_for() -> None:
    lanes = Lanes()
    release = threading.Event()

    def hang() -> None:
        # Whatever is sent to it, it goes on: one that a signal ends does not hang.
        while not release.is_set():
            with contextlib.suppress(OutOfTime):
                release.wait(60)

    for _ in range(16):
        lanes.run([hang], 0.2)
    begun = time.monotonic()
    (outcome,) = lanes.run([hang], 60)
    release.set()

    # A fault is counted for what `Failed` says; a module that was not even called has none.
    assert outcome == Refused()
    assert time.monotonic() - begun < 30


def test_a_call_that_ends_while_it_is_abandoned_leaves_no_thread_behind() -> None:
    lanes = Lanes()

    for _ in range(40):
        lanes.run([lambda: time.sleep(0.002)], 0.002)
    deadline = time.monotonic() + 5
    while lanes.hanging_count and time.monotonic() < deadline:
        time.sleep(0.01)

    assert lanes.hanging_count == 0


def test_a_hanging_call_does_not_keep_the_ones_after_it() -> None:
    def spin() -> None:
        while True:
            pass

    outcomes = Lanes().run([lambda: 1, spin, lambda: 3], 0.2)

    assert [getattr(outcome, "value", None) for outcome in outcomes] == [1, None, 3]


def test_a_process_that_stood_still_does_not_blame_the_call_it_was_in() -> None:
    def freeze() -> str:
        # Keeps every other thread from running, as a machine does that stands still.
        ctypes.PyDLL(None).usleep(700_000)
        return "thawed"

    assert Lanes().run([freeze], 0.5) == [Done("thawed")]


def test_a_call_that_lets_no_thread_run_is_over_its_time_by_what_it_computed() -> None:
    def compute() -> object:
        return re.match(r"(a+)+$", "a" * 24 + "b")

    (outcome,) = Lanes().run([compute], 0.2)

    assert isinstance(outcome, Failed)
    assert "OutOfTime: over 0.2 s" in str(outcome.error)


def test_a_call_that_hangs_is_told_with_its_place() -> None:
    lanes = Lanes()
    released = threading.Event()

    def hang() -> None:
        released.wait(30)

    (outcome,) = lanes.run([hang], 0.05)
    released.set()

    assert isinstance(outcome, Failed)
    assert re.fullmatch(
        r"OutOfTime: over 0.05 s \((threading|test_plugin_faults)\.py:\d+\)", str(outcome.error)
    )
