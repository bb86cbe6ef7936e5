"""What waits for one person on the Home tab: held ramps, and cards."""

from collections.abc import Mapping
from typing import Final

from slack_sdk.models.blocks import Block

from bot.domain.app_names import ResolvedTarget
from bot.domain.home import HomeContent
from bot.domain.plans import Plan
from bot.domain.proposals import Proposal
from bot.domain.requests import Request
from bot.slack.messages.blocks import context, header, section
from bot.slack.messages.card_texts import asked_for
from bot.slack.messages.escape import channel, escape, link, mention
from bot.slack.messages.phrases import at, command, name, state, target_name
from bot.slack.messages.proposals import proposal_title
from bot.slack.messages.ramp_phrases import standing
from bot.slack.messages.translator import Translator

MOST_WAITING: Final = 15


def waiting_cards(
    t: Translator, content: HomeContent, links: Mapping[str, str]
) -> tuple[Block, ...]:
    """Draw what waits; `links` are the addresses of the cards by the ids of both."""
    cards = (
        *(_held_ramp(t, one) for one in content.held),
        *(_card(t, one, links) for one in content.waiting),
        *(_proposal(t, one, links) for one in content.proposals),
    )
    title = header(t.gettext("Waiting for me"))
    if not cards:
        return title, section(t.gettext("No card waits for you."))
    shown = map(section, cards[:MOST_WAITING])
    hidden = len(cards) - MOST_WAITING
    if hidden <= 0:
        return title, *shown
    more = t.ngettext("… and {count} more.", "… and {count} more.", hidden)
    return title, *shown, context(more)


def _held_ramp(t: Translator, plan: Plan) -> str:
    app = target_name(t, plan.ref.target, plan.app_name, plan.flight_name)
    what = t.gettext(
        "*Ramp of {app}*, at {percentage}",
        app=app,
        percentage=t.percent(plan.percentage),
    )
    word = ResolvedTarget(plan.ref.target, plan.alias).word
    facts = (channel(plan.place.channel), command("ramp", word))
    return "\n".join((what, " · ".join((standing(t, plan), *facts))))


def _card(t: Translator, request: Request, links: Mapping[str, str]) -> str:
    rollout = state(t, request.snapshot.rollout)
    what = t.gettext(
        "*{change}*: {app}",
        change=asked_for(t, request),
        app=f"{name(t, request.snapshot)} ({rollout})",
    )
    needs = (t.gettext("needs one more person"),) if request.needs_another else ()
    return _lines(t, what, request, links, *needs)


def _proposal(t: Translator, proposal: Proposal, links: Mapping[str, str]) -> str:
    what = f"*{escape(proposal_title(t, proposal))}*"
    return _lines(t, what, proposal, links)


def _lines(
    t: Translator,
    what: str,
    one: Request | Proposal,
    links: Mapping[str, str],
    *needs: str,
) -> str:
    """Show one card on two lines: what is asked for, by whom, where and how long."""
    facts = [
        t.gettext("asked by {who}", who=mention(t, one.asked_by)),
        channel(one.place.channel),
        *needs,
        t.gettext("until {time}", time=at(one.expires_at)),
    ]
    if address := links.get(one.id):
        facts.append(link(address, t.gettext("Open the card")))
    return f"{what}\n{' · '.join(facts)}"
