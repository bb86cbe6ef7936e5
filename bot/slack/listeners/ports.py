"""The service as the listeners use it."""

from typing import Protocol

from bot.domain.outcomes import ClickOutcome, CommandOutcome
from bot.domain.requests import Person, Place, Request


class Rollouts(Protocol):
    """The service; any method may raise StorageUnavailable."""

    async def answer(self, text: str, place: Place, person: Person) -> CommandOutcome:
        """Answer a command of any kind."""
        ...

    async def card_shown(self, request_id: str, card: str) -> None:
        """Store that the card is in the channel, as the message `card`."""
        ...

    async def card_failed(self, request_id: str) -> bool:
        """Cancel a request whose card could not be shown; False if it was pressed."""
        ...

    async def confirm(
        self, request_id: str, card: str, place: Place, person: Person
    ) -> ClickOutcome:
        """Claim a request for this person; asks the database and nothing else."""
        ...

    async def cancel(
        self, request_id: str, card: str, place: Place, person: Person
    ) -> ClickOutcome:
        """Cancel a request; asks the database and nothing else."""
        ...

    async def proceed(self, request: Request) -> None:
        """Start the work of a request that was just decided."""
        ...

    async def first_delivery(self, event_id: str) -> bool:
        """Store an event's id; return False where it was stored before."""
        ...
