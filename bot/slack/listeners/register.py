"""Registration of the listeners on a Bolt app, for Socket Mode and HTTP alike."""

import re
from functools import partial
from typing import Final

from slack_bolt.async_app import AsyncApp

from bot.domain.ramp_commands import PlanAction
from bot.domain.verbs import Verb
from bot.service import RolloutService
from bot.slack.client.directory import SlackDirectory
from bot.slack.client.identity import Identity
from bot.slack.client.organisation import Organisation
from bot.slack.client.workspaces import WorkspaceClients
from bot.slack.ids import (
    AGREE,
    ALONE_FORM,
    BOARD_ACTION,
    CANCEL,
    CHANGE_RULE,
    CHOOSE,
    COMMAND,
    CONFIRM,
    DECLINE,
    GO_ON,
    RAMP_ACTION,
    RULE_FORM,
    RULE_GROUPS,
    SET_FORM,
)
from bot.slack.inbound.directory_payloads import DIRECTORY_EVENTS
from bot.slack.listeners.actions import on_click, on_other_action
from bot.slack.listeners.alone import on_alone_form
from bot.slack.listeners.board_actions import on_board_press
from bot.slack.listeners.commands import on_choice, on_command
from bot.slack.listeners.context import ListenerContext
from bot.slack.listeners.directory import on_directory_change
from bot.slack.listeners.errors import on_bolt_error
from bot.slack.listeners.events import on_mention, on_other_event
from bot.slack.listeners.home import on_home_opened
from bot.slack.listeners.proposal_actions import on_proposal_press
from bot.slack.listeners.ramp_actions import on_ramp_press
from bot.slack.listeners.rule_actions import (
    on_change_rule,
    on_group_typed,
    on_rule_form,
)
from bot.slack.listeners.tasks import BackgroundTasks
from bot.slack.listeners.views import on_set_form
from bot.slack.outbox.ephemeral import EphemeralReplies
from bot.slack.outbox.home import HomeTabs
from bot.slack.outbox.languages import Languages
from bot.slack.outbox.messenger import Messenger
from bot.slack.outbox.proposals import ProposalOutbox

_ANY: Final = re.compile(r"")


def register(  # noqa: PLR0913 - one part each, named by the composition root
    app: AsyncApp,
    *,
    clients: WorkspaceClients,
    identity: Identity,
    organisation: Organisation,
    directory: SlackDirectory,
    service: RolloutService,
    messenger: Messenger,
    home: HomeTabs,
    proposals: ProposalOutbox,
    tasks: BackgroundTasks,
    languages: Languages,
) -> None:
    """Bind everything that the bot listens to."""
    context = ListenerContext(
        service,
        clients,
        messenger,
        home,
        proposals,
        identity,
        organisation,
        directory,
        EphemeralReplies(clients),
        tasks,
        languages,
    )
    app.command(COMMAND)(partial(on_command, context=context))
    app.action(re.compile(f"^({CONFIRM}|{CANCEL})$"))(
        partial(on_click, context=context)
    )
    app.action(re.compile(f"^({AGREE}|{DECLINE})$"))(
        partial(on_proposal_press, context=context)
    )
    app.action(re.compile(f"^{CHOOSE}[0-9]+$"))(partial(on_choice, context=context))
    app.action(re.compile(f"^{BOARD_ACTION}({'|'.join(Verb)})$"))(
        partial(on_board_press, context=context)
    )
    app.action(re.compile(f"^({GO_ON}|{RAMP_ACTION}({'|'.join(PlanAction)}))$"))(
        partial(on_ramp_press, context=context)
    )
    app.action(CHANGE_RULE)(partial(on_change_rule, context=context))
    app.action(_ANY)(on_other_action)
    app.view(ALONE_FORM)(partial(on_alone_form, context=context))
    app.view(SET_FORM)(partial(on_set_form, context=context))
    app.view(RULE_FORM)(partial(on_rule_form, context=context))
    app.options(RULE_GROUPS)(partial(on_group_typed, context=context))
    app.event("app_mention")(partial(on_mention, context=context))
    app.event("app_home_opened")(partial(on_home_opened, context=context))
    for event in DIRECTORY_EVENTS:
        app.event(event)(partial(on_directory_change, context=context))
    app.event(_ANY)(on_other_event)
    app.error(partial(on_bolt_error, context=context))
