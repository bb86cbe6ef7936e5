"""Words of the commands: what is taken for which command, and what is near to one."""

from collections.abc import Iterable
from itertools import groupby
from typing import Final

from bot.domain.usage import Misuse
from bot.domain.verbs import VERBS, Verb

QUOTES: Final = "\"'`´“”„‟‘’‚‛«»‹›"
COMMAS: Final = ",;/，、；"
# What stands between the names of several apps.
JOINERS: Final = frozenset({"and", "&", "+", "und", "et", "и", "和", *COMMAS})
# In the place of an app: every alias of the channel whose rollout is in progress.
ALL: Final = frozenset(
    [
        "all",
        "everything",
        "*",
        "alle",
        "alles",
        "tout",
        "tous",
        "все",
        "всё",
        "全部",
        "所有",
    ]
)
_STRAIGHT: Final = str.maketrans("‘’‛´`", "'" * 5)

# The words of each verb: its name, and what plainly means it. A card asks anyway.
VERB_WORDS: Final = {
    word: verb for verb, rule in VERBS.items() for word in (verb.value, *rule.synonyms)
}
# An alias with such a name would be read as a part of the command. Those that were
# added by an earlier version still stand before the word.
RESERVED: Final = frozenset({*ALL, *VERB_WORDS, *JOINERS})
HELP: Final = frozenset(
    [
        "help",
        "?",
        "-h",
        "--help",
        "/?",
        "hilfe",
        "aide",
        "ayuda",
        "ajuda",
        "aiuto",
        "hulp",
        "hjälp",
        "pomoc",
        "помощь",
        "справка",
        "帮助",
        "幫助",
        "ヘルプ",
        "도움말",
    ]
)
# What may stand before a command: kind words, and the command when it is pasted whole.
SKIPPED: Final = frozenset({"please", "pls", "bitte", "/rollout", "rollout"})
VERSION: Final = frozenset({"version", "-v", "--version"})
HARMLESS: Final = (
    "help",
    "status",
    "history",
    "alias",
    "version",
    "subscribe",
    "unsubscribe",
    "rules",
    "lock",
    "unlock",
    "locks",
    "language",
    "ramp",
    Verb.SET.value,
)

# What people type when they mean one of ours: answered with the right command. None of
# these leads to what ends a rollout or deletes something, and none acts by itself.
MEANT: Final = {
    "percent": "set",
    "percentage": "set",
    "update": "set",
    "change": "set",
    "raise": "set",
    "increase": "set",
    "state": "status",
    "show": "status",
    "info": "status",
    "get": "status",
    "aliases": "alias list",
    "list": "alias list",
    "apps": "alias list",
    "add": "alias add",
    "log": "history",
    "audit": "history",
    "notify": "subscribe",
    "unmute": "subscribe",
    "subscriptions": "subscribe",
    "notifications": "subscribe",
    "mute": "unsubscribe",
    "policy": "rules",
    "policies": "rules",
    "approvers": "rules",
    "permissions": "rules",
    "freeze": "lock",
    "unfreeze": "unlock",
    "plan": "ramp",
    "plans": "ramp",
    "schedule": "ramp",
}
# What people hope for, and the Store does not have.
IMPOSSIBLE: Final = {
    **dict.fromkeys(("pause", "hold", "suspend"), Misuse.NO_PAUSE),
    **dict.fromkeys(("rollback", "roll-back", "revert"), Misuse.NO_ROLLBACK),
    **dict.fromkeys(
        ("resume", "undo", "unhalt", "un-halt", "restart", "continue"),
        Misuse.NO_WAY_BACK,
    ),
}
PUNCTUATION: Final = ".,:;!"
# How alike a word must be to be taken for a slip; `start` is not one of `status`.
NEAR: Final = 0.8
# In a word of so few letters a missing one makes too many other words.
_SHORT: Final = 3


def fold(text: str) -> str:
    """Fold what a phone's keyboard changes: case, blanks, and the kind of quotes."""
    words = (word.strip(QUOTES) for word in text.casefold().split())
    return " ".join(filter(None, words)).translate(_STRAIGHT)


def slip(typed: str, words: Iterable[str]) -> str | None:
    """Return the word whose letters these are: swapped, doubled, or all but one.

    The first letter is the same: `post` is not a slip of `stop`.
    """
    for word in words:
        if typed[:1] != word[:1]:
            continue
        swapped = sorted(typed) == sorted(word)
        doubled = _single(typed) == _single(word)
        shorter = (word[:at] + word[at + 1 :] for at in range(1, len(word)))
        if swapped or doubled or (len(word) > _SHORT and typed in shorter):
            return word
    return None


def _single(word: str) -> str:
    return "".join(letter for letter, _ in groupby(word))
