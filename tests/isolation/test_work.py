"""Jobs, reactions, hooks and commands: done for one business, they leave the other as it was."""

import inspect
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zipfile import ZipFile

import click
import pytest
from click.testing import CliRunner
from sqlalchemy import text
from sqlalchemy.orm import Session

from charsu.cli import group
from charsu.db import tenant_work
from charsu.events.cause import SYSTEM
from charsu.jobs.draining import drain_until_quiet
from charsu.jobs.queueing import enqueue
from charsu.plugins import hookspecs
from charsu.plugins.context import HookContext
from charsu.plugins.host import Implementation
from charsu.process import use_runtime
from charsu_crm_core.api import find_customer
from charsu_tenants.context import tenant_scope
from charsu_tenants.registry import find_by_id
from charsu_tenants.sessions import owner_session

from .scene import Scene

#: Arguments of each job of a business; `{customer}` is one of the other business's ids.
JOBS: dict[str, dict[str, str]] = {
    "core.check_import": {"batch_id": "{crm.customer.import}"},
    "core.import_rows": {"batch_id": "{crm.customer.import}"},
    "core.clear_files": {},
    "core.write_export": {"batch_id": "{crm.customer.export}"},
    "core.find_duplicates": {},
    "core.check_bulk": {"batch_id": "{crm.customer.batch}"},
    "core.run_bulk": {"batch_id": "{crm.customer.batch}"},
    "core.send_reminders": {},
    "core.empty_bin": {},
    "core.undo_batch": {"batch_id": "{crm.customer.batch}"},
    "loyalty.expire_points": {},
    "loyalty.check_ledger": {},
    "loyalty.redeem_sample": {"customer_id": "{customer}"},
}
#: Jobs of the platform work on the control plane, for all businesses alike.
PLATFORM_JOBS = {
    "core.fill_spares",
    "core.clean_up",
    "core.send_mail",
    "core.finish_sign_up",
    "core.refresh_roles",
    "core.clear_sign_ins",
    "core.write_reset_letter",
    "core.purge_modules",
}
REACTIONS = {
    "loyalty.enrol_customer",
    "loyalty.close_membership",
    "loyalty.open_membership",
    "loyalty.award_points",
    "loyalty.take_back_points",
}
_RECORD = {"record_type": "crm.customer", "record_id": "{crm.customer}"}
_PAIR = {"kept_id": "{crm.customer}", "lost_id": "{crm.customer.binned}"}
#: What each hook of a business is asked; `subject`, and what stands in braces, are records of the other one.
HOOKS: dict[str, list[dict[str, Any]]] = {
    "on_enable": [{"fresh": False}],
    "nav_items": [{}],
    "fragments": [{"slot": slot} for slot in ("customer.main", "customer.side", "dashboard.card")],
    "figures": [_RECORD],
    "timeline": [{**_RECORD, "before": datetime.now(UTC), "limit": 50}],
    "merge_records": [{**_RECORD, **_PAIR}],
    # It is only ever given what `merge_records` of this business told; its proof stands with the merges.
    "unmerge_records": [],
    "purge_records": [{**_RECORD, "record_ids": ["{crm.customer}"]}],
    "checklist_steps": [{}],
    "add_sample": [{}],
    "remove_sample": [{}],
}
#: Words after each command of one business; None: a command of the operator for all of them.
COMMANDS: dict[str, list[str] | None] = {
    "up": None,
    "web": None,
    "worker": None,
    "scheduler": None,
    "migrate": None,
    "doctor": None,
    "tenant create": None,
    "tenant list": None,
    "tenant suspend": ["{slug}"],
    "tenant resume": ["{slug}"],
    # Erasing drops a schema; its proof stands with the walls of the tenants.
    "tenant erase": None,
    "tenant export": ["{slug}", "{folder}/export.zip"],
    "tenant backup": ["{slug}", "{folder}/backup.zip"],
    # Restoring makes a schema; its proof stands with the backups.
    "tenant restore": None,
    "module enable": ["{slug}", "loyalty"],
    "module disable": ["{slug}", "loyalty"],
    "module lift": ["{slug}", "loyalty"],
    "module purge": ["{slug}", "loyalty"],
    "plugin list": None,
    "plugin new": None,
    "plugin texts": None,
    "plugin check": None,
    "jobs dead": None,
    "jobs replay": None,
    "jobs wait": None,
    "token create": ["{slug}", "--email", "{email}"],
    "token list": ["{slug}"],
    "token revoke": ["{slug}", "{foreign_token}"],
}
#: The neighbour's token, and a module that works and is on: there is nothing to do.
REFUSED = {"token revoke", "module lift", "module purge"}


@dataclass
class Guard:
    """Watches the other business while work is done for this one."""

    scene: Scene

    def __enter__(self) -> Scene:
        return self.scene

    def __exit__(self, *_: object) -> None:
        changed = self.scene.watch.changed_of(self.scene.there.tenant)
        assert not changed, f"the other business changed: {changed}"


@pytest.fixture
def guard(scene: Scene) -> Guard:
    return Guard(scene)


def test_every_handler_is_declared(scene: Scene) -> None:
    known = JOBS.keys() | PLATFORM_JOBS | REACTIONS

    assert set(scene.runtime.plugins.handlers) == known


def filled(value: str, ids: Mapping[str, str]) -> str:
    return ids[value[1:-1]] if value.startswith("{") else value


@pytest.mark.parametrize("name", JOBS)
def test_job_keeps_to_its_tenant(guard: Guard, name: str) -> None:
    with guard as scene:
        arguments = {key: filled(value, scene.there.ids) for key, value in JOBS[name].items()}
        with tenant_work(scene.here.tenant):
            enqueue(name, **arguments)
        drain_until_quiet(scene.runtime)


def test_reactions_keep_to_their_tenant(guard: Guard) -> None:
    with guard as scene:
        sale = {"customer_id": scene.here.ids["customer"], "amount_minor": 3_000_000, "currency": "IRR"}
        bought = scene.here.program.post("/api/v1/crm/purchases", json=sale).json or {}
        scene.here.program.post(
            f"/api/v1/crm/purchases/{bought['id']}/refunds", json={"amount_minor": 1_000_000}
        )
        scene.here.program.delete(f"/api/v1/crm/customers/{scene.here.ids['customer']}")
        drain_until_quiet(scene.runtime)

        with tenant_work(scene.here.tenant, read_only=True) as session:
            assert session.scalar(text("SELECT count(*) >= 2 FROM loyalty_entry")) is True


@pytest.mark.parametrize("handler", sorted(REACTIONS))
def test_delivery_of_a_neighbours_event_does_nothing(guard: Guard, handler: str) -> None:
    with guard as scene:
        here_before = rows_of(scene, "loyalty_entry")
        with tenant_work(scene.there.tenant, read_only=True) as session:
            event = session.scalar(text("SELECT id FROM core_event WHERE type = 'purchase.recorded' LIMIT 1"))
        deliver(scene, handler, event)
        drain_until_quiet(scene.runtime)

        assert rows_of(scene, "loyalty_entry") == here_before


def rows_of(scene: Scene, table: str) -> int:
    with tenant_work(scene.here.tenant, read_only=True) as session:
        return session.scalar(text(f"SELECT count(*) FROM {table}")) or 0


def deliver(scene: Scene, handler: str, event: UUID | None) -> None:
    with scene.runtime.database.control() as conn:
        conn.execute(
            "INSERT INTO bus.delivery (tenant, handler, kind, event_id, job_key, actor)"
            " VALUES (%s, %s, 'reaction', %s, %s, '{}')",
            (scene.here.tenant.schema, handler, event, uuid4()),
        )


def tenant_hooks() -> set[str]:
    return {
        name
        for name, spec in vars(hookspecs).items()
        if inspect.isfunction(spec) and "ctx" in inspect.signature(spec).parameters
    }


def test_every_hook_of_a_business_is_declared() -> None:
    assert tenant_hooks() == set(HOOKS)


@pytest.mark.parametrize("hook", HOOKS)
def test_hook_keeps_to_its_tenant(guard: Guard, hook: str) -> None:
    with guard as scene, use_runtime(scene.runtime):
        modules = frozenset(plugin.name for plugin in scene.runtime.plugins.loaded)
        with tenant_work(scene.there.tenant, read_only=True) as session:
            subject = find_customer(session, UUID(scene.there.ids["customer"]))
        assert subject is not None
        for implementation in scene.runtime.plugins.implementations(hook, modules):
            for asked in HOOKS[hook]:
                about = foreign(asked, scene.there.ids)
                given = call_hook(scene, hook, implementation, {**about, "subject": subject})
                assert scene.there.canary not in given, f"{implementation.module}.{hook} shows the neighbour"


def foreign(asked: Any, ids: Mapping[str, str]) -> Any:
    """What is asked, with the ids of the other business's records in place of their kinds."""
    if isinstance(asked, dict):
        return {name: foreign(value, ids) for name, value in asked.items()}
    if isinstance(asked, list):
        return [foreign(value, ids) for value in asked]
    return UUID(ids[asked[1:-1]]) if isinstance(asked, str) and asked.startswith("{") else asked


def call_hook(scene: Scene, hook: str, implementation: Implementation, given: dict[str, Any]) -> str:
    """Call it as the core would, in this business's scope; its answer as text."""
    app = scene.people.application.tenants
    tenant = scene.here.tenant
    with (
        app.test_request_context(base_url=scene.runtime.settings.tenant_url(tenant.slug)),
        session_for(scene, hook) as session,
    ):
        ctx = HookContext(
            tenant=find_by_id(scene.runtime.database, tenant.id) or tenant, session=session, actor=SYSTEM
        )
        arguments = {name: ctx if name == "ctx" else given[name] for name in implementation.arguments}
        answer = implementation.function(**arguments)
        return str(list(answer)) if answer is not None else ""  # type: ignore[call-overload]  # as hooks answer


def session_for(scene: Scene, hook: str) -> Any:
    if hook != "remove_sample":
        return tenant_work(scene.here.tenant)
    return owner_work(scene)


def owner_work(scene: Scene) -> Any:
    return _OwnerWork(scene)


class _OwnerWork:
    def __init__(self, scene: Scene) -> None:
        self.scene = scene

    def __enter__(self) -> Session:
        self.scope = tenant_scope(self.scene.here.tenant)
        self.scope.__enter__()
        self.work = owner_session(self.scene.runtime.database, self.scene.here.tenant)
        return self.work.__enter__()

    def __exit__(self, *raised: Any) -> None:
        self.work.__exit__(*raised)
        self.scope.__exit__(*raised)


def commands(command: click.Command, words: tuple[str, ...] = ()) -> Iterator[str]:
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from commands(found, (*words, name))
    else:
        yield " ".join(words)


def test_every_command_is_declared() -> None:
    assert set(commands(group)) == set(COMMANDS)


def archived(folder: Path) -> Iterator[str]:
    """The text of every file in the archives a command wrote."""
    for path in folder.glob("*.zip"):
        with ZipFile(path) as archive:
            yield from (archive.read(name).decode("utf-8", "replace") for name in archive.namelist())


@pytest.fixture
def charsu(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    for name in list(os.environ):
        if name.startswith("CHARSU_"):
            monkeypatch.delenv(name)
    for name, value in scene.runtime.settings.to_environ().items():
        monkeypatch.setenv(name, value)
    return lambda words: CliRunner().invoke(group, words)


@pytest.mark.parametrize("name", [name for name, words in COMMANDS.items() if words is not None])
def test_command_keeps_to_its_tenant(
    guard: Guard, charsu: Callable[..., Any], name: str, tmp_path: Path
) -> None:
    with guard as scene, use_runtime(scene.runtime):
        known = {
            "slug": scene.here.tenant.slug,
            "email": scene.here.owner.email,
            "foreign_token": scene.there.ids["token"],
            "folder": tmp_path,
        }
        done = charsu([*name.split(), *(word.format(**known) for word in COMMANDS[name] or ())])

        assert scene.there.canary not in done.output
        assert not any(scene.there.canary in text for text in archived(tmp_path))
        assert (done.exit_code == 0) == (name not in REFUSED), done.output
