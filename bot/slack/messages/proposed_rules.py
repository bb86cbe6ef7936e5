"""The texts of a rule that is proposed: what it changes, and who may agree."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, assert_never

from bot.domain.proposals import Proposal, ProposalState
from bot.domain.requests import Alias
from bot.domain.rule_changes import RuleChange, rule_change_of
from bot.domain.rule_outcomes import AgreementRefused, RefusedBecause
from bot.domain.rules import Rule
from bot.slack.messages.escape import code, mention, plain
from bot.slack.messages.phrases import alias_name, at, command
from bot.slack.messages.rule_forms import REASONS, SECOND_PERSON, reasons_of
from bot.slack.messages.rules import approvers
from bot.slack.messages.translator import N_, Translator

# How a proposal ended: for an app, and for the default of the workspace.
_ENDS: Final[Mapping[ProposalState, tuple[str, str]]] = MappingProxyType(
    {
        ProposalState.AGREED: (
            N_("{who} agreed to the rule for {app} that {asker} proposed, {time}:"),
            N_(
                "{who} agreed to the default rule of the workspace that {asker} "
                "proposed, {time}:"
            ),
        ),
        ProposalState.DECLINED: (
            N_(
                "{who} refused the rule for {app} that {asker} proposed, {time}. "
                "Nothing was changed. Proposed was:"
            ),
            N_(
                "{who} refused the default rule of the workspace that {asker} "
                "proposed, {time}. Nothing was changed. Proposed was:"
            ),
        ),
        ProposalState.OUTDATED: (
            N_(
                "The rule for {app} has changed since {asker} proposed this, or this "
                "channel does not control it any more, so nothing was changed. "
                "{command} shows the rule now. Proposed was:"
            ),
            N_(
                "The default rule of the workspace has changed since {asker} proposed "
                "this, so nothing was changed. {command} shows the rule now. Proposed "
                "was:"
            ),
        ),
    }
)
_ALONE: Final = (
    N_("{who} changed the rule for {app} as an admin of the workspace, {time}:"),
    N_("{who} changed the default rule of the workspace as an admin, {time}:"),
)
_NOBODY: Final = (
    N_(
        "Nobody agreed before {time} to the rule for {app} that {asker} proposed. "
        "Nothing was changed. Proposed was:"
    ),
    N_(
        "Nobody agreed before {time} to the default rule of the workspace that {asker} "
        "proposed. Nothing was changed. Proposed was:"
    ),
)


@dataclass(frozen=True, slots=True)
class RuleTexts:
    """What is said of a rule that is proposed."""

    title: str
    what: str
    decided: str
    to_asker: str


def rule_texts(t: Translator, proposal: Proposal) -> RuleTexts:
    """Return the texts of its card, and what its proposer is told elsewhere."""
    change = rule_change_of(proposal)
    app = _app(t, proposal, change)
    changes = "\n".join(rule_differences(t, change.old, change.new, drops=change.drops))
    asks = _asks(t, mention(t, proposal.asked_by), app)
    who_may = t.gettext(
        "A second person has to agree, who may confirm by the rule now and by the new "
        "one; an admin or owner of the workspace can do it alone."
    )
    decided = _decided(t, proposal, app)
    target = proposal.target
    name = change.flight_name or change.app_name or (target.app_id if target else "")
    return RuleTexts(
        t.gettext("Change a rule? {app}", app=plain(name, 50))
        if target
        else t.gettext("Change the default rule?"),
        f"{asks}\n{changes}\n{who_may}",
        f"{decided}\n{changes}",
        _to_asker(t, proposal, app),
    )


def _asks(t: Translator, who: str, app: str | None) -> str:
    if app is None:
        return t.gettext(
            "{who} proposes another default rule of the workspace:", who=who
        )
    return t.gettext("{who} proposes another rule for {app}:", who=who, app=app)


def agreement_refused(t: Translator, refused: AgreementRefused) -> str:
    """Return why somebody may not decide, and who may."""
    rule = refused.rule
    match refused.why:
        case RefusedBecause.OWN_PROPOSAL:
            return t.gettext(
                "You proposed this rule, so a second person has to agree: {who}. An "
                "admin or owner of the workspace can, too.",
                who=_may_confirm(t, rule),
            )
        case RefusedBecause.NOT_LISTED_NOW:
            return t.gettext(
                "By the rule now you may not confirm, so you cannot change it. Who "
                "can: {who}, and the admins and owners of the workspace. You can halt "
                "as before.",
                who=_may_confirm(t, rule),
            )
        case RefusedBecause.NOT_LISTED_NEXT:
            return t.gettext(
                "By the new rule you could not confirm any more, so somebody has to "
                "agree who could: {who}, or an admin or owner of the workspace. You "
                "can halt as before.",
                who=_may_confirm(t, rule),
            )
        case RefusedBecause.LOOKUP_FAILED:
            return t.gettext(
                "Slack did not tell me who you are, or who is in a user group "
                "({code}), so nothing was decided. Please press again in a minute. "
                "Halting works meanwhile.",
                code=code(refused.code),
            )
        case RefusedBecause.UNFULFILLABLE:
            return t.gettext(
                "Too few people could fulfil this rule by now: somebody has left, or a "
                "user group has lost members. Please refuse it, and propose another."
            )
    assert_never(refused.why)


def _may_confirm(t: Translator, rule: Rule) -> str:
    if rule.everybody:
        return t.gettext("anybody in this channel, but guests from other companies")
    return approvers(t, rule)


def rule_differences(t: Translator, old: Rule, new: Rule, *, drops: bool) -> list[str]:
    """Return a line for each part that is another: how it is, and how it would be.

    The first one says that it `drops` the target's own rule.
    """
    dropped = t.gettext(
        "• Its own rule is dropped: that of its app holds, or the default of the "
        "workspace."
    )
    each = (
        (
            t.gettext("Who may confirm"),
            (old.people, old.groups) != (new.people, new.groups),
            _who(t, old),
            _who(t, new),
        ),
        (
            t.gettext("Finalize needs a second person"),
            old.finalize is not new.finalize,
            _label(t, SECOND_PERSON[old.finalize]),
            _label(t, SECOND_PERSON[new.finalize]),
        ),
        (
            t.gettext("Set needs a second person"),
            old.set is not new.set,
            _label(t, SECOND_PERSON[old.set]),
            _label(t, SECOND_PERSON[new.set]),
        ),
        (
            t.gettext("Reason"),
            old.reason_required is not new.reason_required,
            _label(t, REASONS[reasons_of(old)]),
            _label(t, REASONS[reasons_of(new)]),
        ),
    )
    lines = [
        t.gettext("• *{part}:* {old} → *{new}*", part=part, old=before, new=after)
        for part, is_other, before, after in each
        if is_other
    ]
    return [dropped, *lines] if drops else lines


def _label(t: Translator, label: str) -> str:
    return t.gettext(label)


def _who(t: Translator, rule: Rule) -> str:
    return t.gettext("everybody") if rule.everybody else approvers(t, rule)


def _app(t: Translator, proposal: Proposal, change: RuleChange) -> str | None:
    """Name what the rule is for; None for the default of the workspace."""
    target = proposal.target
    if target is None:
        return None
    alias = Alias("", target, change.app_name or "", change.flight_name)
    return f"*{alias_name(t, alias)}*"


def rule_agreed(t: Translator, app: str | None, who: str, asker: str, time: str) -> str:
    """Return who agreed to a rule; `app` is None for the default of the workspace."""
    of_app, of_all = _ALONE if who == asker else _ENDS[ProposalState.AGREED]
    sentence = of_all if app is None else of_app
    return t.gettext(sentence, who=who, app=app or "", asker=asker, time=time)


def _decided(t: Translator, proposal: Proposal, app: str | None) -> str:
    who, asker = mention(t, proposal.decided_by), mention(t, proposal.asked_by)
    time = at(proposal.decided_at or proposal.expires_at)
    if proposal.state is ProposalState.AGREED:
        return rule_agreed(t, app, who, asker, time)
    of_app, of_all = _ENDS.get(proposal.state, _NOBODY)
    sentence = of_all if app is None else of_app
    shown = command("rules")
    return t.gettext(
        sentence, who=who, app=app or "", asker=asker, time=time, command=shown
    )


def _to_asker(t: Translator, proposal: Proposal, app: str | None) -> str:
    """Return what the proposer is told where the card could not be posted."""
    if proposal.state is not ProposalState.UNDELIVERED:
        return ""
    who = mention(t, proposal.asked_by)
    if app is None:
        return t.gettext(
            "{who} I could not post the default rule of the workspace that you "
            "proposed, so nobody can agree to it. Invite me to the channel, and "
            "propose it again there.",
            who=who,
        )
    return t.gettext(
        "{who} I could not post the rule for {app} that you proposed, so nobody can "
        "agree to it. Invite me to the channel, and propose it again there.",
        who=who,
        app=app,
    )
