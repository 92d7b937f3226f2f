"""The lineages every tenant may have: the core's and those of the installed modules."""

from collections.abc import Mapping
from importlib.util import find_spec

from charsu_tenants.lineages import Lineage, core_lineage, load_lineage


def lineages_of(packages: Mapping[str, str]) -> list[Lineage]:
    """The core's lineage, then that of each module (name to package) which has `<package>.migrations`."""
    return [
        core_lineage(),
        *(
            load_lineage(name, f"{package}.migrations")
            for name, package in packages.items()
            if find_spec(f"{package}.migrations") is not None
        ),
    ]
