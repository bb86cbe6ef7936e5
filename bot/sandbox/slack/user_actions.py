"""Actions of people in the local Slack: commands, messages and clicks."""

from typing import Any, Final

from bot.sandbox.slack import blocks, payloads, typed_text
from bot.sandbox.slack.delivery import Delivery
from bot.sandbox.slack.directory import BOT_USER_ID, COMMAND, Channel, Directory, Person
from bot.sandbox.slack.errors import DeliveryError, SlackError, UserActionError
from bot.sandbox.slack.messages import ButtonLocation, Message
from bot.sandbox.slack.response_url_handler import RESPONSE_PATH, apply_response
from bot.sandbox.slack.workspace import MAX_TEXT, Workspace

UNKNOWN_USER: Final = "There is nobody with the id “{user}” in this Slack."
DEACTIVATED: Final = "The account of {name} is deactivated."
NO_CHANNEL: Final = "{name} cannot see a channel with the id {channel}."
NOT_A_COMMAND: Final = "{command} is not a valid command. The one here is {known}."
IN_A_THREAD: Final = "{command} is not supported in threads. Sorry!"
NOT_A_MEMBER: Final = "{command} belongs to {team}. Only its own members can use it."
NOTHING_TYPED: Final = "There is nothing to send."
TOO_LONG: Final = "That is longer than {most} characters. Please shorten it."
READ_ONLY: Final = "Sending messages to this app has been turned off."
NO_THREAD: Final = "The message that this thread hangs on is gone."
NO_MESSAGE: Final = "{name} sees no message {ts} in this channel."
NO_BUTTON: Final = "That button is no longer there. The message has changed."


def find_person(directory: Directory, user: str) -> Person:
    """Return a person of this Slack. Raises `UserActionError` where there is none."""
    person = directory.people.get(user)
    if person is None:
        raise UserActionError(UNKNOWN_USER, user=user)
    return person


def find_active_person(directory: Directory, user: str) -> Person:
    """Return a person who can act. Raises `UserActionError` for anybody else."""
    person = find_person(directory, user)
    if person.deactivated:
        raise UserActionError(DEACTIVATED, name=person.real_name)
    return person


class UserActions:
    """Actions of people; every error has a sentence for the person."""

    def __init__(self, workspace: Workspace, delivery: Delivery) -> None:
        self._workspace = workspace
        self._delivery = delivery

    async def run_command(
        self, user: str, channel: str, typed: str, thread_ts: str | None = None
    ) -> None:
        """Run a slash command.

        Raises `UserActionError` when Slack would reject it, and `DeliveryError` when
        the app does not acknowledge it: ``operation_timeout``, ``dispatch_failed`` or
        ``invalid_command_response``.
        """
        person, place = self._person_and_writable_channel(user, channel)
        command, *rest = typed.split(maxsplit=1) or [""]
        if command != COMMAND or "commands" not in self._workspace.scopes:
            raise UserActionError(NOT_A_COMMAND, command=command, known=COMMAND)
        if thread_ts is not None:
            raise UserActionError(IN_A_THREAD, command=command)
        if self._workspace.directory.is_guest(user):
            home = self._workspace.directory.home.name
            raise UserActionError(NOT_A_MEMBER, command=command, team=home)
        if len(typed) > MAX_TEXT:
            raise UserActionError(TOO_LONG, most=MAX_TEXT)
        key = self._workspace.response_urls.make(place.id, user)
        text = typed_text.command_text("".join(rest), self._workspace.directory)
        self._workspace.changed()
        origin = self._origin(person, place, self._url(key))
        payload = payloads.command(origin, command, text)
        ack = await self._delivery.deliver_once("slash_commands", payload)
        if ack:
            self._apply_response(key, ack)

    async def write(
        self, user: str, channel: str, typed: str, thread_ts: str | None = None
    ) -> str:
        """Post a message, which may mention the bot, and return its ts.

        Raises `UserActionError` when Slack would reject it.
        """
        person, place = self._person_and_writable_channel(user, channel)
        if not typed.strip():
            raise UserActionError(NOTHING_TYPED)
        if len(typed) > MAX_TEXT:
            raise UserActionError(TOO_LONG, most=MAX_TEXT)
        if thread_ts is not None:
            try:
                self._workspace.require_thread(place.id, thread_ts)
            except SlackError as error:
                raise UserActionError(NO_THREAD) from error
        messages = self._workspace.messages
        text = typed_text.message_text(typed, self._workspace.directory)
        message = messages.add(
            Message(place.id, messages.next_ts(), user, text, thread_ts=thread_ts)
        )
        self._workspace.changed()
        # An app gets events only with the scope, and of its own channels.
        receives = "app_mentions:read" in self._workspace.scopes and place.bot_is_member
        if receives and f"<@{BOT_USER_ID}>" in text:
            origin = self._origin(person, place, "")
            self._delivery.deliver_event(payloads.app_mention(origin, message))
        return message.ts

    async def press(
        self, user: str, channel: str, button: ButtonLocation, *, late: bool = False
    ) -> None:
        """Press a button; `late` allows one that an edit has just removed.

        Such a click was made before the edit reached the person's screen, or before
        their account was deactivated. Raises
        `UserActionError` when the person sees no such button, and `DeliveryError`
        when the app does not acknowledge it.
        """
        person, place = self._person_and_channel(user, channel, late=late)
        message = self._visible(person, place, button.ts)
        element = self._element(message, button, late=late)
        if element is None:
            raise UserActionError(NO_BUTTON)
        ephemeral = message.seen_by is not None
        key = self._workspace.response_urls.make(
            place.id, user, message_ts=message.ts, ephemeral=ephemeral
        )
        self._workspace.changed()
        origin = self._origin(person, place, self._url(key))
        payload = payloads.block_actions(origin, message, element, button.block_id)
        await self._delivery.deliver_once("interactive", payload)

    def _person_and_writable_channel(
        self, user: str, channel: str
    ) -> tuple[Person, Channel]:
        person, place = self._person_and_channel(user, channel)
        if place.direct:
            # As the app's manifest says: messages_tab_read_only_enabled.
            raise UserActionError(READ_ONLY)
        return person, place

    def _person_and_channel(
        self, user: str, channel: str, *, late: bool = False
    ) -> tuple[Person, Channel]:
        directory = self._workspace.directory
        person = (find_person if late else find_active_person)(directory, user)
        place = directory.channels.get(channel)
        if place is None or not directory.can_see(user, place):
            raise UserActionError(NO_CHANNEL, name=person.real_name, channel=channel)
        return person, place

    def _visible(self, person: Person, channel: Channel, ts: str) -> Message:
        messages = self._workspace.messages
        own = messages.find_ephemeral(channel.id, ts)
        if own is not None and own.seen_by == person.id:
            return own
        message = messages.find(channel.id, ts)
        if message is None:
            raise UserActionError(NO_MESSAGE, name=person.real_name, ts=ts)
        return message

    def _element(
        self, message: Message, button: ButtonLocation, *, late: bool
    ) -> dict[str, Any] | None:
        versions = [message.blocks, *(reversed(message.earlier) if late else ())]
        for version in versions:
            element = blocks.find_button(version, button.block_id, button.action_id)
            if element is not None:
                return element
        return None

    def _origin(
        self, person: Person, channel: Channel, response_url: str
    ) -> payloads.Origin:
        trigger_id = self._workspace.triggers.make(person.id)
        return payloads.Origin(
            self._workspace.directory,
            person,
            trigger_id,
            self._workspace.now(),
            channel,
            response_url,
        )

    def _url(self, key: str) -> str:
        return f"{self._workspace.address}{RESPONSE_PATH}{key}"

    def _apply_response(self, key: str, ack: dict[str, Any]) -> None:
        """Post the message that came with the acknowledgement of a command."""
        try:
            apply_response(self._workspace, key, ack, counted=False)
        except SlackError as error:
            shown = "invalid_command_response"
            raise DeliveryError(shown, error.error) from error
