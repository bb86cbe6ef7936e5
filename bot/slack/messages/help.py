"""Help text: how to use the bot."""

from collections.abc import Sequence
from typing import Final

from bot.domain.requests import Alias
from bot.slack.ids import BOT_NAME, COMMAND
from bot.slack.messages.blocks import Message, bullets, context, header, section
from bot.slack.messages.escape import code, cut
from bot.slack.messages.phrases import alias_name, command
from bot.slack.messages.translator import Translator
from bot.slack.messages.verbs import VERB_TEXTS

_ALIAS_LENGTH: Final = 40
_MOST_ALIASES: Final = 6
_EXAMPLE: Final = "mail"
_WORDS_LENGTH: Final = 100
# What the example of the verb Set leads to.
_SHARE: Final = 40.0
# What else is listed beside status and the verbs.
_OTHERS: Final = ("ramp", "history", "alias", "subscribe", "rules", "lock", "language")
_ADD: Final = ("alias", "add", _EXAMPLE, "9NBLGGH4R315")


def guide(t: Translator, aliases: Sequence[Alias]) -> Message:
    """Explain the bot, with examples that use this channel's own aliases."""
    app = cut(aliases[0].name, _ALIAS_LENGTH) if aliases else _EXAMPLE
    words = code(", ".join(("status", *VERB_TEXTS, *_OTHERS)), _WORDS_LENGTH)
    in_thread = code(f"@{BOT_NAME} status {app}")
    return Message(
        t.gettext("How to use {command}: {words}.", command=code(COMMAND), words=words),
        (
            header(t.gettext("Control Microsoft Store rollouts from here")),
            section(
                t.gettext(
                    "Every change shows a card first; nothing is sent to the Store "
                    "before somebody presses its button."
                )
            ),
            bullets(_examples(t, app)),
            section(_alias_lines(t, aliases)),
            context(
                t.gettext(
                    "In a thread, where Slack knows no commands, mention me instead: "
                    "{mention}.",
                    mention=in_thread,
                )
            ),
        ),
    )


def _examples(t: Translator, app: str) -> tuple[str, ...]:
    changes, share = [], t.percent(_SHARE)
    for verb, texts in VERB_TEXTS.items():
        reason = (t.gettext(texts.example_reason),) if texts.example_reason else ()
        example = command(verb, app, *texts.example, *reason)
        changes.append(t.gettext(texts.guide, command=example, percentage=share))
    return (
        t.gettext(
            "{command} – how all apps of this channel stand", command=command("status")
        ),
        *changes,
        t.gettext(
            "{command} – raise it by itself, a step each working day, once its card is "
            "confirmed; {list} shows how ramps stand",
            command=command("ramp", app, "10 25 50 100"),
            list=command("ramp"),
        ),
        t.gettext(
            "{command} – a card for each rollout in progress here; several apps may be "
            "named too",
            command=command("halt", "all"),
        ),
        t.gettext(
            "{command} – who did what, when and why", command=command("history", app)
        ),
        t.gettext(
            "{command} – name an app for this channel, which then controls and follows "
            "it; where another channel does, the people there are asked",
            command=command(*_ADD),
        ),
        t.gettext(
            "{command} – name one of its flights",
            command=command(*_ADD, "flight", "NAME"),
        ),
        t.gettext(
            "{command} – be told what changes in its rollouts; {attention} tells only "
            "when a person is needed",
            command=command("subscribe", app),
            attention=command("subscribe", app, "attention"),
        ),
        t.gettext(
            "{list} – what this channel is told; {end} ends it",
            list=command("subscribe"),
            end=command("unsubscribe", app),
        ),
        t.gettext(
            "{command} – who may confirm, what needs a second person, and how to "
            "change that",
            command=command("rules", app),
        ),
        t.gettext(
            "{command} – nobody can finalize or set it until then; a halt stays "
            "possible. {unlock} lifts it, {list} lists them",
            command=command("lock", app, "until Mon 08:00 code freeze"),
            unlock=command("unlock", app),
            list=command("locks"),
        ),
        t.gettext(
            "{command} – in which language messages in this channel are",
            command=command("language"),
        ),
        t.gettext(
            "{list} and {remove}",
            list=command("alias", "list"),
            remove=command("alias", "remove", app),
        ),
    )


def _alias_lines(t: Translator, aliases: Sequence[Alias]) -> str:
    if not aliases:
        return t.gettext(
            "This channel has no alias yet. Add the first one: {command}",
            command=command(*_ADD),
        )
    shown = [
        f"{code(a.name, _ALIAS_LENGTH)} – {alias_name(t, a)}"
        for a in aliases[:_MOST_ALIASES]
    ]
    hidden = len(aliases) - _MOST_ALIASES
    if hidden > 0:
        more = t.ngettext(
            "… and {count} more: {command}",
            "… and {count} more: {command}",
            hidden,
            command=command("alias list"),
        )
        shown.append(more)
    return "\n".join((t.gettext("*Aliases of this channel*"), *shown))
