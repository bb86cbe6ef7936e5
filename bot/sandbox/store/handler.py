"""HTTP handler of the submission API: authentication, rate limit and routing."""

from aiohttp import web

from bot.sandbox.store import responses
from bot.sandbox.store.api import execute
from bot.sandbox.store.fault_responses import replacement_response
from bot.sandbox.store.faults import WRITES, ArmedFault, Fault
from bot.sandbox.store.pipeline import RequestPipeline
from bot.sandbox.store.responses import ApiResponse
from bot.sandbox.store.routing import ApiCall, RouteMatch, match_route
from bot.sandbox.store.state import StoreState


class SubmissionApiHandler:
    """Handles the requests for one local Store."""

    def __init__(self, state: StoreState, pipeline: RequestPipeline) -> None:
        self._state = state
        self._pipeline = pipeline

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer any request below /store/."""
        state, process = self._state, self._pipeline.process
        route = match_route(request.method, request.path)
        if isinstance(route, int):
            return await process(request, "none", lambda: _no_route(route))
        header = request.headers.get("Authorization")
        call = _call(request, route, await request.read())

        def effect() -> ApiResponse:
            response = execute(state, call)
            if route.operation in WRITES:
                state.save()
            return response

        def replacement(armed: ArmedFault) -> ApiResponse | None:
            if armed.fault is Fault.TOKEN_REFUSED:
                # The same token must not work again: only a new one helps.
                state.tokens.revoke(header)
                return responses.unauthorized(state.switches.expired_token_body)
            return replacement_response(armed)

        return await process(
            request,
            route.operation,
            effect,
            lambda: self._precheck(header),
            replacement,
        )

    def _precheck(self, header: str | None) -> ApiResponse | None:
        switches = self._state.switches
        if not self._state.tokens.accepts(header):
            return responses.unauthorized(switches.expired_token_body)
        if switches.rate_limit == "off":
            return None
        now = self._state.now().timestamp()
        seconds = self._state.limit.take(int(switches.rate_limit), now)
        if not seconds:
            return None
        with_header = switches.retry_after == "present"
        return responses.too_many_requests(seconds, with_header=with_header)


def _call(request: web.Request, route: RouteMatch, body: bytes) -> ApiCall:
    query = {name.lower(): value for name, value in request.query.items()}
    origin = f"{request.scheme}://{request.host}"
    return ApiCall(route, query, body, request.headers.get("Content-Type"), origin)


def _no_route(status: int) -> ApiResponse:
    if status == 405:  # noqa: PLR2004  # Method not allowed.
        return responses.error(405, "InvalidOperation", responses.WRONG_METHOD, None)
    return responses.error(404, "ResourceNotFound", responses.NO_SUCH_RESOURCE, None)
