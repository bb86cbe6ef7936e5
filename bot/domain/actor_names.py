"""Names of the people who act, as Slack gives them along with what they do.

An event keeps the name of then, beside the id that stays. A name is known for as long
as the work goes on that a payload has brought; nobody is looked up for it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

# Longer than Slack allows.
_LONGEST: Final = 200

# The tasks that are begun for a payload share its names.
_NAMES: Final = ContextVar[dict[str, str] | None]("actor_names", default=None)


@contextmanager
def actor_names() -> Iterator[None]:
    """Keep the names that are remembered in this block, and in what is begun in it."""
    token = _NAMES.set({})
    try:
        yield
    finally:
        _NAMES.reset(token)


def remember_name(user_id: str, name: str) -> None:
    """Keep the name of a person, unless one is known."""
    names = _NAMES.get()
    if names is not None and user_id and name:
        names.setdefault(user_id, name[:_LONGEST])


def name_of(user_id: str) -> str | None:
    """Return the name of a person, None where it is not known."""
    names = _NAMES.get()
    return None if names is None else names.get(user_id)
