"""Tables people bring and take along: CSV and XLSX read safely, and written so that no program runs them.

Reading trusts nothing: not the file's name, not what its zip directory declares, not its first sheet's size.
Every refusal is a `BadTable`, whose message says what is wrong and what to do.
"""

from charsu.records.sheets.cells import Cell, neutralised, restored
from charsu.records.sheets.reading import open_table
from charsu.records.sheets.table import LIMITS, BadTable, Limits, Row, Table
from charsu.records.sheets.writing import write_csv, write_xlsx

__all__ = [
    "LIMITS",
    "BadTable",
    "Cell",
    "Limits",
    "Row",
    "Table",
    "neutralised",
    "open_table",
    "restored",
    "write_csv",
    "write_xlsx",
]
