"""The event of an opened Home tab, and what is none."""

from typing import Any

import pytest

from bot.domain.requests import Person
from bot.slack.inbound.home_payloads import HomeOpened, read_home_opened
from bot.slack.inbound.shapes import is_readable
from tests.dialogues.nonsense import ODD

EVENT: dict[str, Any] = {
    "type": "app_home_opened",
    "user": "U0ANN",
    "channel": "D0ANN",
    "tab": "home",
    "event_ts": "1700000000.000100",
}


def body(**event: object) -> dict[str, Any]:
    """Return the payload of the event with some fields changed."""
    return {
        "type": "event_callback",
        "team_id": "T0CONTOSO",
        "event": {**EVENT, **event},
    }


def test_who_has_opened_home_is_of_the_workspace_of_the_event() -> None:
    read = read_home_opened(body(), "T0CONTOSO")

    assert read == HomeOpened("T0CONTOSO", Person("U0ANN", "T0CONTOSO"))


@pytest.mark.parametrize("field", ["user_team", "source_team", "team"])
def test_a_person_of_another_workspace_keeps_it(field: str) -> None:
    read = read_home_opened(body(**{field: "T0FABRIKAM"}), "T0CONTOSO")

    assert read == HomeOpened("T0CONTOSO", Person("U0ANN", "T0FABRIKAM"))


@pytest.mark.parametrize("odd", [*ODD, "messages"])
def test_another_tab_is_not_home(odd: object) -> None:
    assert read_home_opened(body(tab=odd), "T0CONTOSO") is None


@pytest.mark.parametrize(
    "odd",
    [
        *(each for each in ODD if not isinstance(each, str)),
        *("", "\ud800", "U0 ANN", "<!channel>", "U" * 65),
    ],
    ids=ascii,
)
def test_home_of_nobody_is_dropped(odd: object) -> None:
    assert read_home_opened(body(user=odd), "T0CONTOSO") is None


@pytest.mark.parametrize("field", [*EVENT, "view", "user_team", "team"])
@pytest.mark.parametrize("odd", ODD)
def test_nonsense_in_any_field_is_read_or_dropped(field: str, odd: object) -> None:
    payload = body(**{field: odd})

    if is_readable(payload):
        read = read_home_opened(payload, "T0CONTOSO")
        assert read is None or isinstance(read.person.user_id, str)
    wholes: list[dict[str, Any]] = [{}, {"event": odd}, {"event": {}}]
    for whole in wholes:
        assert read_home_opened(whole, "T0CONTOSO") is None
