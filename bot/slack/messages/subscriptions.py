"""Subscriptions in messages: what a channel is told, and what changed of that."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from bot.domain.requests import Alias
from bot.domain.subscriptions import (
    NotSubscribed,
    Subscribed,
    Subscription,
    SubscriptionChange,
    Subscriptions,
    Unsubscribed,
    as_name,
)
from bot.domain.watching import Topics
from bot.slack.ids import BOT_NAME
from bot.slack.messages.blocks import Message, line_listing, note
from bot.slack.messages.escape import code, group, mention
from bot.slack.messages.phrases import alias_name, at, command
from bot.slack.messages.translator import N_, Translator

_ID_LENGTH: Final = 40
_MOST_IN_TEXT: Final = 5
_MAY_NOT_POST: Final = ("not_in_channel", "channel_not_found")

_TOLD: Final[Mapping[Topics, str]] = MappingProxyType(
    {
        Topics.ALL: N_(
            "This channel is told what changes in the rollouts of {app}, and when one "
            "needs a person."
        ),
        Topics.CHANGES: N_(
            "This channel is told what changes in the rollouts of {app}, but not when "
            "one needs a person."
        ),
        Topics.ATTENTION: N_(
            "This channel is told when a rollout of {app} needs a person, but not of "
            "each change."
        ),
        Topics.NONE: N_("This channel is told nothing of {app}."),
    }
)
_TOPICS: Final[Mapping[Topics, str]] = MappingProxyType(
    {
        Topics.ALL: N_("all: changes, and when a person is needed"),
        Topics.CHANGES: N_("changes only"),
        Topics.ATTENTION: N_("attention only: when a person is needed"),
        Topics.NONE: N_("nothing"),
    }
)


def subscribed(t: Translator, answer: Subscribed) -> Message:
    """Show what the channel is told now, and what of that is new."""
    now, before = answer.now, answer.before
    told = _TOLD[now.topics]
    sentences = [
        *([t.gettext("It is so already.")] if now == before else []),
        t.gettext(told, app=_name(t, now)),
        *_mentions(t, now, before),
        *_without_alias(t, now, before),
        *([_blocked(t, now)] if now.blocked_at else []),
        t.gettext("To end it: {command}.", command=command("unsubscribe", now.word)),
    ]
    return note(" ".join(sentences))


def unsubscribed(t: Translator, answer: Unsubscribed) -> Message:
    """Confirm that nothing more is told, and show how to come back."""
    before = answer.before
    app, again = _name(t, before), command("subscribe", before.word)
    if answer.already:
        return note(
            t.gettext(
                "Nothing to do: this channel is told nothing of {app}. {command} "
                "changes that.",
                app=app,
                command=again,
            )
        )
    if before.alias is None:
        return note(
            t.gettext(
                "This channel does not follow {app} any more. {command} brings that "
                "back.",
                app=app,
                command=again,
            )
        )
    return note(
        t.gettext(
            "This channel is told nothing of {app} any more. The alias {alias} stays, "
            "and {command} brings the messages back.",
            app=app,
            alias=code(before.alias, _ID_LENGTH),
            command=again,
        )
    )


def not_subscribed(t: Translator, answer: NotSubscribed) -> Message:
    """Explain that there is nothing to end."""
    return note(
        t.gettext(
            "This channel does not follow {app}, so nothing was changed. {command} "
            "lists what it follows.",
            app=code(answer.name),
            command=command("subscribe"),
        )
    )


def still_followed(t: Translator, followed: Subscription) -> str:
    """Explain that what somebody has subscribed to does not go with its alias."""
    end = command("unsubscribe", followed.word)
    return t.gettext(
        "This channel goes on being told of it, as {who} has subscribed; to end that: "
        "{command}.",
        who=mention(t, followed.added_by),
        command=end,
    )


def subscription_list(t: Translator, answer: Subscriptions) -> Message:
    """List what the channel is told: of what, since when, by whose wish."""
    each = answer.subscriptions
    if not each:
        return note(
            t.gettext(
                "This channel follows no app yet. An app that gets an alias here is "
                "followed: {add}. Without an alias: {subscribe}.",
                add=command("alias add mail 9NBLGGH4R315"),
                subscribe=command("subscribe 9NBLGGH4R315"),
            )
        )
    words = [code(one.word, _ID_LENGTH) for one in each[:_MOST_IN_TEXT]]
    more = ["…"] if len(each) > _MOST_IN_TEXT else []
    text = t.ngettext(
        "What this channel is told, of {count} app: {names}.",
        "What this channel is told, of {count} apps: {names}.",
        len(each),
        names=t.listed((*words, *more)),
    )
    return line_listing(
        t.gettext("What this channel is told"),
        text,
        ([_entry(t, one) for one in each], [_short_entry(t, one) for one in each]),
        lambda hidden: t.ngettext(
            "… and {count} more app.", "… and {count} more apps.", hidden
        ),
    )


def subscription_change(t: Translator, change: SubscriptionChange) -> str:
    """Return in a few words what somebody has changed."""
    app = Alias("", change.target, change.app_name or "", change.flight_name)
    name = alias_name(t, app)
    if change.alias is not None:
        name = f"{code(change.alias, _ID_LENGTH)} ({name})"
    if change.topics is Topics.NONE:
        return t.gettext("Unsubscribed: {app}.", app=name)
    told = _told(t, change.topics)
    if change.mention is None:
        return t.gettext("Subscribed: {app}, {told}.", app=name, told=told)
    return t.gettext(
        "Subscribed: {app}, {told}; {group} is mentioned.",
        app=name,
        told=told,
        group=group(change.mention),
    )


def _entry(t: Translator, one: Subscription) -> str:
    lines = [f"*{_name(t, one)}* {_ids(one)}", _since(t, one)]
    if one.topics is Topics.NONE:
        again = command("subscribe", one.word)
        lines.append(t.gettext("To be told again: {command}", command=again))
    elif one.blocked_at is not None:
        lines.append(f"⚠️ {_blocked(t, one)}")
    return "\n".join(lines)


def _since(t: Translator, one: Subscription) -> str:
    told = _told(t, one.topics)
    who, time = mention(t, one.added_by), at(one.added_at)
    if one.mention is None or one.topics not in (Topics.ALL, Topics.ATTENTION):
        return t.gettext("{told}; by {who}, {time}", told=told, who=who, time=time)
    return t.gettext(
        "{told}; {group} is mentioned when a person is needed; by {who}, {time}",
        told=told,
        group=group(one.mention),
        who=who,
        time=time,
    )


def _told(t: Translator, topics: Topics) -> str:
    label = _TOPICS[topics]
    return t.gettext(label)


def _short_entry(t: Translator, one: Subscription) -> str:
    told = _told(t, one.topics)
    mark = "⚠️ " if one.blocked_at and one.topics is not Topics.NONE else ""
    return f"{mark}{code(one.word, _ID_LENGTH)} – {told}"


def _mentions(
    t: Translator, now: Subscription, before: Subscription | None
) -> list[str]:
    if now.mention is None:
        ended = before is not None and before.mention is not None
        return [t.gettext("Nobody is mentioned any more.")] if ended else []
    if now.topics is Topics.CHANGES:
        return [
            t.gettext(
                "{group} would be mentioned when a person is needed, and this channel "
                "is not told of that; {command} changes it.",
                group=group(now.mention),
                command=command("subscribe", now.word, "all"),
            )
        ]
    return [
        t.gettext(
            "{group} is mentioned when a person is needed.", group=group(now.mention)
        )
    ]


def _without_alias(
    t: Translator, now: Subscription, before: Subscription | None
) -> list[str]:
    if now.alias is None or before is None or now.by_alias == before.by_alias:
        return []
    return [
        t.gettext(
            "It stays so when the alias {alias} is removed.",
            alias=code(now.alias, _ID_LENGTH),
        )
    ]


def _blocked(t: Translator, one: Subscription) -> str:
    """Return since when Slack takes no message for the channel, and what to do."""
    error = one.blocked_by or ""
    since = at(one.blocked_at or one.added_at)
    if error in _MAY_NOT_POST:
        return t.gettext(
            "I have not been able to post here since {time}, as I am not in this "
            "channel. Invite me with {command}; the next message then comes.",
            time=since,
            command=f"`/invite @{BOT_NAME}`",
        )
    if error == "is_archived":
        return t.gettext(
            "I have not been able to post here since {time}, as this channel is "
            "archived. Unarchive it; the next message then comes.",
            time=since,
        )
    return t.gettext(
        "I have not been able to post here since {time}: Slack says {error}. Ask an "
        "admin of the workspace; I try again with each message.",
        time=since,
        error=code(error),
    )


def _name(t: Translator, one: Subscription) -> str:
    """Name what is followed: by its alias, and as the Store does."""
    named = alias_name(t, as_name(one))
    return named if one.alias is None else f"{code(one.alias, _ID_LENGTH)} ({named})"


def _ids(one: Subscription) -> str:
    flight = one.target.flight_id
    shown = code(one.target.app_id, _ID_LENGTH)
    return f"{shown} {code(flight, _ID_LENGTH)}" if flight else shown
