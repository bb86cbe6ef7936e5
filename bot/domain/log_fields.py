"""Log fields: what the lines of one request have in common, beside their text.

A field is bound for a block of code and for everything that is called or started in
it, so that each line of a request carries its id, whichever package writes the line.
`bot/logs.py` writes the fields.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, TypedDict, Unpack

from bot.domain.operations import Operation
from bot.domain.requests import Request


class LogFields(TypedDict, total=False):
    """The names and types of the fields; operators search and alert by them."""

    event: str
    request: str
    operation: str
    verb: str
    target: str
    channel: str
    user: str
    attempt: int
    outcome: str
    status: int
    milliseconds: int
    correlation: str | None


_BOUND: Final = ContextVar[LogFields]("log_fields", default=LogFields())  # noqa: B039 - it is never changed, a new one is set


@contextmanager
def log_fields(
    known: LogFields | None = None, /, **fields: Unpack[LogFields]
) -> Iterator[None]:
    """Bind fields to every log line of the block, beside those bound around it."""
    token = _BOUND.set({**_BOUND.get(), **(known or {}), **fields})
    try:
        yield
    finally:
        _BOUND.reset(token)


def bound_fields() -> LogFields:
    """Return the fields of a line that is logged here."""
    return _BOUND.get()


def request_fields(request: Request) -> LogFields:
    """Return the fields of every line about a request."""
    fields: LogFields = {
        "request": request.id,
        "verb": request.change.verb.value,
        "target": str(request.snapshot.ref.target),
        "channel": request.place.channel,
    }
    if request.decided_by is not None:
        fields["user"] = request.decided_by
    return fields


def operation_fields(operation: Operation) -> LogFields:
    """Return the fields of every line about an operation."""
    return {
        "request": operation.request_id or operation.plan_id or operation.id,
        "operation": operation.id,
        "verb": operation.change.verb.value,
        "target": str(operation.ref.target),
        "user": operation.authorised_by,
    }
