"""Control routes of views, for the sandbox page: Home tab and forms."""

import dataclasses
from collections.abc import Awaitable, Callable

from bot.sandbox.slack.control_fields import MISSING, Body, text_field, text_fields
from bot.sandbox.slack.errors import UserActionError
from bot.sandbox.slack.sentences import Sentence
from bot.sandbox.slack.view_actions import ViewActions


@dataclasses.dataclass(frozen=True, slots=True)
class ViewControl:
    """What a person does in views, by the name of its route."""

    view_actions: ViewActions

    def actions(self) -> dict[str, Callable[[Body], Awaitable[Body]]]:
        """Return the handler of each route."""
        return {
            "views/home": self._open_home,
            "views/press": self._press,
            "views/suggest": self._suggest,
            "views/submit": self._submit,
            "views/close": self._close,
        }

    async def _open_home(self, body: Body) -> Body:
        self.view_actions.open_home(text_field(body, "as"))
        return {}

    async def _press(self, body: Body) -> Body:
        user, *where = text_fields(body, "as", "view", "block_id", "action_id")
        view, block_id, action_id = where
        await self.view_actions.press(user, view, block_id, action_id, _values(body))
        return {}

    async def _suggest(self, body: Body) -> Body:
        user, *where = text_fields(body, "as", "view", "block_id", "action_id")
        typed = body.get("value")
        if not isinstance(typed, str):
            raise UserActionError(MISSING, name="value")
        view, block_id, action_id = where
        options = await self.view_actions.suggest(
            user, view, block_id, action_id, typed
        )
        return {"options": options}

    async def _submit(self, body: Body) -> Body:
        user, view = text_fields(body, "as", "view")
        errors = await self.view_actions.submit(user, view, _values(body))
        return {
            "errors": {
                block: error.to_json() if isinstance(error, Sentence) else error
                for block, error in errors.items()
            }
        }

    async def _close(self, body: Body) -> Body:
        await self.view_actions.close(*text_fields(body, "as", "view"))
        return {}


def _values(body: Body) -> Body:
    """Return what was entered, by block id; raises `UserActionError`."""
    values = body.get("values", {})
    if not isinstance(values, dict):
        raise UserActionError(MISSING, name="values")
    return values
