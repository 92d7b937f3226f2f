"""Workbooks as Excel writes them."""

import io
from datetime import date, datetime

from xlsxwriter import Workbook


def workbook(*rows: list[object], start: int = 0, **options: object) -> bytes:
    file = io.BytesIO()
    book = Workbook(file, {"in_memory": True, **options})
    sheet = book.add_worksheet("مشتریان")
    formats = {
        date: book.add_format({"num_format": "yyyy-mm-dd"}),
        datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
    }
    for number, row in enumerate(rows, start):
        for at, value in enumerate(row):
            if isinstance(value, date):
                sheet.write_datetime(number, at, value, formats[type(value)])
            else:
                sheet.write(number, at, value)
    book.close()
    return file.getvalue()
