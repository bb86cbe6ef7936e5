"""Lists in pages, with the relative link to the next one."""

from collections.abc import Mapping, Sequence

from bot.sandbox.store import answers
from bot.sandbox.store.answers import Answer, RefusedError, found
from bot.sandbox.store.resources import Json
from bot.sandbox.store.switches import Switches

DEFAULT_TOP = 10
TOO_LONG = 10
BAD_NUMBER = "The value of {name} must be a whole number"


def page(
    rows: Sequence[Json], link: str, query: Mapping[str, str], switches: Switches
) -> Answer:
    """Give the rows that `top` and `skip` of the query ask for.

    `link` is what the next page's link begins with, relative to the API's base.
    Raises RefusedError for a query that makes no sense.

    https://learn.microsoft.com/windows/uwp/monetize/get-all-apps
    """
    top, skip = _number(query, "top", DEFAULT_TOP), _number(query, "skip", 0)
    if not rows and switches.empty_list == "404":
        what = "flights" if "/" in link else "applications"
        return answers.not_found(answers.NOTHING_FOUND.format(what=what), what)
    data: Json = {"value": rows[skip : skip + top], "totalCount": len(rows)}
    if skip + top < len(rows):
        data = {"@nextLink": f"{link}?skip={skip + top}&top={top}", **data}
    return found(data)


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name)
    if text is None:
        return default
    least = 1 if name == "top" else 0
    # Ten digits and more are nonsense, and thousands of them would not be converted.
    digits = text.isascii() and text.isdigit() and len(text) < TOO_LONG
    if not digits or int(text) < least:
        raise RefusedError(answers.invalid(BAD_NUMBER.format(name=name), name))
    return int(text)
