"""The field of a secret, such as the key of a service: written, and never shown again."""

from dataclasses import dataclass
from typing import ClassVar

from typing_extensions import override

from charsu.records.fields import TextField
from charsu.records.fields.base import Value


@dataclass(frozen=True, kw_only=True)
class SecretField(TextField):
    """A secret of one line, for settings alone.

    It is stored sealed. Pages, API, audit and exports say only whether it is set; the module's own code reads
    it. Restored to an installation with another secret key it is not set any more.
    """

    kind: ClassVar[str] = "secret"
    operators: ClassVar[tuple[str, ...]] = ()
    is_sortable: ClassVar[bool] = False
    widget: ClassVar[str] = "secret"

    max_length: int = 1000

    def to_text(self, value: Value) -> str:
        """Nothing of it, not even its length."""
        return "•••" if value else ""

    @override
    def to_input(self, value: Value) -> str:
        """Nothing: an input left empty keeps what is set."""
        return ""

    @override
    def to_json(self, value: Value) -> None:
        """Nothing: no answer of the API carries it."""

    @override
    def search_words(self, value: Value) -> list[str]:
        """Nobody finds by it."""
        return []
