"""Web API methods that read the directory: people, their channels, groups, the team."""

from typing import Any, Final

from bot.sandbox.slack import arguments, wire
from bot.sandbox.slack.arguments import Args
from bot.sandbox.slack.directory import BOT_ID, BOT_USER_ID, Channel
from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.workspace import Workspace

# The scopes of users.conversations by its argument `types`.
CONVERSATION_SCOPES: Final = {
    "public_channel": "channels:read",
    "private_channel": "groups:read",
    "mpim": "mpim:read",
    "im": "im:read",
}


def user_info(workspace: Workspace, args: Args) -> dict[str, Any]:
    """Describe a person, with the locale if asked for."""
    user = arguments.required(args, "user")
    with_locale = arguments.flag(args, "include_locale")
    if user == BOT_USER_ID:
        return {"user": wire.bot_user(workspace.now(), with_locale=with_locale)}
    person = workspace.directory.people.get(user)
    if person is None:
        raise SlackError("user_not_found")
    body = wire.person(person, workspace.now(), with_locale=with_locale)
    directory = workspace.directory
    organisation = directory.teams[person.team_id].organisation
    if organisation:
        teams = directory.colleagues(person.team_id)
        body["enterprise_user"] = {"enterprise_id": organisation, "teams": teams}
    return {"user": body}


def bot_info(workspace: Workspace, args: Args) -> dict[str, Any]:
    """Describe the bot."""
    del workspace
    if arguments.text(args, "bot") not in ("", BOT_ID):
        raise SlackError("bot_not_found")
    return {"bot": wire.bot()}


def team_info(workspace: Workspace, args: Args) -> dict[str, Any]:
    """Describe the app's workspace, or one that shares a channel with it."""
    directory = workspace.directory
    team = directory.teams.get(arguments.text(args, "team") or directory.home.id)
    if team is None:
        raise SlackError("team_not_found")
    return {"team": wire.team(team)}


def conversation_types(args: Args) -> list[str]:
    """Return the types of conversation that were asked for; public channels if none.

    Raises `SlackError` for an unknown type.
    """
    asked = arguments.text(args, "types") or "public_channel"
    types = [each.strip() for each in asked.split(",")]
    if not set(types) <= set(CONVERSATION_SCOPES):
        raise SlackError("invalid_types")
    return types


def conversation_scopes(args: Args) -> list[str]:
    """Return the scopes that users.conversations needs for these arguments."""
    return [CONVERSATION_SCOPES[each] for each in conversation_types(args)]


def user_conversations(workspace: Workspace, args: Args) -> dict[str, Any]:
    """Return the conversations that a person, or the bot, is in, a page at a time.

    Of a person's private ones only those that the bot is in too.
    https://docs.slack.dev/reference/methods/users.conversations
    """
    user = arguments.text(args, "user") or BOT_USER_ID
    directory = workspace.directory
    if user != BOT_USER_ID and user not in directory.people:
        raise SlackError("user_not_found")
    types = conversation_types(args)
    without_archived = arguments.flag(args, "exclude_archived")
    found = [
        wire.channel(directory, each)
        for each in directory.channels.values()
        if user in each.members
        and _type(each) in types
        and (each.bot_is_member or not each.private)
        and not (each.archived and without_archived)
    ]
    page, cursor = arguments.page(found, args, default=100)
    return {"channels": page, "response_metadata": {"next_cursor": cursor}}


def user_groups(workspace: Workspace, args: Args) -> dict[str, Any]:
    """Return the workspace's user groups.

    https://docs.slack.dev/reference/methods/usergroups.list
    """
    _require_paid_plan(workspace)
    with_disabled = arguments.flag(args, "include_disabled")
    found = []
    for group in workspace.directory.groups.values():
        if group.disabled and not with_disabled:
            continue
        row = wire.user_group(group)
        if arguments.flag(args, "include_users"):
            row["users"] = list(group.members)
        if arguments.flag(args, "include_count"):
            row["user_count"] = len(group.members)
        found.append(row)
    return {"usergroups": found}


def user_group_members(workspace: Workspace, args: Args) -> dict[str, Any]:
    """Return the ids of a user group's members.

    https://docs.slack.dev/reference/methods/usergroups.users.list
    """
    _require_paid_plan(workspace)
    group = workspace.directory.groups.get(arguments.required(args, "usergroup"))
    if group is None or (
        group.disabled and not arguments.flag(args, "include_disabled")
    ):
        raise SlackError("no_such_subteam")
    return {"users": list(group.members)}


def _require_paid_plan(workspace: Workspace) -> None:
    if workspace.free_plan:
        raise SlackError("plan_upgrade_required")


def _type(channel: Channel) -> str:
    if channel.direct:
        return "im"
    return "private_channel" if channel.private else "public_channel"
