"""The jobs of imports, as the core declares them."""

from datetime import timedelta

from charsu.jobs.spec import JobSpec
from charsu.records.importing.checking import check_rows
from charsu.records.importing.running import import_rows
from charsu.records.importing.upkeep import clear_files

IMPORT_JOBS = (
    JobSpec("check_import", check_rows),
    JobSpec("import_rows", import_rows),
    JobSpec("clear_files", clear_files, every=timedelta(days=1)),
)
