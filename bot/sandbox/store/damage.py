"""What an armed fault makes of a call: an answer in its place, or a spoilt answer."""

import json
from dataclasses import replace

from bot.sandbox.store import answers
from bot.sandbox.store.answers import Answer, Delivery
from bot.sandbox.store.faults import Armed, Fault

SLOW_SECONDS = 90.0
RETRY_SECONDS = 14
ODD_ROLLOUT_STATUS = "PackageRolloutPaused"
ODD_STATUS = "AwaitingReview"

_INSTEAD = {
    Fault.TIMEOUT_WITHOUT_EFFECT: answers.gateway_timeout(),
    Fault.UNAVAILABLE: answers.unavailable(),
    Fault.INTERNAL: answers.internal(),
    Fault.TOKEN_REFUSED: Answer(401),
    Fault.ACCOUNT_REFUSED: answers.account_not_allowed(),
    Fault.FORBIDDEN: Answer(403),
    Fault.WRONG_STATE: answers.conflict(answers.WRONG_STATE, "packageRollout"),
    Fault.NOT_OF_APP: answers.conflict(answers.NOT_OF_APP, "submissionId"),
    Fault.UNSUPPORTED: answers.unsupported(),
    Fault.RESET_WITHOUT_EFFECT: Answer(0, delivery=Delivery.DROPPED),
}


def instead(armed: Armed) -> Answer | None:
    """Give the answer that comes instead of the effect, or None to let it happen."""
    again = RETRY_SECONDS if armed.seconds is None else int(armed.seconds)
    if armed.fault is Fault.LIMITED_SAYING_WHEN:
        return answers.too_many(again, say_when=True)
    if armed.fault is Fault.LIMITED:
        return answers.too_many(again, say_when=False)
    return _INSTEAD.get(armed.fault)


def spoil(armed: Armed, answer: Answer) -> Answer:
    """Give what the client gets after the effect; `answer` is what was meant."""
    match armed.fault:
        case Fault.TIMEOUT_AFTER_EFFECT:
            return answers.gateway_timeout()
        case Fault.RESET_AFTER_EFFECT:
            return replace(answer, delivery=Delivery.DROPPED)
        case Fault.SLOW:
            late = SLOW_SECONDS if armed.seconds is None else armed.seconds
            return replace(answer, wait=late)
        case Fault.HTML_BODY:
            page = answers.STRAY_PAGE.encode()
            return replace(answer, body=page, content_type=answers.HTML_TYPE)
        case Fault.EMPTY_BODY:
            return replace(answer, body=b"")
        case Fault.TRUNCATED_BODY:
            return replace(answer, body=answer.body[: len(answer.body) // 2])
        case Fault.CUT_BODY:
            return replace(answer, delivery=Delivery.CUT)
        case Fault.NO_CONTENT_TYPE:
            return replace(answer, delivery=Delivery.UNTYPED)
        case Fault.INTEGER_PERCENTAGES | Fault.UNKNOWN_STATUS:
            return replace(answer, body=_reworded(armed.fault, answer.body))
        case _:
            return answer


def _reworded(fault: Fault, body: bytes) -> bytes:
    if not body:
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
