"""Answers about several apps: the choice of one, and what got no card."""

from typing import Final, assert_never

from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement

from bot.domain.outcomes import LeftOut, NothingToConfirm
from bot.domain.results import AlreadyDone, Refused, Unavailable
from bot.domain.usage import Usage
from bot.domain.verbs import Phase, Verb
from bot.slack.ids import CHOICE_BLOCK, CHOOSE, MOST_VALUE
from bot.slack.messages.blocks import Message, button_label, context, section
from bot.slack.messages.escape import code
from bot.slack.messages.failures import failure_text
from bot.slack.messages.limits import MOST_JSON
from bot.slack.messages.phrases import command, some_of, state
from bot.slack.messages.refusals import refusal_text
from bot.slack.messages.translator import Translator

# https://docs.slack.dev/reference/block-kit/blocks/actions-block
_MOST_BUTTONS: Final = 25
# All values together leave the words of the message their place in it.
_MOST_VALUES: Final = MOST_JSON // 4
_MOST_NAMES: Final = 15
_ID_LENGTH: Final = 40


def which_app(t: Translator, wrong: Usage) -> Message:
    """Ask which app is meant, with a button for each alias.

    A button has the whole command as its value: pressing it is typing that.
    """
    names = (wrong.hint or "").split()
    if not names:
        text = t.gettext("Which app? This channel has none yet.")
        return Message(text, (section(text),))
    shown = some_of(t, [code(name, _ID_LENGTH) for name in names], _MOST_NAMES)
    text = t.gettext("Which app? This channel has {names}.", names=shown)
    most = min(MOST_VALUE, _MOST_VALUES // min(len(names), _MOST_BUTTONS))
    buttons = [
        ButtonElement(
            text=button_label(name),
            action_id=f"{CHOOSE}{number}",
            value=" ".join((wrong.word, name, *wrong.rest))[:most],
        )
        for number, name in enumerate(names[:_MOST_BUTTONS])
    ]
    blocks: list[Block] = [
        section(text),
        ActionsBlock(block_id=CHOICE_BLOCK, elements=buttons),
        context(_what_a_button_does(t, wrong.word)),
    ]
    others = [code(name, _ID_LENGTH) for name in names[_MOST_BUTTONS:]]
    if others:
        more = t.gettext(
            "Without a button: {names}. Type {command}.",
            names=t.listed(others),
            command=command(wrong.word, "APP", *wrong.rest),
        )
        blocks.append(context(more))
    return Message(text, tuple(blocks))


def _what_a_button_does(t: Translator, verb: str) -> str:
    typed = command(verb, "APP")
    if verb in set(Verb):
        return t.gettext(
            "A button is {command}: it posts a card, and changes nothing yet.",
            command=typed,
        )
    return t.gettext("A button is {command}.", command=typed)


def left_out(t: Translator, answer: LeftOut) -> Message:
    """List the apps of `all` that got no card, and why."""
    unread = any(isinstance(one.result, Unavailable) for one in answer.apps)
    going = any(
        one.snapshot is not None and one.snapshot.rollout.phase is Phase.IN_PROGRESS
        for one in answer.apps
    )
    if answer.cards or unread or going:
        text = t.gettext("No card for these apps, and nothing was changed:")
    else:
        text = t.gettext("No rollout is in progress in this channel, so no card:")
    lines = [f"• {_why(t, one)}" for one in answer.apps]
    text = "\n".join((text, *lines))
    return Message(text, (section(text),))


def _why(t: Translator, one: NothingToConfirm) -> str:
    app, result = code(one.alias or one.target.app_id, _ID_LENGTH), one.result
    match result:
        case Unavailable():
            return t.gettext(
                "{app} could not be read, and may still be rolling out: {failure}",
                app=app,
                failure=failure_text(t, result.detail),
            )
        case AlreadyDone(rollout):
            return t.gettext("{app}: {state}", app=app, state=state(t, rollout))
        case Refused() if one.snapshot is not None:
            standing = state(t, one.snapshot.rollout)
            return t.gettext("{app}: {state}", app=app, state=standing)
        case Refused():
            why = refusal_text(t, result)
            return t.gettext("{app}: {reason}", app=app, reason=why)
    assert_never(result)
