"""Roles of persons in companies."""

from charsu.records import RecordType
from charsu.records.fields import DateField, LinkField, TextField
from charsu.text.i18n import lazy
from charsu_crm_core.models import Affiliation
from charsu_crm_core.services.affiliations import AffiliationService

AFFILIATION = RecordType(
    module="crm",
    name="affiliation",
    model=Affiliation,
    title=lazy("Role in a company"),
    plural_title=lazy("Roles in companies"),
    summary=lazy("Who works where, and as what. One person may have roles in several companies."),
    icon="building",
    title_field="role",
    order=0,
    fields=(
        TextField(
            name="role",
            title=lazy("Position"),
            help=lazy("Such as buyer, owner, accountant."),
            is_required=True,
            is_searched=True,
            in_list=True,
        ),
        LinkField(
            name="person_id",
            title=lazy("Person"),
            to="crm.customer",
            is_required=True,
            in_list=True,
            goes_along=True,
        ),
        LinkField(
            name="company_id",
            title=lazy("Company"),
            to="crm.customer",
            is_required=True,
            in_list=True,
            goes_along=True,
        ),
        DateField(name="since_on", title=lazy("Since")),
        DateField(name="until_on", title=lazy("Until"), in_list=True),
    ),
    service=AffiliationService,
    verbs=frozenset({"read", "write", "delete"}),
)
