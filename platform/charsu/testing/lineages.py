"""Lineages made for one test: revisions written into a package that exists for that test alone."""

import importlib
import sys
import uuid
from collections.abc import Mapping
from pathlib import Path

from charsu_tenants.lineages import Lineage, load_lineage

_REVISION = '''"""A revision of a test."""

from alembic import op

revision = {name!r}
down_revision = {before!r}
branch_labels = None
depends_on = None
online = {online!r}


def upgrade() -> None:
{body}
'''


def write_lineage(
    folder: Path, name: str, revisions: Mapping[str, str], *, online: tuple[str, ...] = ()
) -> Lineage:
    """A lineage of the given SQL scripts, in order; those in `online` run through a live connection.

    `folder` is put on the import path.
    """
    package = f"lineage_{uuid.uuid4().hex}"
    versions = folder / package / "versions"
    versions.mkdir(parents=True)
    (folder / package / "__init__.py").write_text('"""A lineage of a test."""\n')
    before: str | None = None
    for revision, script in revisions.items():
        body = f"    op.execute({script!r})"
        text = _REVISION.format(name=revision, before=before, body=body, online=revision in online)
        (versions / f"{revision}_step.py").write_text(text)
        before = revision
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    return load_lineage(name, package)
