"""Where the embedded servers live and as whom they run; as root, no folder of others is opened for them."""

from __future__ import annotations

import hashlib
import os
import pwd
import secrets
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from charsu.server.processes import Account, ServerFault, run_as
from charsu.settings import make_private_folder

SERVICE_USER = "charsu"
SYSTEM_HOME = Path("/var/lib/charsu")
#: In each folder there: the path of the data folder it belongs to.
ORIGIN = "origin"
#: A Unix socket's path holds 107 bytes on Linux and 103 on macOS; the longest name in the folder is 20 long.
RUNTIME_PATH_LIMIT = 80


@dataclass(frozen=True)
class Placement:
    """The folders of the servers that belong to one data folder."""

    data_dir: Path
    instance: str
    #: None: the servers run as the user of this process.
    account: Account | None

    @cached_property
    def home(self) -> Path:
        """The folder of the servers' data: the data folder, or a system folder where root hides that."""
        apart = SYSTEM_HOME / self.instance
        if self.account is None:
            return self.data_dir
        if not apart.exists():
            if _can_enter(self.account, self.data_dir):
                return self.data_dir
            if any(self.data_dir.glob("postgres-[0-9]*")):
                # A second, empty cluster elsewhere would look like lost data.
                raise ServerFault(
                    f"{self.data_dir} holds a cluster that the user {self.account.name} can not reach"
                )
            _make_passable(apart)
        return apart

    @property
    def is_apart(self) -> bool:
        """Whether the servers' data lies outside the data folder."""
        return self.home != self.data_dir

    @cached_property
    def runtime(self) -> Path:
        """The private folder of the sockets: short, and no one else's."""
        digest = hashlib.sha256(f"{self.instance}:{self.data_dir.resolve()}".encode()).hexdigest()[:12]
        folder = Path(tempfile.gettempdir()) / f"charsu-{digest}"
        if len(bytes(folder)) > RUNTIME_PATH_LIMIT:
            folder = Path("/tmp") / folder.name  # noqa: S108 - checked to be ours below
        self.make_own(folder)
        return folder

    def make_own(self, folder: Path) -> None:
        """Make a folder that only the servers' account (and root) can enter, or check that it is one."""
        owner = os.geteuid() if self.account is None else self.account.uid
        try:
            folder.mkdir(mode=0o700)
            if self.account is not None:
                os.chown(folder, self.account.uid, self.account.gid)
        except FileExistsError:
            found = folder.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (owner, os.geteuid()):
                raise ServerFault(f"{folder} belongs to another user, who may run this Charsu") from None
            folder.chmod(0o700)
            if found.st_uid != owner and self.account is not None:
                os.chown(folder, self.account.uid, self.account.gid)

    def reachable(self, program: Path, *, site: Path, parts: Sequence[str]) -> Path:
        """The program, or that of a copy where the account can not run it (an environment below root's home).

        `parts` are the folders below `site` it needs; they keep their places, as libraries are found by them.
        """
        if self.account is None or _can_run(self.account, program):
            return program
        copy = SYSTEM_HOME / "programs" / _fingerprint(program.parent)
        if not copy.exists():
            _copy_whole([site / part for part in parts if (site / part).exists()], site, copy)
        return copy / program.relative_to(site)


def place_servers(data_dir: Path) -> Placement:
    """Decide where the servers of a data folder live; makes the folder and its instance id."""
    make_private_folder(data_dir)
    return Placement(
        data_dir=data_dir,
        instance=_instance_id(data_dir),
        account=_account_for(data_dir) if os.geteuid() == 0 else None,
    )


def homes_left_behind() -> list[Path]:
    """Folders in the system's place whose data folder is gone; it may only be unmounted, so they stay."""
    return [
        origin.parent
        for origin in sorted(SYSTEM_HOME.glob(f"*/{ORIGIN}"))
        if not Path(origin.read_text(encoding="utf-8").strip()).exists()
    ]


def _instance_id(data_dir: Path) -> str:
    path = data_dir / "instance"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        text = path.read_text(encoding="ascii").strip()
        if len(text) == 12 and set(text) <= set("0123456789abcdef"):
            return text
        path.unlink()
        return _instance_id(data_dir)
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        text = secrets.token_hex(6)
        stream.write(text + "\n")
    return text


def _account_for(data_dir: Path) -> Account:
    """Whom servers run as under root: the owner of the data folder, or if that is root the service user."""
    owner = data_dir.stat().st_uid
    if owner:
        entry = pwd.getpwuid(owner)
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    return _service_account()


def _service_account() -> Account:
    """The account of servers that PostgreSQL refuses to run as root."""
    for name in (SERVICE_USER, None, SERVICE_USER, "nobody"):
        if name is None:
            _add_service_user()
            continue
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise ServerFault(
        "PostgreSQL does not run as root, and there is no user 'charsu' or 'nobody' to run it as"
    )


def _add_service_user() -> None:
    command = ["useradd", "--system", "--no-create-home", "--home-dir", "/nonexistent"]
    program = shutil.which(command[0])
    if program:
        subprocess.run(  # noqa: S603 - fixed arguments
            [program, *command[1:], "--shell", "/usr/sbin/nologin", SERVICE_USER],
            capture_output=True,
            check=False,
        )


def _can_enter(account: Account, folder: Path) -> bool:
    return run_as(account, ["test", "-x", str(folder)]).returncode == 0


def _can_run(account: Account, program: Path) -> bool:
    try:
        return run_as(account, [str(program), "--version"]).returncode == 0
    except OSError:
        return False


def _fingerprint(folder: Path) -> str:
    """A name for the programs of a folder that changes with their version."""
    files = sorted((path.name, path.stat().st_size) for path in folder.iterdir())
    return hashlib.sha256(repr(files).encode()).hexdigest()[:12]


def _copy_whole(sources: Sequence[Path], site: Path, target: Path) -> None:
    """Copy folders so that `target` is complete or absent, whenever we are killed."""
    _make_passable(target.parent)
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=target.parent))
    try:
        tree = draft / "tree"
        for source in sources:
            shutil.copytree(source, tree / source.relative_to(site), symlinks=True)
        for path in (tree, *tree.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        tree.rename(target)
    except OSError as error:
        if not target.exists():
            raise ServerFault(f"{sources[0]} can not be copied to {target} ({error.strerror})") from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _make_passable(folder: Path) -> None:
    """Make a folder of ours in the system that any account can pass through, whatever the umask."""
    for path in (
        SYSTEM_HOME,
        *(parent for parent in reversed(folder.parents) if SYSTEM_HOME in parent.parents),
        folder,
    ):
        if not path.exists():
            path.mkdir(parents=True, exist_ok=True)
            path.chmod(0o711)
