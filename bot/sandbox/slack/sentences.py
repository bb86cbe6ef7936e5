"""Sentences of the local Slack for a person, which the page can translate."""

from typing import Any, Self


class Sentence(str):
    """An English sentence that keeps its message and the values of its `{names}`."""

    __slots__ = ("message", "values")

    message: str
    values: dict[str, object]

    def __new__(cls, message: str, /, **values: object) -> Self:
        """Put the values in place of the names."""
        self = super().__new__(cls, message.format(**values))
        self.message, self.values = message, values
        return self

    def to_json(self) -> dict[str, Any]:
        """Return what the page makes the sentence of in another language."""
        return {"message": self.message, "values": self.values}
