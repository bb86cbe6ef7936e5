"""The one place that calls the Microsoft Store submission API."""

import asyncio
import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Final, ParamSpec, Protocol, TypeVar

import aiohttp

from bot.domain.clock import monotonic
from bot.domain.failures import NotFoundError, StoreError
from bot.domain.rollout import Change
from bot.domain.submissions import (
    App,
    Flight,
    Reading,
    Submission,
    SubmissionRef,
    Target,
)
from bot.store import errors, paths, wire
from bot.store.connection import Connection
from bot.store.messages import Words
from bot.store.timeouts import DEFAULT_TIMEOUTS, StoreTimeouts
from bot.store.wire import Json, StoreResponse

_MOST_ROWS: Final = 1000

_log = logging.getLogger("bot.store")

P = ParamSpec("P")
T = TypeVar("T")


class TokenSource(Protocol):
    """Where the client has its access tokens from. Both raise StoreError."""

    async def token(self) -> str:
        """Return a token that is still good."""
        ...

    async def renew(self, stale: str) -> str:
        """Return another token than the one that the Store has turned down."""
        ...


class StoreClient:
    """The submission API for one account. Every method raises StoreError.

    Reads are retried after transient failures, within `patience`. A write is sent
    once; only a 401, which the Store answers before it does anything, is replayed,
    with a new token, once.

    `base_url` is without `/v1.0/my`; the session stays the caller's.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        tokens: TokenSource,
        base_url: str,
        *,
        timeouts: StoreTimeouts = DEFAULT_TIMEOUTS,
    ) -> None:
        self._connection = Connection(session, base_url, timeouts)
        self._tokens = tokens
        self._patience = timeouts

    async def list_apps(self) -> tuple[App, ...]:
        """Read all apps of the account, every page; empty where there is none."""
        return await self._list(paths.APPS, wire.decode_app, lambda app: app.app_id)

    async def get_app(self, app_id: str) -> App:
        """Read one app."""
        app, _ = await self._read(_path(paths.app_path, app_id), wire.decode_app)
        return app

    async def list_flights(self, app_id: str) -> tuple[Flight, ...]:
        """Read all flights of an app, every page; empty where there is none."""
        path = _path(paths.flights_path, app_id)
        return await self._list(
            path, wire.decode_flight, lambda flight: flight.flight_id
        )

    async def get_flight(self, target: Target) -> Flight:
        """Read one flight; ValueError where `target.flight_id` is not given."""
        if target.flight_id is None:
            raise ValueError("a flight is read by its id")
        path = _path(paths.target_path, target)
        flight, _ = await self._read(path, wire.decode_flight)
        return flight

    async def get_submission(self, ref: SubmissionRef) -> Submission:
        """Read a submission's status and package versions."""
        path = _path(paths.submission_path, ref)
        submission, _ = await self._read(path, wire.decode_submission)
        return submission

    async def get_rollout(self, ref: SubmissionRef) -> Reading:
        """Read a submission's rollout."""
        path = _path(paths.rollout_path, ref)
        return Reading(*await self._read(path, wire.decode_rollout))

    async def change_rollout(self, ref: SubmissionRef, change: Change) -> Reading:
        """Send one halt, finalize or set, once; gives what the Store returned."""
        path = _path(paths.change_path, ref, change)
        response = await self._call("POST", path)
        rollout = errors.read_answer(response, wire.decode_rollout, write=True)
        return Reading(rollout, errors.correlation_id(response.headers))

    async def _list(
        self, path: str, decode_row: Callable[[Json], T], key: Callable[[T], str]
    ) -> tuple[T, ...]:
        # The end is a page that brings nothing new, whatever the links say, so that
        # no loop of links and no wrong count can keep the bot asking.
        decode = wire.page_decoder(decode_row)
        rows: dict[str, T] = {}
        part: wire.PageRequest | None = wire.PageRequest()
        while part is not None and len(rows) < _MOST_ROWS:
            try:
                page, _ = await self._read(f"{path}?{part.query}", decode)
            except NotFoundError:
                # "None found" is documented as 404 for both lists.
                break
            fresh = {key(row): row for row in page.rows if key(row) not in rows}
            if not fresh:
                break
            rows |= fresh
            part = page.following(part)
        return tuple(rows.values())

    async def _read(
        self, path: str, decode: Callable[[Json], T]
    ) -> tuple[T, str | None]:
        failures = 0
        while True:
            try:
                response = await self._call("GET", path)
                data = errors.read_answer(response, decode, write=False)
            except StoreError as failure:
                failures += 1
                pause = self._patience.pause(failure, failures)
                if pause is None:
                    raise
                _log.info("GET %s: %s, again in %.1f s", path, failure.code, pause)
                await asyncio.sleep(pause)
            else:
                return data, errors.correlation_id(response.headers)

    async def _call(self, method: str, path: str) -> StoreResponse:
        asked = monotonic()
        token = await self._tokens.token()
        self._still_wanted(method, asked)
        response = await self._connection.send(method, path, token)
        if response.status == HTTPStatus.UNAUTHORIZED:
            # A token may have been withdrawn before its time. A second 401 is final.
            asked = monotonic()
            token = await self._tokens.renew(token)
            self._still_wanted(method, asked)
            response = await self._connection.send(method, path, token)
        return response

    def _still_wanted(self, method: str, asked: float) -> None:
        """Refuse a write whose sign-in took so long that others may have acted.

        A process that stood still meanwhile has been taken over: whoever comes next
        looks first. Raises Unavailable, which says that nothing was sent.
        """
        if method == "POST" and monotonic() - asked > self._patience.fresh:
            raise errors.too_late()


def _path(build: Callable[P, str], *args: P.args, **kwargs: P.kwargs) -> str:
    try:
        return build(*args, **kwargs)
    except paths.BadId:
        raise NotFoundError(Words.NOT_FOUND) from None
