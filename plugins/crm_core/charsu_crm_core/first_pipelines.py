"""The pipelines a business begins with; it changes them as it sells."""

import uuid
from dataclasses import dataclass

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from charsu.plugins.manifest import Text
from charsu.text.folding import fold_for_search
from charsu.text.i18n import lazy
from charsu_crm_core.models import Pipeline, Stage


@dataclass(frozen=True)
class _Stage:
    name: Text
    probability: int
    rotting_days: int | None = None
    kind: str = "open"
    required_fields: tuple[str, ...] = ()
    checklist: tuple[Text, ...] = ()


_WON = _Stage(lazy("Won"), 100, kind="won")
_LOST = _Stage(lazy("Lost"), 0, kind="lost")
_FIRST: tuple[tuple[Text, tuple[_Stage, ...]], ...] = (
    (
        lazy("Sales"),
        (
            _Stage(lazy("First contact"), 10, 7),
            _Stage(lazy("Needs known"), 30, 10),
            _Stage(lazy("Offer sent"), 60, 7, required_fields=("amount_minor",)),
            _Stage(
                lazy("Negotiation"),
                80,
                5,
                required_fields=("amount_minor", "expected_close_on"),
            ),
            _WON,
            _LOST,
        ),
    ),
    (
        lazy("Wholesale orders"),
        (
            _Stage(lazy("Request"), 15, 10),
            _Stage(lazy("Sample sent"), 40, 14),
            _Stage(
                lazy("Contract"),
                75,
                14,
                required_fields=("amount_minor", "expected_close_on"),
                checklist=(lazy("Prices agreed"), lazy("Day of delivery agreed"), lazy("Deposit received")),
            ),
            _WON,
            _LOST,
        ),
    ),
)


def add_first_pipelines(session: Session) -> None:
    """Give a business without any pipeline, not even in the bin, the first two, in the current language.

    Two statements past the services: nobody made them, so there is nothing to tell, and signing up is quick.
    """
    if session.execute(select(Pipeline.id).limit(1)).first() is not None:
        return
    rows = [
        {"id": uuid.uuid4(), "name": str(name), "position": place, "search_text": fold_for_search(str(name))}
        for place, (name, _stages) in enumerate(_FIRST, start=1)
    ]
    session.execute(insert(Pipeline), rows)
    session.execute(
        insert(Stage),
        [
            _row(row["id"], position, stage)
            for row, (_name, stages) in zip(rows, _FIRST, strict=True)
            for position, stage in enumerate(stages, start=1)
        ],
        # Else each run of rows with the same columns filled is a statement of its own.
        execution_options={"render_nulls": True},
    )


def _row(pipeline_id: object, position: int, stage: _Stage) -> dict[str, object]:
    return {
        "pipeline_id": pipeline_id,
        "name": str(stage.name),
        "position": position,
        "kind": stage.kind,
        "probability": stage.probability,
        "rotting_days": stage.rotting_days,
        "required_fields": list(stage.required_fields),
        "checklist": [str(item) for item in stage.checklist],
        "search_text": fold_for_search(str(stage.name)),
    }
