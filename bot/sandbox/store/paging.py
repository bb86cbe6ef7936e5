"""Paging of lists, with the relative link to the next page."""

from collections.abc import Mapping, Sequence

from bot.sandbox.store import responses
from bot.sandbox.store.resources import Json
from bot.sandbox.store.responses import ApiResponse, RequestRejectedError, json_response
from bot.sandbox.store.switches import Switches

DEFAULT_TOP = 10
TOO_LONG = 10
BAD_NUMBER = "The value of {name} must be a whole number"


def page_response(
    rows: Sequence[Json], link: str, query: Mapping[str, str], switches: Switches
) -> ApiResponse:
    """Return the rows that `top` and `skip` of the query ask for.

    `link` is the beginning of the next page's link, relative to the API's base.
    Raises RequestRejectedError for a `top` or `skip` that is no number.

    https://learn.microsoft.com/windows/uwp/monetize/get-all-apps
    """
    top, skip = _number(query, "top", DEFAULT_TOP), _number(query, "skip", 0)
    if not rows and switches.empty_list == "404":
        what = "flights" if "/" in link else "applications"
        return responses.not_found(responses.NOTHING_FOUND.format(what=what), what)
    data: Json = {"value": rows[skip : skip + top], "totalCount": len(rows)}
    if skip + top < len(rows):
        data = {"@nextLink": f"{link}?skip={skip + top}&top={top}", **data}
    return json_response(data)


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name)
    if text is None:
        return default
    least = 1 if name == "top" else 0
    # Python refuses to convert a number of thousands of digits.
    digits = text.isascii() and text.isdigit() and len(text) < TOO_LONG
    if not digits or int(text) < least:
        raise RequestRejectedError(
            responses.invalid(BAD_NUMBER.format(name=name), name)
        )
    return int(text)
