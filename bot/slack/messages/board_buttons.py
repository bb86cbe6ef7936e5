"""The buttons under a rollout: each makes the card, or opens the form of one."""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final

from slack_sdk.models.blocks import ActionsBlock, ButtonElement

from bot.domain.submissions import Target
from bot.domain.verbs import Verb
from bot.slack.ids import BOARD_ACTION, BOARD_BLOCK, target_value
from bot.slack.messages.blocks import button_label
from bot.slack.messages.translator import N_, Translator

_LABELS: Final[Mapping[Verb, str]] = MappingProxyType(
    {Verb.HALT: N_("Halt…"), Verb.SET: N_("Set…"), Verb.FINALIZE: N_("Finalize…")}
)


def board_buttons(
    t: Translator, target: Target, verbs: Collection[Verb]
) -> ActionsBlock:
    """Draw a button for each of the verbs, always in the same order."""
    buttons = [board_button(t, target, verb) for verb in _LABELS if verb in verbs]
    return ActionsBlock(block_id=BOARD_BLOCK, elements=buttons)


def board_button(t: Translator, target: Target, verb: Verb) -> ButtonElement:
    """Draw the button of one verb."""
    label = _LABELS[verb]
    return ButtonElement(
        text=button_label(t.gettext(label)),
        action_id=f"{BOARD_ACTION}{verb.value}",
        value=target_value(target),
        style="danger" if verb is Verb.HALT else None,
    )
