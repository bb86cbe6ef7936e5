"""Directory: people, user groups and members of channels, asked of Slack and kept.

Each answer is kept for a minute, and forgotten when an event says that it has changed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.domain.actor_names import remember_name
from bot.domain.directory import NO_GROUPS, LookupFailed, Profile, UserGroup
from bot.domain.notifications import (
    PermanentNotificationError,
    RetryableNotificationError,
)
from bot.slack.client.calls import PLAN_WITHOUT_GROUPS, call
from bot.slack.client.identity import Identity
from bot.slack.client.lookups import Lookups
from bot.slack.client.users import User, read_user
from bot.slack.client.workspaces import WorkspaceClients

# A click is acknowledged within three seconds, and a halt must not wait for long.
_PERSON_SECONDS: Final = 1.0
_LIST_SECONDS: Final = 2.0
# The largest page of conversations.members.
# https://docs.slack.dev/reference/methods/conversations.members
_PAGE: Final = 999
_MOST_PAGES: Final = 20

# What LookupFailed says beside Slack's own words.
TIMEOUT: Final = "timeout"
RATE_LIMITED: Final = "ratelimited"
UNREACHABLE: Final = "unreachable"
TOO_MANY_MEMBERS: Final = "too_many_members"

Method = Callable[..., Awaitable[AsyncSlackResponse]]


class SlackDirectory:
    """Port `Directory` of the service, and the users behind its profiles."""

    def __init__(
        self,
        clients: WorkspaceClients,
        identity: Identity,
        clock: Callable[[], datetime],
    ) -> None:
        self._clients = clients
        self._identity = identity
        self._users = Lookups[User](clock)
        self._groups = Lookups[Sequence[UserGroup]](clock)
        self._group_members = Lookups[frozenset[str]](clock)
        self._channel_members = Lookups[frozenset[str]](clock)

    async def user(self, workspace: str, user_id: str) -> User:
        """Return a person with their workspaces. Raises LookupFailed."""

        async def ask() -> User:
            method = self._client(workspace).users_info
            answer = await _call(
                method, _PERSON_SECONDS, user=user_id, include_locale=True
            )
            return read_user(answer.get("user"), self._identity)

        user = await self._users.get((workspace, user_id), ask)
        remember_name(user_id, user.profile.name)
        return user

    async def profile(self, workspace: str, user_id: str) -> Profile:
        """Return what Slack knows of a person. Raises LookupFailed."""
        return (await self.user(workspace, user_id)).profile

    async def groups(self, workspace: str) -> Sequence[UserGroup]:
        """Return the user groups that are not switched off. Raises LookupFailed."""

        async def ask() -> Sequence[UserGroup]:
            method = self._client(workspace).usergroups_list
            answer = await _call(method, _LIST_SECONDS, include_disabled=False)
            return _read_groups(answer.get("usergroups"))

        return await self._groups.get((workspace,), ask)

    async def group_members(self, workspace: str, group_id: str) -> frozenset[str]:
        """Return the ids of the people in a user group. Raises LookupFailed."""

        async def ask() -> frozenset[str]:
            method = self._client(workspace).usergroups_users_list
            answer = await _call(method, _LIST_SECONDS, usergroup=group_id)
            return _read_ids(answer.get("users"))

        return await self._group_members.get((workspace, group_id), ask)

    async def is_in_channel(self, workspace: str, channel: str, user_id: str) -> bool:
        """Return whether a person is a member of a channel. Raises LookupFailed."""
        return user_id in await self._members(workspace, channel)

    async def warm(
        self,
        workspace: str,
        *,
        people: Iterable[str] = (),
        groups: Iterable[str] = (),
        channels: Iterable[str] = (),
    ) -> None:
        """Look all of these up at once; a failure is left to whoever asks for it."""
        lookups: list[Coroutine[Any, Any, object]] = [
            *(self.user(workspace, person) for person in people),
            *(self.group_members(workspace, group) for group in groups),
            *(self._members(workspace, channel) for channel in channels),
        ]
        for found in await asyncio.gather(*lookups, return_exceptions=True):
            if isinstance(found, BaseException) and not isinstance(found, LookupFailed):
                raise found

    def forget_person(self, workspace: str, user_id: str) -> None:
        """Ask again for a person who has changed."""
        self._users.forget((workspace, user_id))

    def forget_group(self, workspace: str, group_id: str) -> None:
        """Ask again for the groups, and who is in this one."""
        self._groups.forget((workspace,))
        self._group_members.forget((workspace, group_id))

    def forget_channel(self, workspace: str, channel: str) -> None:
        """Ask again who is in a channel."""
        self._channel_members.forget((workspace, channel))

    async def _members(self, workspace: str, channel: str) -> frozenset[str]:
        async def ask() -> frozenset[str]:
            return await _read_members(self._client(workspace), channel)

        return await self._channel_members.get((workspace, channel), ask)

    def _client(self, workspace: str) -> AsyncWebClient:
        try:
            return self._clients.of(workspace)
        except (RetryableNotificationError, PermanentNotificationError) as error:
            raise _failed(error) from error


def _read_groups(found: object) -> tuple[UserGroup, ...]:
    return tuple(
        UserGroup(group["id"], str(group.get("handle")), str(group.get("name")))
        for group in (found if isinstance(found, list) else ())
        if isinstance(group, dict)
        and isinstance(group.get("id"), str)
        and not group.get("date_delete")
    )


def _read_ids(found: object) -> frozenset[str]:
    listed = found if isinstance(found, list) else ()
    return frozenset(each for each in listed if isinstance(each, str))


async def _read_members(client: AsyncWebClient, channel: str) -> frozenset[str]:
    found: set[str] = set()
    cursor = ""
    for _ in range(_MOST_PAGES):
        answer = await _call(
            client.conversations_members,
            _LIST_SECONDS,
            channel=channel,
            limit=_PAGE,
            cursor=cursor,
        )
        found |= _read_ids(answer.get("members"))
        cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            return frozenset(found)
    raise LookupFailed(TOO_MANY_MEMBERS)


async def _call(
    method: Method,
    timeout_seconds: float,
    **arguments: Any,  # noqa: ANN401 - Slack's own arguments
) -> AsyncSlackResponse:
    try:
        return await call(method, timeout_seconds=timeout_seconds, **arguments)
    except (RetryableNotificationError, PermanentNotificationError) as error:
        raise _failed(error) from error


def _failed(
    error: RetryableNotificationError | PermanentNotificationError,
) -> LookupFailed:
    if isinstance(error, PermanentNotificationError):
        without_groups = error.code in PLAN_WITHOUT_GROUPS
        return LookupFailed(NO_GROUPS if without_groups else error.code)
    if error.retry_after is not None:
        return LookupFailed(RATE_LIMITED)
    late = isinstance(error.__cause__, TimeoutError)
    return LookupFailed(error.code or (TIMEOUT if late else UNREACHABLE))
