"""What follows the ack of a press: it goes on in the background, with a reply."""

from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeVar

from bot.slack.listeners.context import Addressed, ListenerContext
from bot.slack.messages.forms import press_not_taken
from bot.slack.outbox.ephemeral import Reply


class Pressed(Addressed, Protocol):
    """A press that can be replied to."""

    @property
    def response_url(self) -> str | None:
        """Where Slack takes the reply; None where it has named no address."""


P = TypeVar("P", bound=Pressed)
Follow = Callable[[P, ListenerContext, Reply], Coroutine[Any, Any, None]]


async def follow_up(press: P, follow: Follow[P], context: ListenerContext) -> None:
    """Start what follows a press; while the process ends, reply that nothing does."""
    reply = context.ephemeral.reply_to(press.place, press.person, press.response_url)
    if not context.tasks.spawn(follow(press, context, reply)):
        await reply(press_not_taken(context.translator_for(press)))
