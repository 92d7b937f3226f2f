"""Jobs of the people area; the core registers them as `core.<name>`."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from charsu.jobs.spec import JobSpec
from charsu.mail.sending import send_waiting
from charsu.people.password_reset import write_letter
from charsu.people.permissions import refresh_builtin_roles
from charsu.people.signup import finish_sign_up
from charsu.people.visitors import Visitor
from charsu.process import Runtime
from charsu_tenants.one_time import delete_stale
from charsu_tenants.web_sessions import delete_expired_sessions


def _send_mail(runtime: Runtime) -> None:
    send_waiting(runtime)


def _refresh_roles(_runtime: Runtime) -> None:
    refresh_builtin_roles()


def _finish_sign_up(_runtime: Runtime, *, tenant_id: str, modules: Sequence[str]) -> None:
    finish_sign_up(UUID(tenant_id), modules)


def _write_reset_letter(
    _runtime: Runtime, *, mail_id: str, email: str, origin_slug: str | None, ip: str | None, device: str
) -> None:
    visitor = Visitor(ip, device)
    write_letter(mail_id=UUID(mail_id), email=email, origin_slug=origin_slug, visitor=visitor)


def _clear_away(runtime: Runtime) -> None:
    with runtime.database.control() as conn:
        delete_expired_sessions(conn)
        delete_stale(conn)


PEOPLE_JOBS = (
    JobSpec("send_mail", _send_mail, every=timedelta(minutes=1), scope="platform"),
    JobSpec("finish_sign_up", _finish_sign_up, scope="platform"),
    JobSpec("write_reset_letter", _write_reset_letter, scope="platform"),
    JobSpec("refresh_roles", _refresh_roles, every=timedelta(hours=1), scope="platform"),
    JobSpec("clear_sign_ins", _clear_away, every=timedelta(hours=6), scope="platform"),
)
