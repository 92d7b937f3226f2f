"""`charsu tenant`: the businesses of this Charsu, by their slugs."""

from charsu.cli import LazyGroup, Verb

tenant = LazyGroup(
    verbs={
        "create": Verb("create", "Make a business with its owner."),
        "list": Verb("listing", "Show every business."),
        "suspend": Verb("suspend", "Close the doors of a business; its data stays."),
        "resume": Verb("resume", "Open the doors of a suspended business again."),
        "erase": Verb("erase", "Remove a business and all its data for good."),
    },
    package="charsu.cli.tenants",
    name="tenant",
    help="Create, list, suspend, resume and erase tenants.",
)
