"""The texts of a channel that asks to be let in, and of one that was."""

from dataclasses import dataclass
from typing import assert_never

from bot.domain.proposals import Proposal, ProposalState
from bot.slack.messages.escape import channel, code, escape, mention, plain
from bot.slack.messages.phrases import at, command
from bot.slack.messages.translator import Translator


@dataclass(frozen=True, slots=True)
class ChannelTexts:
    """What is said of a channel that asks for an app."""

    title: str
    what: str
    decided: str
    to_asker: str


def channel_texts(t: Translator, proposal: Proposal) -> ChannelTexts:
    """Return the texts of its card, and what its asker is told."""
    app_id = proposal.target.app_id if proposal.target else ""
    name = str(proposal.details.get("app_name") or "")
    app, other = escape(name) or code(app_id), channel(proposal.about)
    named = f"*{app}* ({code(app_id)})" if name else app
    title = t.gettext("Let another channel in?")
    asks = t.gettext("{other} asks to control {app}.", other=other, app=named)
    means = t.gettext(
        "{who} asked. People there could halt, set and finalize it and its flights, "
        "as you can.",
        who=mention(t, proposal.asked_by),
    )
    return ChannelTexts(
        f"{title} {plain(name, 50)}".strip(),
        f"{asks}\n{means}",
        _decided(t, proposal, app, other),
        _to_asker(t, proposal, app, app_id),
    )


def _decided(t: Translator, proposal: Proposal, app: str, other: str) -> str:
    who = mention(t, proposal.decided_by)
    time = at(proposal.decided_at or proposal.expires_at)
    match proposal.state:
        case ProposalState.AGREED if proposal.decided_by == proposal.asked_by:
            return t.gettext(
                "{who} added {app} in {other}, {time}: whoever controls it here, or is "
                "an admin of the workspace, may do that. {app} is controlled there "
                "too now.",
                who=who,
                app=app,
                other=other,
                time=time,
            )
        case ProposalState.AGREED:
            return t.gettext(
                "{who} let {other} in, {time}: {app} is controlled there too now.",
                who=who,
                app=app,
                other=other,
                time=time,
            )
        case ProposalState.DECLINED:
            return t.gettext(
                "{who} refused, {time}: {app} is not controlled in {other}.",
                who=who,
                app=app,
                other=other,
                time=time,
            )
        case ProposalState.PENDING | ProposalState.EXPIRED | ProposalState.UNDELIVERED:
            return t.gettext(
                "Nobody decided before {time}: {app} is not controlled in {other}, "
                "which can ask again.",
                time=time,
                app=app,
                other=other,
            )
        case ProposalState.OUTDATED:
            return t.gettext(
                "{other} was let in meanwhile, or this channel does not control {app} "
                "any more: nothing is left to decide here.",
                app=app,
                other=other,
            )
    assert_never(proposal.state)


def _to_asker(t: Translator, proposal: Proposal, app: str, app_id: str) -> str:
    who, by = mention(t, proposal.asked_by), mention(t, proposal.decided_by)
    again = command("alias add", "NAME", app_id)
    match proposal.state:
        case ProposalState.PENDING:
            return ""
        case ProposalState.AGREED if proposal.decided_by == proposal.asked_by:
            return ""
        case ProposalState.AGREED:
            return t.gettext(
                "{who} {by} let this channel in: {app} can be controlled from here "
                "now. {command} gives it a name here.",
                who=who,
                by=by,
                app=app,
                command=again,
            )
        case ProposalState.DECLINED:
            return t.gettext(
                "{who} {by} refused to let this channel control {app}. Please talk to "
                "them, or ask where it is controlled.",
                who=who,
                by=by,
                app=app,
            )
        case ProposalState.EXPIRED:
            return t.gettext(
                "{who} Nobody who controls {app} answered in time, so this channel was "
                "not let in. {command} asks again.",
                who=who,
                app=app,
                command=again,
            )
        case ProposalState.OUTDATED:
            return t.gettext(
                "{who} This channel was let in to {app} meanwhile, or the channel that "
                "was asked does not control it any more. {command} asks again where "
                "it is needed.",
                who=who,
                app=app,
                command=again,
            )
        case ProposalState.UNDELIVERED:
            return t.gettext(
                "{who} I cannot post in any channel that controls {app}: they are "
                "archived, or I was removed. Somebody who has worked there with it, or "
                "an admin of the workspace, can let this channel in by typing "
                "{command} here.",
                who=who,
                app=app,
                command=again,
            )
    assert_never(proposal.state)
