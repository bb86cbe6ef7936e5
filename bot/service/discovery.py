"""Discovery: which submission each followed target has published.

The list of apps shows a hundred apps with one request, and the list of flights all
flights of an app. An account may have thousands of apps of which few are followed: only
pages on which several of them are found are read again.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Final, TypeVar

from bot.domain.failures import FailureCode, FailureDetail, NotFoundError
from bot.domain.submissions import App, Flight, Target
from bot.service.ports import Store, Stores

# A new submission is published seldom, and each target is looked at more often.
KEPT: Final = timedelta(minutes=8)
# Of a flight's app nothing but the name is shown.
_NAME_KEPT: Final = timedelta(days=1)

AppKey = tuple[str, str]
Held = TypeVar("Held")


class Discovery:
    """What the lists of the Store have shown, for some minutes.

    Every method raises StoreError.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._apps: dict[AppKey, tuple[App, datetime]] = {}
        self._flights: dict[AppKey, tuple[dict[str, Flight], datetime]] = {}
        self._pages: dict[AppKey, int] = {}
        self._next_page: Counter[str] = Counter()
        self._asked: set[AppKey] = set()

    async def refresh(self, targets: Collection[Target], now: datetime) -> None:
        """Read the pages of the list that are cheaper than each app by itself."""
        for account in {one.account for one in targets}:
            stale = {
                (account, one.app_id)
                for one in targets
                if one.account == account
                and one.flight_id is None
                and _known(self._apps, (account, one.app_id), now, KEPT) is None
            }
            self._asked |= stale
            await self._read_known_pages(account, stale, now)
            await self._search(account, stale, now)

    async def holder(self, target: Target, now: datetime) -> tuple[App, Flight | None]:
        """Return the target's app and flight, and what they have published."""
        if target.flight_id is None:
            return await self._app(target, KEPT, now), None
        app = await self._app(target, _NAME_KEPT, now)
        key = target.account, target.app_id
        flights = _known(self._flights, key, now, KEPT)
        if flights is None:
            listed = await self._store(target).list_flights(target.app_id)
            flights = {one.flight_id: one for one in listed}
            self._flights[key] = flights, now
        flight = flights.get(target.flight_id)
        if flight is None:
            raise NotFoundError(FailureDetail(FailureCode.NOT_FOUND))
        return app, flight

    def forget(self, target: Target) -> None:
        """Read the target anew the next time: what is known may be outdated."""
        key = target.account, target.app_id
        known = self._flights if target.flight_id else self._apps
        known.pop(key, None)

    async def _app(self, target: Target, keep: timedelta, now: datetime) -> App:
        key = target.account, target.app_id
        app = _known(self._apps, key, now, keep)
        if app is None:
            app = await self._store(target).get_app(target.app_id)
            self._apps[key] = app, now
        return app

    async def _read_known_pages(
        self, account: str, stale: set[AppKey], now: datetime
    ) -> None:
        """Read each page on which several apps are followed: the others follow soon."""
        followed = Counter(
            self._pages[key]
            for key in self._asked & self._pages.keys()
            if key[0] == account and _known(self._apps, key, now, KEPT / 2) is None
        )
        for number in {self._pages[key] for key in stale if key in self._pages}:
            if followed[number] > 1:
                await self._read_page(account, number, stale, now)

    async def _search(self, account: str, stale: set[AppKey], now: datetime) -> None:
        """Read further pages while they may cost less than the apps that are missing.

        The next search goes on where this one has ended.
        """
        for _ in range(len(stale)):
            missing = [key for key in stale if key not in self._pages]
            if len(missing) <= 1:
                return
            number = self._next_page[account]
            found = await self._read_page(account, number, stale, now)
            self._next_page[account] = number + 1 if found else 0
            if not found:
                return

    async def _read_page(
        self, account: str, number: int, stale: set[AppKey], now: datetime
    ) -> bool:
        """Keep what a page shows; return whether it has any apps."""
        listed = await self._stores[account].list_apps_page(number)
        for key in [key for key in stale if self._pages.get(key) == number]:
            # It may stand on another page now.
            del self._pages[key]
        for app in listed:
            key = account, app.app_id
            self._apps[key] = app, now
            self._pages[key] = number
            stale.discard(key)
        return bool(listed)

    def _store(self, target: Target) -> Store:
        return self._stores[target.account]


def _known(
    kept: Mapping[AppKey, tuple[Held, datetime]],
    key: AppKey,
    now: datetime,
    keep: timedelta,
) -> Held | None:
    """Return what was read so shortly ago, and not before the clock was set back."""
    value, at = kept.get(key, (None, now))
    return value if now - keep < at <= now else None
