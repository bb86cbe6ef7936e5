"""The form of a rule: it is opened, what is typed into it, and it is submitted."""

import asyncio
import logging
from typing import Any, Final

from slack_bolt.async_app import AsyncAck

from bot.domain.directory import LookupFailed
from bot.domain.log_fields import log_fields
from bot.domain.rule_outcomes import NotLookedUp, RuleForm, RuleProblem
from bot.domain.rules import Rule
from bot.domain.usage import Misuse, Usage
from bot.slack.ids import PEOPLE_BLOCK
from bot.slack.inbound.fields import text_in
from bot.slack.inbound.payloads import read_click
from bot.slack.inbound.rule_payloads import (
    RulePress,
    RuleSubmission,
    read_rule_form,
    read_rule_press,
)
from bot.slack.listeners.context import ListenerContext
from bot.slack.listeners.errors import report
from bot.slack.listeners.following import follow_up
from bot.slack.listeners.opening import open_form
from bot.slack.listeners.replying import is_first
from bot.slack.messages.forms import (
    answered_directly,
    form_not_taken,
)
from bot.slack.messages.replies import answer_message
from bot.slack.messages.rule_answers import proposed_rule
from bot.slack.messages.rule_forms import (
    form_not_read,
    group_options,
    rule_form,
    rule_form_not_opened,
)
from bot.slack.messages.rule_problems import not_proposed, problem_at_field
from bot.slack.outbox.ephemeral import Reply

# A form, and a select, are answered within three seconds.
_LOOKUP_SECONDS: Final = 2.0
_TIMEOUT: Final = "timeout"

_log = logging.getLogger("bot.slack")


async def on_change_rule(
    ack: AsyncAck, body: dict[str, Any], *, context: ListenerContext
) -> None:
    """Ack the press and hand it over: it opens the form."""
    await ack()
    click = read_click(body, context.identity.workspace)
    if click is None:
        _log.warning("a press without person, channel or message is dropped")
        return
    press = read_rule_press(body, context.identity.workspace)
    if press is not None:
        await follow_up(press, _open_form, context)
        return
    reply = context.ephemeral.reply_to(click.place, click.person, click.response_url)
    unknown = Usage(Misuse.NO_SUCH_CARD)
    await reply(answer_message(context.translator_for(click), unknown))


async def on_group_typed(
    ack: AsyncAck, body: dict[str, Any], *, context: ListenerContext
) -> None:
    """Offer the user groups that are like what was typed; none where Slack has none."""
    workspace = context.identity.workspace
    try:
        async with asyncio.timeout(_LOOKUP_SECONDS):
            groups = await context.service.rules.groups_like(
                workspace, text_in(body, "value")
            )
    except (LookupFailed, TimeoutError) as reason:
        _log.warning("the user groups are not read: %s", reason or _TIMEOUT)
        groups = ()
    await ack(options=[option.to_dict() for option in group_options(groups)])


async def on_rule_form(
    ack: AsyncAck, body: dict[str, Any], *, context: ListenerContext
) -> None:
    """Close a form that can be proposed; elsewhere it stays open, with an error.

    Slack is asked for the people before the ack, so that what was chosen is not lost.
    """
    form = read_rule_form(body, context.identity.workspace)
    t = context.translator_for(form)
    if form is None:
        _log.warning("a form without person, channel or rule is refused")
        await _refuse(ack, PEOPLE_BLOCK, form_not_read(t))
        return
    problem = await _problem(form.place.workspace, form.rule, context)
    if problem is not None:
        await _refuse(ack, *problem_at_field(t, problem))
    elif context.tasks.spawn(_propose(form, context)):
        await ack()
    else:
        await _refuse(ack, PEOPLE_BLOCK, form_not_taken(t))


async def _open_form(press: RulePress, context: ListenerContext, reply: Reply) -> None:
    t = context.translator_for(press)
    with log_fields(channel=press.place.channel, user=press.person.user_id):
        try:
            if not await is_first(press, context):
                return
            person = await context.organisation.resolve(press.person)
            found = await context.service.rules.form(press.target, press.place, person)
            if isinstance(found, RuleForm):
                await _open(found, press, context, reply)
            elif isinstance(found, NotLookedUp):
                await reply(not_proposed(t, found))
            else:
                await reply(answer_message(t, found))
                await context.proposals.show_due()
        except Exception as error:  # noqa: BLE001 - the outermost boundary of a press
            await report(t, error, reply)


async def _open(
    form: RuleForm, press: RulePress, context: ListenerContext, reply: Reply
) -> None:
    t, place = context.translator_for(press), press.place
    view = rule_form(t, place.channel, form)
    refused = await open_form(view, place.workspace, press.trigger_id, context)
    if refused is not None:
        _log.warning("the form of a rule is not opened: %s", refused)
        await reply(rule_form_not_opened(t))


async def _problem(
    workspace: str, rule: Rule | None, context: ListenerContext
) -> RuleProblem | None:
    if rule is None:
        return None
    try:
        async with asyncio.timeout(_LOOKUP_SECONDS):
            return await context.service.rules.changes.problem(workspace, rule)
    except TimeoutError:
        return NotLookedUp(_TIMEOUT, group=bool(rule.groups))


async def _propose(form: RuleSubmission, context: ListenerContext) -> None:
    t = context.translator_for(form)
    reply = context.ephemeral.reply_or_direct(
        form.place,
        form.person,
        lambda message: answered_directly(t, form.place.channel, message),
    )
    with log_fields(channel=form.place.channel, user=form.person.user_id):
        try:
            if not await is_first(form, context):
                return
            person = await context.organisation.resolve(form.person)
            answer = await context.service.rules.propose(
                form.target, form.version, form.rule, form.place, person
            )
            message = proposed_rule(t, answer)
            if message is not None:
                await reply(message)
            await context.proposals.show_due()
        except Exception as error:  # noqa: BLE001 - the outermost boundary of a form
            await report(t, error, reply)


async def _refuse(ack: AsyncAck, block_id: str, error: str) -> None:
    await ack(response_action="errors", errors={block_id: error})
