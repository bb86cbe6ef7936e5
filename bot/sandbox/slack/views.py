"""Views: the modal that a person has open, and everybody's Home tab."""

import dataclasses
import json
import secrets
import time
from typing import Any, Final

from bot.sandbox.slack import arguments, blocks
from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.view_schema import validate_view

# https://docs.slack.dev/reference/methods/views.open#errors
MAX_BYTES: Final = 250_000

Body = dict[str, Any]


@dataclasses.dataclass(slots=True)
class View:
    """One view of one person; `body` is what the app sent, `hash` changes with it.

    `offered` are the options that the app has offered for what the person has typed, by
    block id and value.
    """

    id: str
    user: str
    body: Body
    hash: str
    offered: dict[str, dict[str, Body]] = dataclasses.field(default_factory=dict)

    @property
    def kind(self) -> str:
        """The type of the view: "modal" or "home"."""
        return str(self.body["type"])


class Views:
    """Open modals and Home tabs, by person.

    A person has one modal at a time: `views.push` is not part of this Slack.
    """

    def __init__(self) -> None:
        self.modals: dict[str, View] = {}
        self.homes: dict[str, View] = {}

    def open(self, user: str, body: Body) -> View:
        """Open a modal, in place of the one that is open."""
        self._require_unique(body, None)
        self.modals[user] = View(_new_id(), user, body, _new_hash())
        return self.modals[user]

    def publish(self, user: str, body: Body, expected_hash: str) -> View:
        """Set a person's Home tab; raises `SlackError` where the hash is another."""
        view = self.homes.get(user)
        self._require_unique(body, view)
        if view is None:
            if expected_hash:
                raise SlackError("hash_conflict")
            view = self.homes[user] = View(_new_id(), user, body, _new_hash())
            return view
        return self.update(view, body, expected_hash)

    def update(self, view: View, body: Body, expected_hash: str) -> View:
        """Replace a view's content; raises `SlackError` where the hash is another."""
        if expected_hash and expected_hash != view.hash:
            raise SlackError("hash_conflict")
        self._require_unique(body, view)
        view.body, view.hash = body, _new_hash()
        return view

    def find_modal(self, view_id: str, external_id: str) -> View:
        """Return an open modal; raises `SlackError` for one that is not open."""
        for view in self.modals.values():
            own = view.body.get("external_id")
            if view.id == view_id or (external_id and own == external_id):
                return view
        raise SlackError("not_found")

    def close(self, view: View) -> None:
        """Close a modal; nothing happens if another one has taken its place."""
        if self.modals.get(view.user) is view:
            del self.modals[view.user]

    def clear(self) -> None:
        """Close every modal and forget every Home tab."""
        self.modals.clear()
        self.homes.clear()

    def to_json(self) -> list[dict[str, Any]]:
        """Return the Home tabs, in the form that `restore` takes."""
        return [dataclasses.asdict(view) for view in self.homes.values()]

    def restore(self, saved: list[dict[str, Any]]) -> None:
        """Restore the Home tabs from `to_json`; nobody has a modal open."""
        self.clear()
        self.homes = {one["user"]: View(**one) for one in saved}

    def _require_unique(self, body: Body, own: View | None) -> None:
        wanted = body.get("external_id")
        if not wanted:
            return
        for view in (*self.modals.values(), *self.homes.values()):
            if view is not own and view.body.get("external_id") == wanted:
                raise SlackError("duplicate_external_id")


def parse(value: object, kind: str) -> Body:
    """Return a view that was sent as an object or as JSON text, with block ids.

    Raises `SlackError` for one that Slack would not show.
    """
    value = arguments.parse_json(value, "invalid_arguments")
    if value is None:
        raise arguments.invalid_arguments("[ERROR] missing required field: view")
    errors = list(validate_view(value, kind))
    if errors or not isinstance(value, dict):
        raise arguments.invalid_arguments(*errors)
    if len(json.dumps(value)) > MAX_BYTES:
        raise SlackError("view_too_large")
    return {**value, "blocks": [blocks.with_ids(block) for block in value["blocks"]]}


def _new_id() -> str:
    return f"V{secrets.token_hex(5).upper()}"


def _new_hash() -> str:
    return f"{int(time.time())}.{secrets.token_hex(4)}"
