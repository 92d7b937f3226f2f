"""The rules of roles in companies."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from charsu.errors import RuleViolated
from charsu.records import RecordService
from charsu.text.i18n import _
from charsu_crm_core.models import Affiliation, Customer


class AffiliationService(RecordService[Affiliation]):
    """Links a person with a company."""

    def check(self, record: Affiliation, before: Mapping[str, Any]) -> None:
        """A person at one end, a company at the other; it does not end before it began."""
        if not before or before.keys() & {"person_id", "company_id"}:
            self._check_ends(record)
        if record.since_on and record.until_on and record.until_on < record.since_on:
            raise RuleViolated(_("This can not end before it began."), field="until_on")

    def _check_ends(self, record: Affiliation) -> None:
        statement = select(Customer.id, Customer.kind).where(
            Customer.id.in_((record.person_id, record.company_id))
        )
        kinds = {row.id: row.kind for row in self.session.execute(statement)}
        if kinds.get(record.person_id) != "person":
            raise RuleViolated(_("Choose a person."), field="person_id")
        if kinds.get(record.company_id) != "company":
            raise RuleViolated(_("Choose a company."), field="company_id")
