"""The commands of the operator: migrate, and the life of a business from create to erase."""

import json

import pytest
from click.testing import CliRunner

from charsu.cli import group, main
from charsu.testing.lineages import write_lineage
from charsu_tenants.registry import create_tenant, find_by_slug

PASSWORD = "seven-camels-in-a-row"


@pytest.fixture
def charsu(runtime, monkeypatch):
    """Runs a command line against the servers of this run."""
    for name, value in runtime.settings.to_environ().items():
        monkeypatch.setenv(name, value)

    def run(*arguments, typed=None):
        return CliRunner().invoke(group, arguments, input=typed)

    return run


@pytest.fixture
def bakery(charsu, database):
    made = charsu(
        "tenant", "create", "bakery", "--name", "نانوایی", "--email", "b@example.com", "--password", PASSWORD
    )
    assert made.exit_code == 0, made.output
    return find_by_slug(database, "bakery")


def test_create_makes_a_business_with_its_owner_and_prints_its_address(bakery, database):
    assert (bakery.name, bakery.status, bakery.locale) == ("نانوایی", "active", "fa")
    assert "crm_core" in bakery.modules
    with database.control() as control:
        owner = control.execute(
            """SELECT u.email FROM control.membership m JOIN control.app_user u ON u.id = m.user_id
            JOIN control.role r ON r.id = m.role_id WHERE m.tenant_id = %s AND '*' = ANY(r.permissions)""",
            [bakery.id],
        ).fetchone()
    assert owner == {"email": "b@example.com"}


def test_list_as_json_names_every_business(charsu, bakery, tenant):
    rows = json.loads(charsu("tenant", "list", "--json").output)

    by_slug = {row["slug"]: row for row in rows}
    assert by_slug["bakery"]["modules"]["crm_core"]["access"] == "full"
    assert by_slug[tenant.slug]["status"] == "active"


def test_suspend_and_resume_are_noted_in_the_audit(charsu, bakery, database):
    assert charsu("tenant", "suspend", "bakery").output == "bakery: suspended\n"
    assert charsu("tenant", "resume", "bakery").output == "bakery: active\n"

    with database.control() as control:
        rows = control.execute(
            "SELECT action FROM control.audit WHERE tenant_id = %s ORDER BY id DESC LIMIT 2", [bakery.id]
        ).fetchall()
    assert [row["action"] for row in rows] == ["business.resumed", "business.suspended"]


def test_erase_asks_for_the_name_of_the_business(charsu, bakery, database):
    refused = charsu("tenant", "erase", "bakery", typed="bakry\n")
    assert refused.exit_code != 0
    assert find_by_slug(database, "bakery") == bakery

    assert charsu("tenant", "erase", "bakery", typed="bakery\n").exit_code == 0
    assert find_by_slug(database, "bakery") is None


def test_a_business_travels_by_backup(charsu, bakery, database, tmp_path):
    file = str(tmp_path / "bakery.zip")
    assert charsu("tenant", "backup", "bakery", file).exit_code == 0
    assert charsu("tenant", "erase", "bakery", "--yes").exit_code == 0

    restored = charsu("tenant", "restore", file)

    assert restored.output == "bakery: active\n"
    assert find_by_slug(database, "bakery") == bakery


def test_an_export_is_written_whole_or_not_at_all(charsu, bakery, tmp_path):
    assert charsu("tenant", "export", "nobody", str(tmp_path / "x.zip")).exit_code != 0
    assert list(tmp_path.iterdir()) == []

    assert charsu("tenant", "export", "bakery", str(tmp_path / "x.zip")).exit_code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["x.zip"]
    assert (tmp_path / "x.zip").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("verb", ["suspend", "resume", "erase"])
def test_an_unknown_business_is_refused_in_one_line(charsu, verb):
    refused = charsu("tenant", verb, "nobody-here", *(["--yes"] if verb == "erase" else []))

    assert refused.exit_code != 0


def test_migrate_says_that_nothing_is_to_do(charsu, tenant):
    report = json.loads(charsu("migrate", "--json").output)

    assert (report["planned"], report["failed"], report["run"]) == (0, [], None)


def test_migrate_stops_in_one_line_at_a_revision_nobody_knows(charsu, database, tenant):
    with database.control() as control:
        control.execute(
            "UPDATE control.tenant_module SET revision = '0000' WHERE tenant_id = %s AND module = 'crm_core'",
            [tenant.id],
        )

    stopped = charsu("migrate", "--json")

    assert stopped.exit_code == 1
    assert "module crm_core has no revision 0000" in stopped.output


def test_an_unknown_module_of_a_tenant_stops_no_migration(charsu, database, tmp_path):
    lineage = write_lineage(tmp_path, "stranger", {"0001": "CREATE TABLE stranger_row (id int)"})
    create_tenant(database, slug="with-stranger", name="", modules=[lineage])

    assert charsu("migrate").exit_code == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["tenant", "suspend", "a\udcff"], "argument 3: is not UTF-8"),
        (["jobs", "replay", "9" * 30], "is not in the range"),
        (["jobs", "wait", "--timeout", "nan"], "nan is no time"),
        (["tenant", "suspend", "nosuch"], "There is no business “nosuch”."),
    ],
)
def test_bad_arguments_end_with_a_line_and_not_a_traceback(charsu, capsys, words, told):
    with pytest.raises(SystemExit) as end:
        main(words)

    assert end.value.code in {1, 2}
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert told in last


@pytest.mark.parametrize("words", [["tenant", "list"], ["migrate"], ["jobs", "dead"]])
def test_command_without_a_database_says_so_at_once(charsu, capsys, monkeypatch, words):
    monkeypatch.setenv("CHARSU_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")

    with pytest.raises(SystemExit) as end:
        main(words)

    assert end.value.code == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert told.startswith("charsu: the database lets nobody in")


@pytest.mark.parametrize(
    ("language", "told"), [("fa_IR.UTF-8", "کسب‌وکاری"), ("en_GB.UTF-8", "There is no"), ("C", "There is no")]
)
def test_refusal_speaks_the_language_of_the_terminal(charsu, capsys, monkeypatch, language, told):
    monkeypatch.setenv("LC_ALL", language)

    with pytest.raises(SystemExit):
        main(["tenant", "resume", "nosuch"])

    assert told in capsys.readouterr().err


def test_name_with_control_characters_is_refused(charsu):
    made = charsu(
        "tenant", "create", "odd", "--name", "x\x01", "--email", "b@example.com", "--password", PASSWORD
    )

    assert made.exit_code == 1


@pytest.mark.parametrize("verb", ["backup", "export"])
def test_file_that_can_not_be_written_is_said_in_a_line(charsu, bakery, capsys, tmp_path, verb):
    with pytest.raises(SystemExit) as end:
        main(["tenant", verb, "bakery", str(tmp_path / "no folder" / "file")])

    assert end.value.code == 1
    assert capsys.readouterr().err.startswith("Error: Could not open file")
