"""Usage: what a command text lacks, or names that is not known."""

from dataclasses import dataclass
from enum import StrEnum


class Misuse(StrEnum):
    """What a command text lacks, or has too much of."""

    UNKNOWN_VERB = "unknown_verb"
    NO_WAY_BACK = "no_way_back"
    NO_PAUSE = "no_pause"
    NO_ROLLBACK = "no_rollback"
    NO_APP = "no_app"
    WHICH_APP = "which_app"
    ALL_OR_SOME = "all_or_some"
    NAME_EACH = "name_each"
    TOO_MANY_APPS = "too_many_apps"
    TAKEN_AS_REASON = "taken_as_reason"
    UNKNOWN_FLIGHT = "unknown_flight"
    NO_PERCENTAGE = "no_percentage"
    BAD_PERCENTAGE = "bad_percentage"
    ZERO_PERCENT = "zero_percent"
    OVER_100_PERCENT = "over_100_percent"
    ALIAS_SYNTAX = "alias_syntax"
    BAD_ALIAS_NAME = "bad_alias_name"
    RESERVED_ALIAS_NAME = "reserved_alias_name"
    BAD_STORE_ID = "bad_store_id"
    ALIAS_TAKEN = "alias_taken"
    TOO_MANY_ALIASES = "too_many_aliases"
    NO_SUCH_CARD = "no_such_card"
    SUBSCRIBE_SYNTAX = "subscribe_syntax"
    UNSUBSCRIBE_PART = "unsubscribe_part"
    BAD_MENTION = "bad_mention"
    TOO_MANY_SUBSCRIPTIONS = "too_many_subscriptions"
    LOCK_SYNTAX = "lock_syntax"
    NO_LOCK_REASON = "no_lock_reason"
    BAD_LOCK_TIME = "bad_lock_time"
    BAD_LOCK_WINDOW = "bad_lock_window"
    EMPTY_LOCK_WINDOW = "empty_lock_window"
    LOCK_OVER = "lock_over"
    LOCK_TOO_LONG = "lock_too_long"
    TWO_LOCK_TIMES = "two_lock_times"
    UNKNOWN_ZONE = "unknown_zone"
    NO_UNLOCK_REASON = "no_unlock_reason"
    UNKNOWN_LANGUAGE = "unknown_language"


@dataclass(frozen=True, slots=True)
class Usage:
    """The command was not understood: `word` is the trouble, `hint` what was meant.

    `rest` are the other words that the answer shows, or that a new command needs.
    """

    misuse: Misuse
    word: str = ""
    hint: str | None = None
    rest: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UnknownAlias:
    """The channel has no such alias; `known` lists the nearest ones, best first.

    `command` is the command with the one alias put in that may be meant.
    """

    name: str
    known: tuple[str, ...] = ()
    near: bool = False
    command: str | None = None
