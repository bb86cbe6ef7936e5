"""Wire format: people, channels and messages as Slack's own JSON."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.sandbox.slack.directory import (
    APP_ID,
    BOT_ID,
    BOT_NAME,
    BOT_REAL_NAME,
    BOT_USER_ID,
    TEAM_ID,
    Channel,
    Directory,
    Person,
    Team,
    UserGroup,
)
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.views import View

# The app and the channels are as old as Slack's own documentation examples.
_CREATED = 1_500_000_000


def bot_profile() -> dict[str, Any]:
    """Return the profile in each of the bot's messages."""
    return {
        "id": BOT_ID,
        "deleted": False,
        "name": BOT_REAL_NAME,
        "updated": _CREATED,
        "app_id": APP_ID,
        "user_id": BOT_USER_ID,
        "team_id": TEAM_ID,
        "icons": {},
    }


def bot() -> dict[str, Any]:
    """Return the bot as bots.info shows it."""
    profile = bot_profile()
    del profile["team_id"]
    return profile


def message(
    directory: Directory,
    each: Message,
    *,
    with_metadata: bool = False,
    root: Message | None = None,
) -> dict[str, Any]:
    """Return a message as conversations.history shows it.

    `root` is the first message of the thread, which a broadcast reply carries.
    https://docs.slack.dev/reference/events/message
    https://docs.slack.dev/reference/events/message/thread_broadcast
    """
    person = directory.people.get(each.user)
    body: dict[str, Any] = {
        "type": "message",
        "user": each.user,
        "ts": each.ts,
        "text": each.text,
        "team": person.team_id if person else TEAM_ID,
    }
    if each.bot:
        body |= {"bot_id": BOT_ID, "app_id": APP_ID, "bot_profile": bot_profile()}
    if each.blocks:
        body["blocks"] = each.blocks
    if each.broadcast:
        body["subtype"] = "thread_broadcast"
    if root is not None:
        body["root"] = message(directory, root)
    if each.thread_ts:
        body["thread_ts"] = each.thread_ts
    if each.replies:
        body |= {
            "reply_count": len(each.replies),
            "latest_reply": each.replies[-1],
            "is_locked": False,
            "subscribed": False,
        }
    if each.edited:
        body["edited"] = each.edited
    if with_metadata and each.metadata:
        body["metadata"] = each.metadata
    return body


def channel(directory: Directory, each: Channel) -> dict[str, Any]:
    """Return a channel as conversations.info shows it.

    https://docs.slack.dev/reference/objects/conversation-object
    """
    return {
        "id": each.id,
        "name": each.name,
        "name_normalized": each.name,
        "is_channel": not each.private,
        "is_group": each.private and not each.direct,
        "is_im": each.direct,
        "is_mpim": False,
        "is_private": each.private,
        "is_archived": each.archived,
        "is_general": each.name == "general",
        "is_member": each.bot_is_member,
        "is_shared": each.shared,
        "is_ext_shared": each.shared,
        "is_org_shared": False,
        "is_pending_ext_shared": False,
        "created": _CREATED,
        "creator": "U0ANN",
        "context_team_id": TEAM_ID,
        "conversation_host_id": TEAM_ID,
        "shared_team_ids": sorted(directory.teams) if each.shared else [TEAM_ID],
        "topic": {"value": each.topic, "creator": "U0ANN", "last_set": _CREATED},
        "purpose": {"value": "", "creator": "", "last_set": 0},
    }


def user_group(each: UserGroup) -> dict[str, Any]:
    """Return a user group as usergroups.list shows it.

    https://docs.slack.dev/reference/objects/usergroup-object
    """
    return {
        "id": each.id,
        "team_id": TEAM_ID,
        "is_usergroup": True,
        "is_subteam": True,
        "name": each.name,
        "description": "",
        "handle": each.handle,
        "is_external": False,
        "date_create": _CREATED,
        "date_update": _CREATED,
        "date_delete": _CREATED if each.disabled else 0,
        "auto_type": None,
        "auto_provision": False,
        "enterprise_subteam_id": "",
        "created_by": "U0ANN",
        "updated_by": "U0ANN",
        "deleted_by": None,
        "prefs": {"channels": [], "groups": []},
    }


def person(each: Person, at: datetime, *, with_locale: bool) -> dict[str, Any]:
    """Return a person as users.info shows them.

    `at` is the time for which the offset from UTC, which changes in spring and autumn,
    is returned. https://docs.slack.dev/reference/objects/user-object
    """
    local = at.astimezone(ZoneInfo(each.timezone))
    offset = local.utcoffset() or timedelta()
    body: dict[str, Any] = {
        "id": each.id,
        "team_id": each.team_id,
        "name": each.name,
        "real_name": each.real_name,
        "deleted": each.deactivated,
        "is_admin": each.admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_bot": False,
        "is_app_user": False,
        "is_restricted": False,
        "is_ultra_restricted": False,
        "is_stranger": each.team_id != TEAM_ID,
        "tz": each.timezone,
        "tz_label": local.tzname(),
        "tz_offset": int(offset.total_seconds()),
        "updated": _CREATED,
        "profile": {
            "real_name": each.real_name,
            "display_name": each.real_name,
            "team": each.team_id,
        },
    }
    if with_locale:
        body["locale"] = each.locale
    return body


def bot_user(at: datetime, *, with_locale: bool) -> dict[str, Any]:
    """Return the bot's own user as users.info shows it."""
    as_person = Person(BOT_USER_ID, BOT_NAME, BOT_REAL_NAME, TEAM_ID, "en-US", "UTC")
    body = person(as_person, at, with_locale=with_locale)
    return {
        **body,
        "is_bot": True,
        "profile": {**body["profile"], "bot_id": BOT_ID, "api_app_id": APP_ID},
    }


def view(each: View, values: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return a view as the app sees it; `values` is the state of its inputs.

    https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload
    """
    whole: dict[str, Any] = {
        "id": each.id,
        "team_id": TEAM_ID,
        "private_metadata": "",
        "callback_id": "",
        "external_id": "",
        "title": None,
        "submit": None,
        "close": None,
        "clear_on_close": False,
        "notify_on_close": False,
        **each.body,
        "state": {"values": values or {}},
        "hash": each.hash,
        "root_view_id": each.id,
        "previous_view_id": None,
        "app_id": APP_ID,
        "app_installed_team_id": TEAM_ID,
        "bot_id": BOT_ID,
    }
    return whole


def team(each: Team) -> dict[str, Any]:
    """Return a workspace as team.info shows it."""
    return {
        "id": each.id,
        "name": each.name,
        "domain": each.domain,
        "email_domain": "",
        "icon": {"image_default": True},
    }
