"""What a person can do in the local Slack: type a command, write, press a button."""

from typing import Any, Final

from bot.sandbox.slack import blocks, payloads, typed_text
from bot.sandbox.slack.delivery import Delivery
from bot.sandbox.slack.errors import DeliveryError, RefusedError, SlackError
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.responses import RESPONSE_PATH, respond
from bot.sandbox.slack.workspace import MAX_TEXT, Workspace
from bot.sandbox.slack.world import BOT_USER_ID, COMMAND, Channel, Person

NOBODY: Final = "There is nobody with the id {user} in this Slack."
NO_CHANNEL: Final = "{name} cannot see a channel with the id {channel}."
NOT_A_COMMAND: Final = "{command} is not a valid command. The one here is {known}."
IN_A_THREAD: Final = "{command} is not supported in threads. Sorry!"
OUTSIDER: Final = "{command} belongs to {team}. Only its own members can use it."
NOTHING_TYPED: Final = "There is nothing to send."
TOO_LONG: Final = "That is longer than {most} characters. Please shorten it."
READ_ONLY: Final = "Sending messages to this app has been turned off."
NO_THREAD: Final = "The message that this thread hangs on is gone."
NO_MESSAGE: Final = "{name} sees no message {ts} in this channel."
NO_BUTTON: Final = "That button is no longer there. The message has changed."


class People:
    """The people's side of the local Slack; every refusal is a sentence for them."""

    def __init__(self, workspace: Workspace, delivery: Delivery) -> None:
        self._workspace = workspace
        self._delivery = delivery

    async def run_command(
        self, user: str, channel: str, typed: str, thread_ts: str | None = None
    ) -> None:
        """Type a slash command and send it off.

        Raises `RefusedError` when Slack would not take it, and `DeliveryError` when the
        app does not: ``operation_timeout``, ``dispatch_failed`` or
        ``invalid_command_response``.
        """
        person, place = self._where_typed(user, channel)
        command, *rest = typed.split(maxsplit=1) or [""]
        if command != COMMAND or "commands" not in self._workspace.scopes:
            raise RefusedError(NOT_A_COMMAND.format(command=command, known=COMMAND))
        if thread_ts is not None:
            raise RefusedError(IN_A_THREAD.format(command=command))
        if self._workspace.world.is_guest(user):
            home = self._workspace.world.home.name
            raise RefusedError(OUTSIDER.format(command=command, team=home))
        if len(typed) > MAX_TEXT:
            raise RefusedError(TOO_LONG.format(most=MAX_TEXT))
        key = self._workspace.response_urls.make(place.id, user)
        text = typed_text.for_command("".join(rest), self._workspace.world)
        self._workspace.changed()
        origin = payloads.Origin(self._workspace.world, person, place, self._url(key))
        payload = payloads.command(origin, command, text)
        answer = await self._delivery.once("slash_commands", payload)
        if answer:
            self._take(key, answer)

    async def write(
        self, user: str, channel: str, typed: str, thread_ts: str | None = None
    ) -> str:
        """Write a message, also one that mentions the bot, and give its ts.

        Raises `RefusedError` when Slack would not take it.
        """
        person, place = self._where_typed(user, channel)
        if not typed.strip():
            raise RefusedError(NOTHING_TYPED)
        if len(typed) > MAX_TEXT:
            raise RefusedError(TOO_LONG.format(most=MAX_TEXT))
        if thread_ts is not None:
            try:
                self._workspace.require_thread(place.id, thread_ts)
            except SlackError as error:
                raise RefusedError(NO_THREAD) from error
        messages = self._workspace.messages
        text = typed_text.for_message(typed, self._workspace.world)
        message = messages.add(
            Message(place.id, messages.next_ts(), user, text, thread_ts=thread_ts)
        )
        self._workspace.changed()
        # Without the scope, or outside of its channels, an app is not told.
        hears = "app_mentions:read" in self._workspace.scopes and place.bot_is_member
        if hears and f"<@{BOT_USER_ID}>" in text:
            origin = payloads.Origin(self._workspace.world, person, place)
            self._delivery.event(payloads.app_mention(origin, message))
        return message.ts

    async def press(  # noqa: PLR0913 - a button is found by this much.
        self,
        user: str,
        channel: str,
        ts: str,
        block_id: str,
        action_id: str,
        *,
        late: bool = False,
    ) -> None:
        """Press a button; `late` lets it be one that an edit has just taken away.

        Such a click has left the person's screen before the edit came there.
        Raises `RefusedError` when there is no such button to be seen, and
        `DeliveryError` when the app does not answer.
        """
        person, place = self._who_and_where(user, channel)
        message = self._visible(person, place, ts)
        element = self._element(message, block_id, action_id, late=late)
        if element is None:
            raise RefusedError(NO_BUTTON)
        ephemeral = message.seen_by is not None
        key = self._workspace.response_urls.make(
            place.id, user, message_ts=ts, ephemeral=ephemeral
        )
        self._workspace.changed()
        origin = payloads.Origin(self._workspace.world, person, place, self._url(key))
        payload = payloads.block_actions(origin, message, element, block_id)
        await self._delivery.once("interactive", payload)

    def _where_typed(self, user: str, channel: str) -> tuple[Person, Channel]:
        person, place = self._who_and_where(user, channel)
        if place.direct:
            # As the app's manifest says: messages_tab_read_only_enabled.
            raise RefusedError(READ_ONLY)
        return person, place

    def _who_and_where(self, user: str, channel: str) -> tuple[Person, Channel]:
        world = self._workspace.world
        person = world.people.get(user)
        if person is None:
            raise RefusedError(NOBODY.format(user=user))
        place = world.channels.get(channel)
        if place is None or not world.can_see(user, place):
            raise RefusedError(
                NO_CHANNEL.format(name=person.real_name, channel=channel)
            )
        return person, place

    def _visible(self, person: Person, channel: Channel, ts: str) -> Message:
        messages = self._workspace.messages
        own = messages.find_ephemeral(channel.id, ts)
        if own is not None and own.seen_by == person.id:
            return own
        message = messages.find(channel.id, ts)
        if message is None:
            raise RefusedError(NO_MESSAGE.format(name=person.real_name, ts=ts))
        return message

    def _element(
        self, message: Message, block_id: str, action_id: str, *, late: bool
    ) -> dict[str, Any] | None:
        versions = [message.blocks, *(reversed(message.earlier) if late else ())]
        for version in versions:
            element = blocks.find_button(version, block_id, action_id)
            if element is not None:
                return element
        return None

    def _url(self, key: str) -> str:
        return f"{self._workspace.address}{RESPONSE_PATH}{key}"

    def _take(self, key: str, answer: dict[str, Any]) -> None:
        """Show the message that came with the acknowledgement of a command."""
        try:
            respond(self._workspace, key, answer, counted=False)
        except SlackError as error:
            shown = "invalid_command_response"
            raise DeliveryError(shown, error.error) from error
