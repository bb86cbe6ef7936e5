"""Actions of people in views: open the Home tab, press, submit and close a form."""

from typing import Any, Final

from bot.sandbox.slack import blocks, payloads, suggestions, view_payloads, views
from bot.sandbox.slack.delivery import Delivery
from bot.sandbox.slack.directory import Person
from bot.sandbox.slack.errors import DeliveryError, SlackError, UserActionError
from bot.sandbox.slack.user_actions import NO_BUTTON, find_active_person
from bot.sandbox.slack.view_schema import MODAL
from bot.sandbox.slack.view_state import Entered, find_errors, read_state
from bot.sandbox.slack.views import View
from bot.sandbox.slack.workspace import Workspace

NO_HOME: Final = "This app has no Home tab."
NOT_A_MEMBER: Final = "The app belongs to {team}. Only its own members see its Home."
NO_VIEW: Final = "That form is no longer open."
NO_SELECT: Final = "That field is no longer there."
NO_SUBMIT: Final = "That form has no button to submit it."
# Slack says only that it had trouble connecting; here the reason is the code.
BAD_ANSWER: Final = "invalid_view_response"


class ViewActions:
    """Actions of people; every error has a sentence for the person."""

    def __init__(self, workspace: Workspace, delivery: Delivery) -> None:
        self._workspace = workspace
        self._delivery = delivery

    def open_home(self, user: str) -> None:
        """Open the app's Home tab, which the app is told in an event.

        Raises `UserActionError` for a guest, and for an app without a Home tab.
        """
        person = find_active_person(self._workspace.directory, user)
        if not self._workspace.home_tab:
            raise UserActionError(NO_HOME)
        if self._workspace.directory.is_guest(user):
            home = self._workspace.directory.home.name
            raise UserActionError(NOT_A_MEMBER, team=home)
        shown = self._workspace.views.homes.get(user)
        self._delivery.deliver_event(
            view_payloads.app_home_opened(person, shown, self._workspace.now())
        )

    async def press(
        self, user: str, view_id: str, block_id: str, action_id: str, entered: Entered
    ) -> None:
        """Press a button in a form or on the Home tab.

        Raises `UserActionError` when the person sees no such button, and
        `DeliveryError` when the app does not acknowledge it.
        """
        person, view = self._person_and_view(user, view_id)
        element = blocks.find_button(view.body["blocks"], block_id, action_id)
        if element is None:
            raise UserActionError(NO_BUTTON)
        values = read_state(view.body["blocks"], entered, view.offered)
        payload = view_payloads.block_actions(
            self._origin(person), view, values, {**element, "block_id": block_id}
        )
        await self._delivery.deliver_once("interactive", payload)

    async def suggest(
        self, user: str, view_id: str, block_id: str, action_id: str, typed: str
    ) -> list[dict[str, Any]]:
        """Type into a select that the app feeds, and return the options that it offers.

        Raises `UserActionError` for a select that is not there, and `DeliveryError`
        where the app does not answer, or answers what Slack does not understand.
        """
        person, view = self._person_and_view(user, view_id)
        element = suggestions.find_select(view.body["blocks"], block_id, action_id)
        if element is None:
            raise UserActionError(NO_SELECT)
        if not suggestions.is_asked_for(element, typed):
            return []
        values = read_state(view.body["blocks"], {}, {})
        payload = view_payloads.block_suggestion(
            self._origin(person), view, values, (block_id, action_id), typed
        )
        answer = await self._delivery.deliver_once("interactive", payload)
        options = suggestions.read_options(answer)
        offered = view.offered.setdefault(block_id, {})
        offered |= {option["value"]: option for option in options}
        return options

    async def submit(self, user: str, view_id: str, entered: Entered) -> dict[str, str]:
        """Submit a form; return the errors by block id, {} for none.

        Raises `UserActionError` for a form that is not open, and `DeliveryError` where
        the app does not acknowledge it, or answers what Slack does not understand.
        """
        person, view = self._person_and_view(user, view_id)
        if not view.body.get("submit"):
            raise UserActionError(NO_SUBMIT)
        values = read_state(view.body["blocks"], entered, view.offered)
        errors = find_errors(view.body["blocks"], values)
        if errors:
            return errors
        payload = view_payloads.view_submission(self._origin(person), view, values)
        ack = await self._delivery.deliver_once("interactive", payload)
        errors = self._apply(view, ack or {})
        self._workspace.changed()
        return errors

    async def close(self, user: str, view_id: str) -> None:
        """Close a form; the app is told where it asked for that."""
        person, view = self._person_and_view(user, view_id)
        if view.kind != MODAL:
            raise UserActionError(NO_VIEW)
        self._workspace.views.close(view)
        self._workspace.changed()
        if view.body.get("notify_on_close"):
            values = read_state(view.body["blocks"], {}, {})
            payload = view_payloads.view_closed(self._origin(person), view, values)
            await self._delivery.deliver_once("interactive", payload)

    def _apply(self, view: View, answer: dict[str, Any]) -> dict[str, str]:
        """Do what the app answered to a submission, and return its errors.

        https://docs.slack.dev/surfaces/modals#handling_submissions
        """
        action = answer.get("response_action")
        if action in (None, "clear"):
            self._workspace.views.close(view)
            return {}
        if action == "errors":
            return _errors(view, answer.get("errors"))
        if action != "update":
            raise DeliveryError(BAD_ANSWER, "unknown response_action")
        try:
            body = views.parse(answer.get("view"), MODAL)
            self._workspace.views.update(view, body, "")
        except SlackError as error:
            raise DeliveryError(BAD_ANSWER, error.error) from error
        return {}

    def _person_and_view(self, user: str, view_id: str) -> tuple[Person, View]:
        person, shown = (
            find_active_person(self._workspace.directory, user),
            self._workspace.views,
        )
        for view in (shown.modals.get(user), shown.homes.get(user)):
            if view is not None and view.id == view_id:
                return person, view
        raise UserActionError(NO_VIEW)

    def _origin(self, person: Person) -> payloads.Actor:
        trigger = self._workspace.triggers.make(person.id)
        return payloads.Actor(
            self._workspace.directory, person, trigger, self._workspace.now()
        )


def _errors(view: View, errors: object) -> dict[str, str]:
    """Return the app's errors; each has to be of an input block of the view."""
    inputs = {
        block["block_id"] for block in view.body["blocks"] if block["type"] == "input"
    }
    if not isinstance(errors, dict) or not errors or not inputs.issuperset(errors):
        raise DeliveryError(BAD_ANSWER, "errors that belong to no input block")
    if not all(isinstance(each, str) and each for each in errors.values()):
        raise DeliveryError(BAD_ANSWER, "errors without text")
    return dict(errors)
