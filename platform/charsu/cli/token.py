"""`charsu token`: API tokens of a business, made, listed and revoked by the operator."""

import json
from datetime import timedelta

import click

from charsu.cli.session import prepared_runtime
from charsu.clock import now
from charsu.errors import NotFound
from charsu.people.tokens import create_token_for, list_all_tokens, revoke_token_by_prefix
from charsu.process import runtime
from charsu.text.i18n import _
from charsu_tenants.context import Tenant
from charsu_tenants.registry import find_by_slug


@click.group()
def token() -> None:
    """Make, list and revoke API tokens of a business."""


@token.command()
@click.argument("slug")
@click.option("--email", required=True, help="Address of the member the token acts for.")
@click.option(
    "--scopes", default="*", show_default=True, help="Permissions, comma-separated; * for her whole role."
)
@click.option("--title", default="command line", show_default=True, help="What the token is for.")
@click.option("--days", type=click.IntRange(1, 3650), help="Days until it expires; never, if not given.")
def create(slug: str, email: str, scopes: str, title: str, days: int | None) -> None:
    """Make a token and print it, alone, on standard output; it is shown this once."""
    with prepared_runtime():
        made = create_token_for(
            _tenant(slug),
            email=email,
            title=title,
            scopes=[name.strip() for name in scopes.split(",") if name.strip()],
            expires_at=now() + timedelta(days=days) if days else None,
        )
        click.echo(made.secret)


@token.command("list")
@click.argument("slug")
@click.option("--json", "as_json", is_flag=True, help="One JSON array instead of a table.")
def list_(slug: str, as_json: bool) -> None:
    """List the live tokens of a business."""
    with prepared_runtime():
        rows = [
            {
                "id": str(one.id),
                "prefix": one.prefix,
                "title": one.title,
                "email": one.owner_email,
                "scopes": one.scopes,
                "expires_at": one.expires_at.isoformat() if one.expires_at else None,
                "last_used_at": one.last_used_at.isoformat() if one.last_used_at else None,
            }
            for one in list_all_tokens(_tenant(slug))
        ]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        click.echo(f"{row['prefix']}…  {row['email']}  {row['title']}  {','.join(row['scopes'] or ())}")


@token.command()
@click.argument("slug")
@click.argument("prefix")
def revoke(slug: str, prefix: str) -> None:
    """Kill the token with this visible beginning, or this id; it is refused from its next request on."""
    with prepared_runtime():
        revoke_token_by_prefix(_tenant(slug), prefix.rstrip("…"))


def _tenant(slug: str) -> Tenant:
    tenant = find_by_slug(runtime().database, slug)
    if tenant is None:
        raise NotFound(_("There is no business “%(slug)s”.", slug=slug[:60]), field="slug")
    return tenant
