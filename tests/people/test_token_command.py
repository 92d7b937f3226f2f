import json
import os

import pytest
from click.testing import CliRunner

from charsu.cli import group


@pytest.fixture
def charsu(runtime, tenant, monkeypatch):
    """`charsu(*words)`: run a command on the database of this worker; gives exit code and output."""
    for name in list(os.environ):
        if name.startswith("CHARSU_"):
            monkeypatch.delenv(name)
    settings = runtime.settings
    monkeypatch.setenv("CHARSU_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("CHARSU_REDIS_URL", settings.redis_url)
    monkeypatch.setenv("CHARSU_SECRET_KEY", settings.secret_key)
    monkeypatch.setenv("CHARSU_BASE_URL", settings.base_url)
    monkeypatch.setenv("CHARSU_DATA_DIR", str(settings.data_dir))

    def run(*words):
        return CliRunner().invoke(group, ["token", *words])

    return run


def test_create_prints_the_token_alone_and_it_works(charsu, crew, tenant):
    email = crew.join(tenant)

    made = charsu("create", tenant.slug, "--email", email, "--scopes", "core.member.read,core.audit.read")

    assert made.exit_code == 0, made.output
    assert made.stdout.count("\n") == 1
    secret = made.stdout.strip()
    assert secret.startswith("charsu_")
    assert crew.at_door(tenant, token=secret).person.permissions == {"core.member.read", "core.audit.read"}


def test_listed_tokens_can_be_revoked_by_their_beginning(charsu, crew, tenant):
    secret = charsu("create", tenant.slug, "--email", crew.join(tenant)).stdout.strip()
    [listed] = json.loads(charsu("list", tenant.slug, "--json").stdout)

    assert secret.startswith(listed["prefix"])
    assert charsu("revoke", tenant.slug, listed["prefix"]).exit_code == 0
    assert crew.at_door(tenant, token=secret).person is None
    assert charsu("revoke", tenant.slug, listed["prefix"]).exit_code != 0


@pytest.mark.parametrize(
    "words",
    [
        ("create", "nosuch", "--email", "x@example.com"),
        ("create", "saffron", "--email", "nobody@example.com"),
        ("create", "saffron", "--email", "x@example.com", "--scopes", "no.such.scope"),
        ("create", "saffron", "--email", "x@example.com", "--scopes", ","),
        ("list", "nosuch"),
        ("revoke", "saffron", "charsu_nosuch"),
    ],
)
def test_what_is_not_there_is_refused_in_words(charsu, words):
    refused = charsu(*words)

    assert refused.exit_code != 0
    assert "Traceback" not in refused.output
    assert str(refused.exception)


def test_operator_gives_a_member_no_more_than_her_role(charsu, crew, tenant):
    email = crew.join(tenant, "viewer")

    assert charsu("create", tenant.slug, "--email", email, "--scopes", "core.role.manage").exit_code != 0
