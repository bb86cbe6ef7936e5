"""What is wrong with a command about locks, and how it is typed."""

from typing import Final, Literal, assert_never

from bot.domain.usage import Misuse, Usage
from bot.slack.messages.escape import code, mention
from bot.slack.messages.phrases import command, some_of
from bot.slack.messages.translator import Translator

_WORD_LENGTH: Final = 60
_MOST_PEOPLE: Final = 5
_END: Final = "until Mon 08:00"
_WINDOW: Final = "every fri 16:00 - mon 08:00"

LockMisuse = Literal[
    Misuse.LOCK_SYNTAX,
    Misuse.NO_LOCK_REASON,
    Misuse.BAD_LOCK_TIME,
    Misuse.BAD_LOCK_WINDOW,
    Misuse.EMPTY_LOCK_WINDOW,
    Misuse.LOCK_OVER,
    Misuse.LOCK_TOO_LONG,
    Misuse.TWO_LOCK_TIMES,
    Misuse.UNKNOWN_ZONE,
    Misuse.NO_UNLOCK_REASON,
]


def lock_misuse(t: Translator, wrong: Usage, misuse: LockMisuse) -> str:  # noqa: C901 - one arm each
    """Return what is wrong with a lock, and what to type."""
    word = code(wrong.word, _WORD_LENGTH)
    about = wrong.rest[0] if wrong.rest else "APP"
    example = command("lock", about, _END, "REASON")
    match misuse:
        case Misuse.LOCK_SYNTAX:
            return t.gettext(
                "A lock holds finalize and set of an app, or of all; never a halt. It "
                "always has a reason, and ends after 24 hours unless it says "
                "otherwise: {example}, {length}, {weekly}.",
                example=example,
                length=command("lock all for 3d REASON"),
                weekly=command("lock all", _WINDOW, "REASON"),
            )
        case Misuse.NO_LOCK_REASON:
            return t.gettext(
                "Why? A lock needs a reason, which is shown to everybody whom it keeps "
                "from finalize and set; the rollout itself goes on: {command}.",
                command=command("lock", wrong.word, "REASON"),
            )
        case Misuse.BAD_LOCK_TIME:
            return t.gettext(
                "I cannot read {word}, so nothing is locked. A lock ends after a time, "
                "such as `for 3d` or `for 2 hours`, or at one, such as `until 18:00`, "
                "`until Mon 08:00` or `until 2026-12-28 08:00`: {command}.",
                word=word,
                command=example,
            )
        case Misuse.BAD_LOCK_WINDOW:
            return t.gettext(
                "I cannot read {word}, so nothing is locked. A lock that comes back "
                "every week has two days and two times: {command}.",
                word=word,
                command=command("lock", about, _WINDOW, "REASON"),
            )
        case Misuse.EMPTY_LOCK_WINDOW:
            return t.gettext(
                "{word} begins and ends at the same time, so nothing is locked. To "
                "lock without a break, name an end: {command}.",
                word=word,
                command=command("lock", about, "for 7d REASON"),
            )
        case Misuse.LOCK_OVER:
            return t.gettext(
                "{word} is over already, so nothing is locked. Name an end that is "
                "still to come: {command}.",
                word=word,
                command=example,
            )
        case Misuse.LOCK_TOO_LONG:
            return t.gettext(
                "{word} is more than 90 days away, and a lock that long is forgotten: "
                "nothing is locked. Name an earlier end, and lock again then: "
                "{command}.",
                word=word,
                command=command("lock", about, "for 90d REASON"),
            )
        case Misuse.TWO_LOCK_TIMES:
            return t.gettext(
                "{word} names two times, so nothing is locked. A lock has an end, or "
                "comes back every week until somebody lifts it: {end} or {weekly}.",
                word=word,
                end=example,
                weekly=command("lock", about, _WINDOW, "REASON"),
            )
        case Misuse.UNKNOWN_ZONE:
            return t.gettext(
                "I do not know a time zone {word}, so nothing is locked. Write its "
                "IANA name, or leave it out for your own: {command}.",
                word=word,
                command=command("lock", about, _END, "zone Europe/Berlin REASON"),
            )
        case Misuse.NO_UNLOCK_REASON:
            people = some_of(t, [mention(t, one) for one in wrong.rest], _MOST_PEOPLE)
            return t.gettext(
                "{who} has locked this, not you, so it takes a reason to lift it, "
                "which they are told: {command}.",
                who=people,
                command=command("unlock", wrong.word, "REASON"),
            )
    assert_never(misuse)
