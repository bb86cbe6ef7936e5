"""The log lines of answers: who was answered what, by its stable code."""

import logging
from typing import Final

from bot.domain.log_fields import LogFields, log_fields, request_fields
from bot.domain.outcome_codes import outcome_code
from bot.domain.outcomes import (
    ClickOutcome,
    CommandOutcome,
    ConfirmationNeeded,
)
from bot.domain.requests import Asker, Person, Request

_log: Final = logging.getLogger("bot.service")


def log_answer(answer: CommandOutcome, asker: Asker) -> None:
    """Log what a command is answered with."""
    code, who = outcome_code(answer), asker.person.user_id
    fields: LogFields = {}
    if isinstance(answer, ConfirmationNeeded):
        fields = request_fields(answer.request)
    with log_fields(fields, user=who, outcome=code):
        _log.info("command of %s in %s: %s", who, asker.place.channel, code)


def log_click(outcome: ClickOutcome, request_id: str, person: Person) -> ClickOutcome:
    """Log what a press has done, and return it."""
    code = outcome_code(outcome)
    fields: LogFields = {}
    request = getattr(outcome, "request", None)
    if isinstance(request, Request):
        fields = request_fields(request)
    with log_fields(fields, user=person.user_id, outcome=code):
        _log.info("request %s, click of %s: %s", request_id, person.user_id, code)
    return outcome
