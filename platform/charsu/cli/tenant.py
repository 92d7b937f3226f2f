"""`charsu tenant`: the businesses of this Charsu, by their slugs."""

from charsu.cli import LazyGroup, Verb

tenant = LazyGroup(
    verbs={
        "create": Verb("create", "Make a business with its owner."),
        "list": Verb("listing", "Show every business."),
        "suspend": Verb("suspend", "Close the doors of a business; its data stays."),
        "resume": Verb("resume", "Open the doors of a suspended business again."),
        "export": Verb("export", "Write every row of a business to a zip of CSV files."),
        "backup": Verb("backup", "Write a business to a file it can be restored from."),
        "restore": Verb("restore", "Bring a business back from its backup."),
        "erase": Verb("erase", "Remove a business and all its data for good."),
    },
    package="charsu.cli.tenants",
    name="tenant",
    help="Create, list, suspend, resume, export, back up, restore and erase tenants.",
)
