"""Client of the Microsoft Store submission API."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Final, ParamSpec, Protocol, TypeVar

import aiohttp

from bot.domain.clock import monotonic
from bot.domain.clock_check import read_date
from bot.domain.failures import (
    BudgetSpentError,
    FailureCode,
    FailureDetail,
    NotFoundError,
    RateLimitedError,
    StoreError,
    UnavailableError,
)
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
from bot.store.budget import Priority, RequestBudget
from bot.store.connection import UNOBSERVED, Connection, RequestObserver
from bot.store.timeouts import DEFAULT_TIMEOUTS, StoreTimeouts
from bot.store.wire import Json, StoreResponse

_MOST_ROWS: Final = 1000

_log = logging.getLogger("bot.store")

P = ParamSpec("P")
T = TypeVar("T")


class TokenSource(Protocol):
    """The source of the client's access tokens. Both methods raise StoreError."""

    async def token(self) -> str:
        """Return a valid token."""
        ...

    async def renew(self, stale: str) -> str:
        """Return a new token in place of one that the Store has rejected."""
        ...


class StoreClient:
    """The submission API for one account. Every method raises StoreError.

    Reads are retried after transient errors, within `timeouts`. A write is sent
    once; only after a 401, which the Store returns before it does anything, is it sent
    once more, with a new token.

    `base_url` is without `/v1.0/my`; the caller closes the session. All requests are
    made with the same `priority`: an account has a client for each, on one budget.
    `observer` is told of each request.
    """

    def __init__(  # noqa: PLR0913 - the last four have defaults
        self,
        session: aiohttp.ClientSession,
        tokens: TokenSource,
        base_url: str,
        *,
        timeouts: StoreTimeouts = DEFAULT_TIMEOUTS,
        budget: RequestBudget | None = None,
        priority: Priority = Priority.OPERATION,
        observer: RequestObserver = UNOBSERVED,
    ) -> None:
        self._connection = Connection(
            session, base_url, timeouts, budget, priority, observer
        )
        self._priority = priority
        self._tokens = tokens
        self._timeouts = timeouts

    async def check(self) -> None:
        """Sign in and read one row of the list of apps, which may be empty."""
        path = f"{paths.APPS}?{wire.PageRequest(top=1).query}"
        # "None found" is documented as 404.
        with contextlib.suppress(NotFoundError):
            await self._read(path, wire.page_decoder(wire.decode_app))

    async def list_apps(self) -> tuple[App, ...]:
        """Read all apps of the account, every page; empty where there is none.

        The list ends early where the request budget does.
        """
        return await self._list(paths.APPS, wire.decode_app, lambda app: app.app_id)

    async def list_apps_page(self, number: int) -> tuple[App, ...]:
        """Read one page of the list of apps, a hundred of them; empty after the last.

        `number` counts from 0.
        """
        size = wire.PageRequest().top
        request = wire.PageRequest(number * size, size)
        decode = wire.page_decoder(wire.decode_app)
        try:
            page, _ = await self._read(f"{paths.APPS}?{request.query}", decode)
        except NotFoundError:
            return ()
        return tuple(page.rows)

    async def get_app(self, app_id: str) -> App:
        """Read one app."""
        decode = _checked(wire.decode_app, lambda app: app.app_id, app_id)
        app, _ = await self._read(_path(paths.app_path, app_id), decode)
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
        decode = _checked(
            wire.decode_flight, lambda flight: flight.flight_id, target.flight_id
        )
        flight, _ = await self._read(path, decode)
        return flight

    async def get_submission(self, ref: SubmissionRef) -> Submission:
        """Read a submission's status and package versions."""
        path = _path(paths.submission_path, ref)
        submission, _ = await self._read(path, wire.decode_submission)
        return submission

    async def get_rollout(self, ref: SubmissionRef) -> Reading:
        """Read a submission's rollout."""
        path = _path(paths.rollout_path, ref)
        rollout, headers = await self._read(path, wire.decode_rollout)
        date = read_date(headers.get("date", ""))
        return Reading(rollout, errors.correlation_id(headers), date)

    async def change_rollout(self, ref: SubmissionRef, change: Change) -> Reading:
        """Send one halt, finalize or set; return the rollout of the response."""
        path = _path(paths.change_path, ref, change)
        response = await self._call("POST", path)
        rollout = errors.read_response(response, wire.decode_rollout, write=True)
        return Reading(rollout, errors.correlation_id(response.headers))

    async def _list(
        self, path: str, decode_row: Callable[[Json], T], key: Callable[[T], str]
    ) -> tuple[T, ...]:
        # The list ends with the first page that brings no new row, whatever its link
        # says: neither a loop of links nor a wrong count makes the bot read for ever.
        decode = wire.page_decoder(decode_row)
        rows: dict[str, T] = {}
        request: wire.PageRequest | None = wire.PageRequest()
        while request is not None and len(rows) < _MOST_ROWS:
            try:
                page, _ = await self._read(f"{path}?{request.query}", decode)
            except NotFoundError:
                # "None found" is documented as 404 for both lists.
                break
            except BudgetSpentError:
                # Each row is right without the others.
                if not rows:
                    raise
                break
            fresh = {key(row): row for row in page.rows if key(row) not in rows}
            if not fresh:
                break
            rows |= fresh
            request = page.next_request(request)
        return tuple(rows.values())

    async def _read(
        self, path: str, decode: Callable[[Json], T]
    ) -> tuple[T, Mapping[str, str]]:
        """Return what was read, and the headers of the response."""
        failures = 0
        while True:
            try:
                response = await self._call("GET", path)
                data = errors.read_response(response, decode, write=False)
            except StoreError as error:
                failures += 1
                pause = self._timeouts.pause(error, failures)
                if pause is None or self._gives_way(error):
                    raise
                _log.info("GET %s: %s, retry in %.1f s", path, error.detail.code, pause)
                await asyncio.sleep(pause)
            else:
                return data, response.headers

    def _gives_way(self, error: StoreError) -> bool:
        """Return whether another try would take what others need more.

        A look is made again when it is due again; nobody waits for it.
        """
        limited = isinstance(error, RateLimitedError)
        return self._priority is Priority.WATCHING or (
            limited and self._priority is Priority.STATUS
        )

    async def _call(self, method: str, path: str) -> StoreResponse:
        started = monotonic()
        token = await self._tokens.token()
        self._refuse_late_write(method, started)
        response = await self._connection.send(method, path, token)
        if response.status == HTTPStatus.UNAUTHORIZED:
            # A token may be revoked before it expires. A second 401 is final.
            started = monotonic()
            token = await self._tokens.renew(token)
            self._refuse_late_write(method, started)
            response = await self._connection.send(method, path, token)
        return response

    def _refuse_late_write(self, method: str, started: float) -> None:
        """Raise UnavailableError for a write whose sign-in took too long.

        While this process was suspended, another replica may have taken over its
        operation. The error says that nothing was sent; the retry reads first.
        """
        if method == "POST" and monotonic() - started > self._timeouts.fresh:
            raise UnavailableError(FailureDetail(FailureCode.SIGN_IN_SLOW))


def _checked(
    decode: Callable[[Json], T], id_of: Callable[[T], str], asked: str
) -> Callable[[Json], T]:
    """Return the decoder of a resource that must be the one that was asked for."""

    def decode_asked(data: Json) -> T:
        found = decode(data)
        if id_of(found).casefold() != asked.casefold():
            raise wire.DecodeError("another id than was asked for")
        return found

    return decode_asked


def _path(build: Callable[P, str], *args: P.args, **kwargs: P.kwargs) -> str:
    try:
        return build(*args, **kwargs)
    except paths.BadIdError:
        raise NotFoundError(FailureDetail(FailureCode.NOT_FOUND)) from None
