"""Which requests it takes to know what followed targets have published."""

from datetime import timedelta

import pytest

from bot.domain.failures import NotFoundError
from bot.domain.submissions import App, Flight, Target
from bot.service.discovery import KEPT, Discovery
from tests.fakes import FakeStore
from tests.fakes.samples import MAIN, NOON

AGAIN = NOON + KEPT


def store_of(apps: int) -> FakeStore:
    names = [f"A{number}" for number in range(apps)]
    return FakeStore(apps={name: App(name, name, f"{name}-1") for name in names})


def targets(*numbers: int) -> list[Target]:
    return [Target(MAIN, f"A{number}") for number in numbers]


def calls(store: FakeStore) -> list[str]:
    """Return the calls since the last time, and forget them."""
    made = [call.name for call in store.calls]
    store.calls.clear()
    return made


async def discover(
    discovery: Discovery, followed: list[Target], *, later: timedelta = timedelta(0)
) -> list[str | None]:
    await discovery.refresh(followed, NOON + later)
    found = [await discovery.holder(one, NOON + later) for one in followed]
    return [app.published_id for app, _ in found]


async def test_one_request_shows_all_apps_of_a_page() -> None:
    store = store_of(100)
    discovery, followed = Discovery({MAIN: store}), targets(*range(50))

    assert await discover(discovery, followed) == [f"A{n}-1" for n in range(50)]
    assert calls(store) == ["list_apps_page"]
    await discover(discovery, followed, later=KEPT / 2)
    assert calls(store) == []
    await discover(discovery, followed, later=KEPT)
    assert calls(store) == ["list_apps_page"]


async def test_what_was_read_before_the_clock_was_set_back_is_read_anew() -> None:
    store = store_of(1)
    discovery = Discovery({MAIN: store})
    await discover(discovery, targets(0), later=KEPT)
    store.apps["A0"] = App("A0", "A0", "A0-2")

    assert await discover(discovery, targets(0)) == ["A0-2"]


async def test_one_app_is_read_by_itself() -> None:
    store = store_of(3000)
    discovery = Discovery({MAIN: store})

    assert await discover(discovery, targets(2999)) == ["A2999-1"]
    assert calls(store) == ["get_app"]


async def test_of_thousands_of_apps_only_pages_with_several_followed_are_read() -> None:
    store = store_of(3000)
    # Forty on each of two pages far back in the list.
    followed = targets(*range(1000, 1040), *range(2900, 2940))
    discovery = Discovery({MAIN: store})

    await discover(discovery, followed)
    assert calls(store) == ["list_apps_page"] * 30
    await discover(discovery, followed, later=KEPT)

    assert calls(store) == ["list_apps_page"] * 2


async def test_a_search_costs_no_more_than_what_is_missing() -> None:
    store = store_of(3000)
    discovery = Discovery({MAIN: store})

    await discover(discovery, targets(2998, 2999))

    assert calls(store) == ["list_apps_page", "list_apps_page", "get_app", "get_app"]


async def test_apps_that_are_due_one_after_the_other_share_a_page() -> None:
    store = store_of(100)
    discovery = Discovery({MAIN: store})
    await discover(discovery, targets(1, 2, 3))
    calls(store)

    for number in (1, 2, 3):
        await discover(discovery, targets(number), later=KEPT)

    assert calls(store) == ["list_apps_page"]


async def test_an_app_that_is_not_on_its_page_any_more_is_found() -> None:
    store = store_of(200)
    discovery, followed = Discovery({MAIN: store}), targets(0, 1, 2)
    await discover(discovery, followed)
    calls(store)
    # A hundred new apps stand before it.
    moved = store.apps.pop("A0")
    store.apps["A0"] = moved

    assert await discover(discovery, followed, later=KEPT) == ["A0-1", "A1-1", "A2-1"]
    assert calls(store) == ["list_apps_page", "get_app"]


async def test_a_page_with_one_followed_app_is_not_read_for_it_again() -> None:
    store = store_of(200)
    discovery, followed = Discovery({MAIN: store}), targets(0, 150, 151)
    await discover(discovery, followed)
    assert calls(store) == ["list_apps_page"] * 2

    await discover(discovery, followed, later=KEPT)

    assert calls(store) == ["list_apps_page", "get_app"]


async def test_apps_that_are_on_no_page_are_searched_for_to_the_end_of_the_list() -> (
    None
):
    store = store_of(100)
    discovery, followed = Discovery({MAIN: store}), targets(100, 101, 102, 103)

    await discovery.refresh(followed, NOON)
    assert [call.about for call in store.calls] == ["0", "1"]
    with pytest.raises(NotFoundError):
        await discovery.holder(followed[0], NOON)
    store.calls.clear()

    # The next search begins anew: they may have come since.
    store.apps |= store_of(104).apps
    found = await discover(discovery, followed, later=KEPT)
    assert found == ["A100-1", "A101-1", "A102-1", "A103-1"]
    assert calls(store) == ["list_apps_page"] * 2


async def test_what_is_to_be_forgotten_is_read_anew_and_nothing_else() -> None:
    store = store_of(2)
    flight = Target(MAIN, "A1", "f0")
    store.flights["A1"] = [Flight("f0", "F0", "0")]
    discovery, followed = Discovery({MAIN: store}), [*targets(0, 1), flight]
    await discover(discovery, followed)
    assert calls(store) == ["list_apps_page", "list_flights"]

    for target, read in ((targets(0)[0], "get_app"), (flight, "list_flights")):
        discovery.forget(target)
        for one in followed:
            await discovery.holder(one, NOON)
        assert calls(store) == [read]


async def test_the_flights_of_an_app_are_listed_once_where_one_is_followed() -> None:
    store = store_of(1)
    store.flights["A0"] = [Flight(f"f{n}", f"F{n}", f"{n}") for n in range(9)]
    discovery = Discovery({MAIN: store})
    followed = [Target(MAIN, "A0", f"f{n}") for n in range(9)]

    await discovery.refresh(followed, NOON)
    found = [await discovery.holder(one, NOON) for one in followed]

    assert [flight.published_id for _, flight in found if flight] == list("012345678")
    assert calls(store) == ["get_app", "list_flights"]
    with pytest.raises(NotFoundError):
        await discovery.holder(Target(MAIN, "A0", "gone"), NOON)
