"""What a letter is: one recipient, a subject and a text, each safe to stand in a header or a body."""

from dataclasses import dataclass

_SUBJECT_MAX = 200


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail to one person; `html` is the same text for readers that show it."""

    to: str
    subject: str
    text: str
    html: str | None = None

    def __post_init__(self) -> None:
        """Refuse a recipient that is more than one address, and bring the subject to one line."""
        if not self.to or any(char in self.to for char in "\r\n,;<> \t\0"):
            raise ValueError("a letter goes to one plain address")
        subject = " ".join("".join(char if char.isprintable() else " " for char in self.subject).split())
        object.__setattr__(self, "subject", subject[:_SUBJECT_MAX])
