"""How answers over all modules say whose part is missing."""

from typing import Any

from marshmallow import fields

from charsu.api.fields import Text


class LeftOut(fields.List[Any]):
    """Names of the modules that could not be asked, as `charsu.plugins.left_out` notes them."""

    def __init__(self, **options: Any) -> None:
        told = {"description": "Modules that are out of service now, whose part is missing here"}
        super().__init__(Text(), metadata=told, **options)
