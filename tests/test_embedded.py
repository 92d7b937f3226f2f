"""The servers Charsu brings along: whole after any kill, private, and never two on one data folder."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from charsu.server.embedded import EmbeddedPostgres, EmbeddedValkey
from charsu.server.placement import homes_left_behind, place_servers
from charsu.server.processes import ServerFault, command_of, wait_until
from charsu.server.serving import served
from charsu.settings import load_settings

pytestmark = pytest.mark.faults

OWNER = textwrap.dedent("""
    import sys, time
    from pathlib import Path
    from charsu.server.embedded import EmbeddedPostgres, EmbeddedValkey
    folder = Path(sys.argv[1])
    postgres, valkey = EmbeddedPostgres(folder, fsync=False), EmbeddedValkey(folder)
    print(postgres.start(), flush=True)
    print(valkey.start(), flush=True)
    time.sleep(600)
""")
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data folder that any user may pass through, as a checkout in a shared place is."""
    base = Path(tempfile.mkdtemp(prefix="charsu-embedded-"))
    base.chmod(0o755)
    yield base / "data"
    remove(base / "data")
    shutil.rmtree(base, ignore_errors=True)


def remove(data_dir: Path) -> None:
    if data_dir.exists():
        EmbeddedValkey(data_dir).destroy()
        EmbeddedPostgres(data_dir).destroy()


def postmaster(data_dir: Path) -> int:
    return int((EmbeddedPostgres(data_dir).cluster / "postmaster.pid").read_text().splitlines()[0])


def write_something(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (id int)")
        connection.execute("INSERT INTO kept VALUES (1)")


def count(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM kept").fetchone()
    return int(row[0]) if row else 0


def owner_process(data_dir: Path) -> tuple[subprocess.Popen[str], str, str]:
    process = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(data_dir)],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    stream = process.stdout
    if stream is None:
        raise RuntimeError("no pipe")
    return process, stream.readline().strip(), stream.readline().strip()


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    if process.stdout:
        process.stdout.close()


def test_data_is_there_after_a_clean_stop(folder: Path) -> None:
    postgres, valkey = EmbeddedPostgres(folder), EmbeddedValkey(folder)
    write_something(postgres.start())
    with redis.Redis.from_url(valkey.start()) as client:
        client.set("kept", "1")
    valkey.stop()
    postgres.stop()

    rows = count(postgres.start())
    with redis.Redis.from_url(valkey.start()) as client:
        kept = client.get("kept")
    valkey.stop()
    postgres.stop()

    assert (rows, kept) == (1, b"1")


def test_nothing_is_lost_when_the_process_that_started_them_is_killed(folder: Path) -> None:
    for round_number in range(1, 4):
        process, url, redis_url = owner_process(folder)
        write_something(url)
        with redis.Redis.from_url(redis_url) as client:
            client.ping()
        kill(process)

        assert round_number == count_again(folder)


def count_again(folder: Path) -> int:
    postgres = EmbeddedPostgres(folder, fsync=False)
    try:
        return count(postgres.start())
    finally:
        postgres.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="the tie to the starting process is Linux's")
def test_a_killed_process_leaves_no_server_running(folder: Path) -> None:
    process, _url, _redis_url = owner_process(folder)
    pid = postmaster(folder)
    kill(process)

    assert wait_until(lambda: not command_of(pid), 20)


def test_a_killed_postgres_starts_again_over_its_stale_pid_file_and_socket(folder: Path) -> None:
    process, url, _redis_url = owner_process(folder)
    write_something(url)
    pid = postmaster(folder)
    os.kill(pid, signal.SIGKILL)
    kill(process)
    stale = EmbeddedPostgres(folder).cluster / "postmaster.pid"
    lines = stale.read_text().splitlines()
    # The pid may be someone else's by now: ours, which surely lives.
    stale.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")

    assert count_again(folder) == 1


def test_half_a_cluster_of_a_killed_start_is_cleared(folder: Path) -> None:
    half = place_servers(folder).home / ".postgres-draft-killed" / "cluster"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")

    postgres = EmbeddedPostgres(folder, fsync=False)
    write_something(postgres.start())
    postgres.stop()

    assert not half.parent.exists()


def test_a_start_killed_at_any_moment_starts_again(folder: Path) -> None:
    for pause in (0.05, 0.2, 0.4, 0.7, 1.0):
        process = subprocess.Popen(
            [sys.executable, "-c", OWNER, str(folder)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(pause)
        process.kill()
        process.wait()

    process_again, url, redis_url = owner_process(folder)
    write_something(url)
    with redis.Redis.from_url(redis_url) as client:
        assert client.ping()
    kill(process_again)


def test_two_processes_never_run_one_data_folder(folder: Path) -> None:
    process, _url, _redis_url = owner_process(folder)

    with pytest.raises(ServerFault, match=rf"run by another Charsu \(process {process.pid}\)"):
        EmbeddedPostgres(folder).start()
    with pytest.raises(ServerFault, match=r"run by another Charsu"):
        EmbeddedValkey(folder).start()

    kill(process)


def test_a_command_joins_the_servers_of_a_running_charsu(folder: Path) -> None:
    process, url, _redis_url = owner_process(folder)
    write_something(url)

    with served(load_settings({"CHARSU_DATA_DIR": str(folder)})) as settings:
        rows = count(settings.database_url)

    assert rows == 1
    assert count(url) == 1, "the running servers stay"
    kill(process)


def test_a_command_without_a_running_charsu_starts_and_stops_servers(folder: Path) -> None:
    with served(load_settings({"CHARSU_DATA_DIR": str(folder)})) as settings:
        write_something(settings.database_url)

    assert not EmbeddedPostgres(folder).is_held_elsewhere()
    assert count_again(folder) == 1


def test_every_login_needs_a_password_and_there_is_no_tcp(folder: Path) -> None:
    postgres, valkey = EmbeddedPostgres(folder, fsync=False), EmbeddedValkey(folder)
    url, redis_url = postgres.start(), valkey.start()

    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(url.replace(url.split(":")[2].split("@")[0], "wrong"))
    with psycopg.connect(url) as connection:
        methods = connection.execute("SELECT DISTINCT auth_method FROM pg_hba_file_rules").fetchall()
        listening = connection.execute("SHOW listen_addresses").fetchone()
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        port = client.config_get("port")
    runtime = postgres.placement.runtime
    valkey.stop()
    postgres.stop()

    assert methods == [("scram-sha-256",)]
    assert listening == ("",)
    assert port == {"port": "0"}
    assert runtime.stat().st_mode & 0o777 == 0o700
    assert len(bytes(runtime / ".s.PGSQL.5432.lock")) <= 107


@as_root
def test_as_root_no_folder_outside_is_opened_and_a_hidden_home_works() -> None:
    home = Path(tempfile.mkdtemp(prefix="charsu-hidden-"))  # 0700, as root's home is
    data = home / "checkout" / "var"
    before = modes_up_from(home)

    postgres = EmbeddedPostgres(data, fsync=False)
    assert postgres.placement.home not in homes_left_behind()
    write_something(postgres.start())
    process_user = owner_of(postmaster(data))
    after = modes_up_from(home)
    outside = postgres.placement.home
    postgres.destroy()
    shutil.rmtree(home)

    assert before == after
    assert process_user != 0
    assert outside == Path("/var/lib/charsu") / postgres.placement.instance
    assert not outside.exists()


@as_root
def test_as_root_a_cluster_that_became_unreachable_is_told_not_replaced(folder: Path) -> None:
    postgres = EmbeddedPostgres(folder, fsync=False)
    write_something(postgres.start())
    postgres.stop()

    folder.parent.chmod(0o700)
    with pytest.raises(ServerFault, match="holds a cluster that the user charsu can not reach"):
        EmbeddedPostgres(folder)

    folder.parent.chmod(0o755)
    assert count_again(folder) == 1


@as_root
def test_as_root_a_cluster_apart_stays_where_it_is(folder: Path) -> None:
    folder.parent.chmod(0o700)
    postgres = EmbeddedPostgres(folder, fsync=False)
    write_something(postgres.start())
    postgres.stop()

    folder.parent.chmod(0o755)

    assert count_again(folder) == 1


@as_root
def test_as_root_a_fresh_data_folder_gets_a_fresh_cluster() -> None:
    home = Path(tempfile.mkdtemp(prefix="charsu-hidden-"))
    first = place_servers(home / "var")
    shutil.rmtree(home / "var")
    second = place_servers(home / "var")
    shutil.rmtree(home)

    assert first.instance != second.instance


@as_root
def test_as_an_ordinary_user_the_servers_are_that_users(folder: Path) -> None:
    python = reachable_python()
    user = pwd.getpwnam("nobody")
    data = folder.parent / "own"
    data.mkdir()
    os.chown(data, user.pw_uid, user.pw_gid)
    paths = [
        sysconfig.get_path("purelib"),
        *(str(Path(__file__).parents[1] / root) for root in ("platform",)),
    ]
    process = subprocess.Popen(
        [python, "-c", OWNER, str(data)],
        stdout=subprocess.PIPE,
        text=True,
        user=user.pw_uid,
        group=user.pw_gid,
        extra_groups=[],
        cwd="/",
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": ":".join(paths), "HOME": str(data)},
    )
    stream = process.stdout
    url = stream.readline().strip() if stream else ""
    write_something(url)

    assert owner_of(postmaster_in(data)) == user.pw_uid
    assert {path.stat().st_uid for path in data.iterdir()} == {user.pw_uid}

    kill(process)
    # Its servers end with it, and take their own sockets away meanwhile.
    shutil.rmtree(runtime_of(url), ignore_errors=True)


def runtime_of(url: str) -> Path:
    return Path(url.rpartition("?host=")[2])


def postmaster_in(data: Path) -> int:
    return int((data / "postgres-18" / "postmaster.pid").read_text().splitlines()[0])


def reachable_python() -> str:
    for candidate in (os.path.realpath(sys.executable), "/usr/bin/python3"):
        found = (
            subprocess.run(
                [candidate, "-c", "import sys; print(sys.version_info[:2])"],
                user="nobody",
                cwd="/",
                capture_output=True,
                text=True,
                check=False,
            )
            if can_run(candidate)
            else None
        )
        if found and found.stdout.strip() == str(sys.version_info[:2]):
            return candidate
    pytest.skip("no Python of this version that an ordinary user can run")


def can_run(program: str) -> bool:
    return subprocess.run(["test", "-x", program], user="nobody", check=False, cwd="/").returncode == 0


def modes_up_from(folder: Path) -> dict[Path, tuple[int, int, int]]:
    found = {}
    for path in (folder, *folder.parents, Path("/var/lib"), Path(sys.prefix), *Path(sys.prefix).parents):
        status = path.stat()
        found[path] = (status.st_mode, status.st_uid, status.st_gid)
    return found


def owner_of(pid: int) -> int:
    return Path(f"/proc/{pid}").stat().st_uid
