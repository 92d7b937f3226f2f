"""Logs of every process: one line an entry, with the tenant and request they belong to; JSON for machines."""

from __future__ import annotations

import logging
import sys
from typing import Literal

import structlog
from structlog.typing import EventDict, Processor

LogStyle = Literal["plain", "json"]
#: Libraries that tell at INFO what our own lines tell already.
QUIET = (
    "rq.worker",
    "rq.queue",
    "alembic",
    "sqlalchemy",
    "charsu_tenants.engines",  # its pool logs as SQLAlchemy does
    "psycopg.pool",
    "granian",
    "_granian",
    "httpx",
    "limits",
    "flask-limiter",
)


def configure_logging(process: str, style: LogStyle) -> None:
    """Send all logs of this process, ours and the libraries', to stderr in one style.

    Bind `tenant` and `request_id` with `structlog.contextvars`; every entry of the context then carries them.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso" if style == "json" else "%H:%M:%S", utc=style == "json"),
        structlog.processors.format_exc_info,
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_rendering(process, style),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for name in (*QUIET, "charsu.access") if style == "plain" else QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _rendering(process: str, style: LogStyle) -> list[Processor]:
    if style == "plain":
        return [_plain]

    def stamp(_logger: object, _method: str, entry: EventDict) -> EventDict:
        entry["process"] = process
        return entry

    return [stamp, structlog.processors.JSONRenderer(ensure_ascii=False)]


def _plain(_logger: object, _method: str, entry: EventDict) -> str:
    """An entry as a person reads it: time, level, sentence, then what it is about."""
    time, level, event = entry.pop("timestamp", ""), entry.pop("level", ""), entry.pop("event", "")
    trace = entry.pop("exception", "")
    entry.pop("logger", None)
    mark = "" if level == "info" else f"{level}: "
    about = " ".join(f"{name}={value}" for name, value in entry.items() if value is not None)
    line = f"{time} {mark}{event}" + (f"  ({about})" if about else "")
    return f"{line}\n{trace}" if trace else line
