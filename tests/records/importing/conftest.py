from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from charsu.records import RecordAccess, RecordType, full_access
from charsu.records.batches import start_undo
from charsu.records.importing.batches import ImportBatch, get_batch, refused_rows, set_batch
from charsu.records.importing.checking import make_preview
from charsu.records.importing.drafts import choose, draft_import
from charsu.records.importing.running import start_import
from charsu.text.preferences import current_preferences
from charsu_tenants.context import Tenant

PERSON = replace(full_access(), is_system=False)


@dataclass(frozen=True)
class Importing:
    """Imports of one type into one business, as a person with every right does them."""

    tenant: Tenant
    record_type: RecordType
    open: Callable[..., Any]
    drain: Callable[[], None]
    access: RecordAccess = PERSON

    @contextmanager
    def work(self) -> Iterator[Session]:
        with self.open(self.tenant) as session:
            yield session

    def draft(self, content: bytes | str, **wanted: Any) -> UUID:
        """Store a file and choose; columns that are not named are guessed."""
        wanted.setdefault("defaults", {"stage": "seed"})
        data = content.encode() if isinstance(content, str) else content
        with self.work() as session:
            batch_id = draft_import(session, self.record_type, self.access, BytesIO(data), "people.csv")
            options = get_batch(session, batch_id).options
            chosen = choose(session, self.record_type, self.access, options, wanted)
            set_batch(session, batch_id, options=chosen)
        return batch_id

    def preview(self, batch_id: UUID) -> dict[str, Any]:
        with self.open(self.tenant, read_only=True) as session:
            options = get_batch(session, batch_id).options.with_bounds(
                self.record_type, self.access, current_preferences()
            )
            return make_preview(session, self.record_type, options)

    def start(self, batch_id: UUID) -> None:
        with self.work() as session:
            start_import(session, batch_id, self.access)

    def run(self, content: bytes | str, **wanted: Any) -> ImportBatch:
        batch_id = self.draft(content, **wanted)
        self.start(batch_id)
        self.drain()
        return self.batch(batch_id)

    def undo(self, batch_id: UUID) -> ImportBatch:
        with self.work() as session:
            start_undo(session, batch_id)
        self.drain()
        return self.batch(batch_id)

    def batch(self, batch_id: UUID) -> ImportBatch:
        with self.open(self.tenant, read_only=True) as session:
            return get_batch(session, batch_id)

    def reasons(self, batch_id: UUID) -> dict[int, list[str]]:
        with self.open(self.tenant, read_only=True) as session:
            return {
                row.position: [item["message"] for item in row.reasons]
                for row in refused_rows(session, batch_id)
            }

    def rows(self, columns: str, table: str = "garden_plant") -> list[tuple[Any, ...]]:
        with self.open(self.tenant, read_only=True) as session:
            return [tuple(row) for row in session.execute(text(f"SELECT {columns} FROM {table} ORDER BY 1"))]

    def execute(self, statement: str) -> None:
        with self.work() as session:
            session.execute(text(statement))

    def module_rows(self) -> Any:
        """Every row of the module's tables, to compare before and after."""
        return [self.rows("to_jsonb(t)::text", f"{table} t") for table in ("garden_plant", "garden_bed")]


@pytest.fixture
def plants(kit: Any, tenant: Tenant, tenant_work: Any, drain: Callable[[], None]) -> Importing:
    return Importing(tenant, kit.runtime.plugins.module("garden").records[1], tenant_work, drain)
