"""The service on fakes, with what people type and press as short calls."""

from dataclasses import dataclass

from bot.domain.events import Event, EventKind
from bot.domain.outcomes import ClickOutcome, CommandOutcome, ConfirmationNeeded
from bot.domain.requests import Person, Place, Request
from bot.domain.rollout import Change
from bot.domain.targets import ResolvedChange
from bot.domain.verbs import Verb
from tests.fakes import ANN, DRAFT_ID, MAIL, PLACE, FakeService, asked

CARD = "1700.1"


@dataclass
class ServiceHarness(FakeService):
    """A FakeService that is spoken to as people do."""

    async def say(
        self, text: str, person: Person = ANN, place: Place = PLACE
    ) -> CommandOutcome:
        """Return the one answer to a command text."""
        [answer] = await self.say_all(text, person, place)
        return answer

    async def say_all(
        self, text: str, person: Person = ANN, place: Place = PLACE
    ) -> list[CommandOutcome]:
        """Return all answers to a command text."""
        return [each async for each in self.service.answers(text, place, person)]

    async def ask_for(
        self, wanted: ResolvedChange, person: Person = ANN, place: Place = PLACE
    ) -> CommandOutcome:
        """Return the answer to a change that a button or a form asks for."""
        answers = self.service.ask_for(wanted, place, person)
        [answer] = [each async for each in answers]
        return answer

    async def ask(
        self, text: str = "halt mail crash on start", place: Place = PLACE
    ) -> Request:
        """Ask for a change, and return the request of its card."""
        answer = await self.say(text, place=place)
        assert isinstance(answer, ConfirmationNeeded)
        await self.service.card_posted(answer.request.id, CARD)
        return self.requests.kept[answer.request.id]

    async def ask_for_two(self) -> Request:
        """Store the request of a change that two people must approve."""
        request = asked(Change(Verb.HALT), approvals_required=2)
        await self.requests.add_request(request)
        await self.service.card_posted(request.id, CARD)
        return self.requests.kept[request.id]

    async def confirm(self, request: Request, person: Person = ANN) -> ClickOutcome:
        """Press Confirm on the request's card."""
        return await self.service.confirm(request.id, CARD, PLACE, person)

    async def cancel(self, request: Request, person: Person = ANN) -> ClickOutcome:
        """Press Cancel on the request's card."""
        return await self.service.cancel(request.id, CARD, PLACE, person)

    def events_of(self, kind: EventKind) -> list[Event]:
        """Return the events of a kind, the oldest first."""
        return [event for event in self.events.log if event.kind is kind]


def service_harness() -> ServiceHarness:
    """Return a service in whose channel `mail` names an app with an open rollout."""
    harness = ServiceHarness()
    harness.store.publish(MAIL, pending_id=DRAFT_ID)
    harness.aliases.put("mail")
    return harness
