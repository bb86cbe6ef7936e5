"""Responses of calls that meet an armed fault: a replacement or a damaged one."""

import json
from dataclasses import replace

from bot.sandbox.store import responses
from bot.sandbox.store.faults import ArmedFault, Fault
from bot.sandbox.store.responses import ApiResponse, Transmission

SLOW_SECONDS = 90.0
RETRY_SECONDS = 14
ODD_ROLLOUT_STATUS = "PackageRolloutPaused"
ODD_STATUS = "AwaitingReview"

_REPLACEMENTS = {
    Fault.TIMEOUT_WITHOUT_EFFECT: responses.gateway_timeout(),
    Fault.UNAVAILABLE: responses.unavailable(),
    Fault.INTERNAL: responses.internal_error(),
    Fault.TOKEN_REFUSED: ApiResponse(401),
    Fault.ACCOUNT_REFUSED: responses.account_not_allowed(),
    Fault.FORBIDDEN: ApiResponse(403),
    Fault.WRONG_STATE: responses.conflict(responses.WRONG_STATE, "packageRollout"),
    Fault.NOT_OF_APP: responses.conflict(responses.NOT_OF_APP, "submissionId"),
    Fault.UNSUPPORTED: responses.unsupported(),
    Fault.RESET_WITHOUT_EFFECT: ApiResponse(0, transmission=Transmission.DROPPED),
}


def replacement_response(armed: ArmedFault) -> ApiResponse | None:
    """Return the response sent in place of the effect; None lets the effect happen."""
    wait = RETRY_SECONDS if armed.seconds is None else int(armed.seconds)
    if armed.fault is Fault.LIMITED_WITH_RETRY_AFTER:
        return responses.too_many_requests(wait, with_header=True)
    if armed.fault is Fault.LIMITED:
        return responses.too_many_requests(wait, with_header=False)
    return _REPLACEMENTS.get(armed.fault)


def damaged_response(armed: ArmedFault, response: ApiResponse) -> ApiResponse:
    """Return what the client gets after the effect in place of `response`."""
    match armed.fault:
        case Fault.TIMEOUT_AFTER_EFFECT:
            return responses.gateway_timeout()
        case Fault.RESET_AFTER_EFFECT:
            return replace(response, transmission=Transmission.DROPPED)
        case Fault.SLOW:
            late = SLOW_SECONDS if armed.seconds is None else armed.seconds
            return replace(response, delay=late)
        case Fault.HTML_BODY:
            page = responses.STRAY_PAGE.encode()
            return replace(response, body=page, content_type=responses.HTML_TYPE)
        case Fault.EMPTY_BODY:
            return replace(response, body=b"")
        case Fault.TRUNCATED_BODY:
            return replace(response, body=response.body[: len(response.body) // 2])
        case Fault.CUT_BODY:
            return replace(response, transmission=Transmission.CUT)
        case Fault.NO_CONTENT_TYPE:
            return replace(response, transmission=Transmission.UNTYPED)
        case Fault.INTEGER_PERCENTAGES | Fault.UNKNOWN_STATUS:
            return replace(response, body=_rewritten(armed.fault, response))
        case _:
            return response


def _rewritten(fault: Fault, response: ApiResponse) -> bytes:
    body = response.body
    if response.content_type != responses.JSON_TYPE or not body:
        return body
    whole = fault is Fault.INTEGER_PERCENTAGES
    hook = _with_integers if whole else _with_odd_status
    return json.dumps(json.loads(body, object_hook=hook)).encode()


def _with_integers(data: dict[str, object]) -> dict[str, object]:
    value = data.get("packageRolloutPercentage")
    if isinstance(value, float) and value.is_integer():
        return {**data, "packageRolloutPercentage": int(value)}
    return data


def _with_odd_status(data: dict[str, object]) -> dict[str, object]:
    odd = {"packageRolloutStatus": ODD_ROLLOUT_STATUS, "status": ODD_STATUS}
    return {key: odd.get(key, value) for key, value in data.items()}
