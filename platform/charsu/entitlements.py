"""What a tenant may do with a module: the one answer routes, reactions and jobs go by.

The rule itself (override, else subscription, else trial, else free; quarantine above all) is the view
`control.module_access`; its answer travels in `Tenant.modules`, read with the tenant at the start of each
request and of each batch of deliveries.
"""

from charsu_tenants.context import Tenant


def may_act(tenant: Tenant, module: str) -> bool:
    """Whether the module may change anything for the tenant: turned on, paid for or free, not quarantined."""
    state = tenant.modules.get(module)
    return state is not None and state.access == "full"
