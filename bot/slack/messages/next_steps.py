"""What is to be done once a change is made."""

from typing import Final, assert_never

from bot.domain.requests import Request
from bot.domain.verbs import Verb
from bot.slack.messages.phrases import app_word, command

_FULL: Final = 100
_KEPT: Final = (
    "Customers who already have the new packages keep them; all others get those of "
    "the submission before."
)
_FIX: Final = (
    "To ship a fix, submit packages with a *higher version number*. The next "
    "submission is a clone of the halted one: replace its packages."
)
_ALL_GET_IT: Final = (
    "All customers get these packages now, and the next submission can be made."
)
_AFTER_HALT: Final = (_KEPT, _FIX)


def after(request: Request) -> tuple[str, ...]:
    """Say what to do once the change is made."""
    change = request.change
    match change.verb:
        case Verb.HALT:
            return _AFTER_HALT
        case Verb.FINALIZE:
            return (_ALL_GET_IT,)
        case Verb.SET:
            finalize = command("finalize", app_word(request))
            open_still = (
                "The rollout is open and blocks the next submission until it is "
                f"finalized or halted. When you are sure: {finalize}."
            )
            if (change.percentage or 0) >= _FULL:
                return (f"100 % is *not finalized*. {open_still}",)
            return (open_still,)
    assert_never(change.verb)
