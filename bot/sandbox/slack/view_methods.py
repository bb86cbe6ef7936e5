"""Web API methods of views: views.open, views.update and views.publish."""

from typing import Any

from bot.sandbox.slack import arguments, views, wire
from bot.sandbox.slack.arguments import Args
from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.view_schema import HOME, MODAL
from bot.sandbox.slack.workspace import Workspace


def open_view(workspace: Workspace, args: Args) -> dict[str, Any]:
    """Open a modal for the person whose action the trigger id is of.

    https://docs.slack.dev/reference/methods/views.open
    """
    trigger = arguments.required(args, "trigger_id")
    body = views.parse(args.get("view"), MODAL)
    view = workspace.views.open(workspace.triggers.exchange(trigger), body)
    workspace.changed()
    return {"view": wire.view(view)}


def update_view(workspace: Workspace, args: Args) -> dict[str, Any]:
    """Replace what a modal shows.

    https://docs.slack.dev/reference/methods/views.update
    """
    view_id = arguments.text(args, "view_id")
    external_id = arguments.text(args, "external_id")
    if not view_id and not external_id:
        raise arguments.invalid_arguments("[ERROR] missing required field: view_id")
    body = views.parse(args.get("view"), MODAL)
    view = workspace.views.find_modal(view_id, external_id)
    workspace.views.update(view, body, arguments.text(args, "hash"))
    workspace.changed()
    return {"view": wire.view(view)}


def publish_view(workspace: Workspace, args: Args) -> dict[str, Any]:
    """Set a person's Home tab.

    https://docs.slack.dev/reference/methods/views.publish
    """
    user = arguments.required(args, "user_id")
    if not workspace.home_tab:
        raise SlackError("not_enabled")
    directory = workspace.directory
    if user not in directory.people or directory.is_guest(user):
        raise SlackError("user_not_found")
    body = views.parse(args.get("view"), HOME)
    view = workspace.views.publish(user, body, arguments.text(args, "hash"))
    workspace.changed()
    return {"view": wire.view(view)}
