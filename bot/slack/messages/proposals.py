"""Cards of proposals: what is proposed, two buttons, and how it was decided."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, assert_never

from slack_sdk.models.blocks import ActionsBlock, ButtonElement

from bot.domain.outcomes import NotAllowed
from bot.domain.proposals import (
    Proposal,
    ProposalClosed,
    ProposalDecided,
    ProposalKind,
    ProposalOutcome,
    ProposalState,
)
from bot.domain.rule_outcomes import AgreementRefused
from bot.domain.usage import Usage
from bot.slack.ids import AGREE, DECLINE, PROPOSAL_BLOCK
from bot.slack.messages.blocks import Message, button_label, header, note, section
from bot.slack.messages.denials import not_allowed
from bot.slack.messages.escape import mention
from bot.slack.messages.phrases import at
from bot.slack.messages.proposed_channels import channel_texts
from bot.slack.messages.proposed_rules import agreement_refused, rule_texts
from bot.slack.messages.translator import Translator
from bot.slack.messages.usage import usage


@dataclass(frozen=True, slots=True)
class ProposalTexts:
    """What a kind of proposal says: safe mrkdwn, but for the plain title and labels.

    `what` is said while it waits, `decided` once it does not; `to_asker` is what the
    asker is told then, in the channel `asker_channel`, where that is not on the card.
    """

    title: str
    what: str
    agree: str
    decline: str
    decided: str
    asker_channel: str = ""
    to_asker: str = ""


def _texts_of_channel(t: Translator, proposal: Proposal) -> ProposalTexts:
    texts = channel_texts(t, proposal)
    return ProposalTexts(
        title=texts.title,
        what=texts.what,
        agree=t.gettext("Let it in"),
        decline=t.gettext("Refuse"),
        decided=texts.decided,
        asker_channel=proposal.about,
        to_asker=texts.to_asker,
    )


def _texts_of_rule(t: Translator, proposal: Proposal) -> ProposalTexts:
    texts = rule_texts(t, proposal)
    return ProposalTexts(
        title=texts.title,
        what=texts.what,
        agree=t.gettext("Agree"),
        decline=t.gettext("Refuse"),
        decided=texts.decided,
        asker_channel=proposal.place.channel,
        to_asker=texts.to_asker,
    )


_Draw = Callable[[Translator, Proposal], ProposalTexts]
_TEXTS: Final[Mapping[ProposalKind, _Draw]] = MappingProxyType(
    {
        ProposalKind.LET_IN: _texts_of_channel,
        ProposalKind.RULE: _texts_of_rule,
    }
)


def proposal_card(t: Translator, proposal: Proposal) -> Message:
    """Draw the card: with its buttons while it waits, and how it was decided then."""
    texts = _TEXTS[proposal.kind](t, proposal)
    if proposal.state is not ProposalState.PENDING:
        return Message(texts.decided, (header(texts.title), section(texts.decided)))
    until = t.gettext("*Decide until:* {until}", until=at(proposal.expires_at))
    buttons = ActionsBlock(
        block_id=PROPOSAL_BLOCK,
        elements=[
            ButtonElement(
                text=button_label(texts.agree),
                action_id=AGREE,
                value=proposal.id,
                style="primary",
            ),
            ButtonElement(
                text=button_label(texts.decline), action_id=DECLINE, value=proposal.id
            ),
        ],
    )
    what = section(f"{texts.what}\n{until}")
    return Message(texts.what, (header(texts.title), what, buttons))


def proposal_title(t: Translator, proposal: Proposal) -> str:
    """Return the headline of its card, as plain text."""
    return _TEXTS[proposal.kind](t, proposal).title


def told_asker(t: Translator, proposal: Proposal) -> tuple[str, Message] | None:
    """Return the channel and the message in which the asker is told of the decision."""
    texts = _TEXTS[proposal.kind](t, proposal)
    if not texts.to_asker:
        return None
    return texts.asker_channel, note(texts.to_asker)


def proposal_reply(t: Translator, outcome: ProposalOutcome) -> Message | None:
    """Draw the reply to the one who pressed; None where the card is the reply."""
    match outcome:
        case ProposalDecided():
            return None
        case ProposalClosed():
            return note(_closed(t, outcome.proposal))
        case NotAllowed():
            return not_allowed(t, outcome)
        case AgreementRefused():
            return note(agreement_refused(t, outcome))
        case Usage():
            return usage(t, outcome)
    assert_never(outcome)


def _closed(t: Translator, proposal: Proposal) -> str:
    if proposal.decided_by is None or proposal.decided_at is None:
        return t.gettext(
            "This card is over, {time}. Your click did nothing.",
            time=at(proposal.decided_at or proposal.expires_at),
        )
    return t.gettext(
        "{who} decided this already, {time}. Your click did nothing.",
        who=mention(t, proposal.decided_by),
        time=at(proposal.decided_at),
    )
