"""The workflows that carry a decided request to its end, and their steps.

    carry.v1   act ─► (pause ─► act)* ─► (pause ─► conclude)? ─► record ─► show card
               ─► post result ─► close         (a long pause is told on the card)
    close.v1   show card ─► close                      (cancelled and expired cards)
    follow.v1  look ─► record ─► show card ─► post result          (after an Unknown)
               look ─► … ─► look ─► give up          (say that nobody looks any more)
    tell.v1    show card ─► post result ─► close   (recorded, but telling it broke off)

A step may run again after a crash, so each bears being repeated. Names end in a
version: a change of the order of steps is a new workflow beside the old one, which
stays until no row of it is left. `plan` holds the pauses that the workflow was started
with: a replica with others in its code must still take the same steps.
"""

from typing import Final

from dbos import DBOS

from bot.engine.runtime import counted, resting
from bot.engine.steps import (
    Json,
    act,
    close,
    conclude,
    follow_up,
    give_up,
    outcome,
    post,
    record,
    show,
    show_waiting,
)

QUEUE: Final = "rollout-follow-up"
FOLLOW: Final = "follow.v1"


@DBOS.workflow(name="carry.v1")
async def start_operation(request_id: str, plan: Json) -> str:
    """Carry a confirmed request to its result; gives the result's code."""
    with counted(_id()):
        verdict = await act(request_id, None)
        *looks, last = plan["looks"]
        for pause in looks:
            if "unproved" not in verdict:
                break
            await _wait(request_id, verdict, pause, plan)
            verdict = await act(request_id, verdict)
        if "unproved" in verdict:
            # A write that went out just now may still have its effect.
            await _wait(request_id, verdict, last, plan)
            verdict = await conclude(request_id, verdict)
        await _tell(request_id, verdict)
        if verdict["result"]["code"] == "unknown":
            await _follow_later(request_id, 0, plan)
        return str(verdict["result"]["code"])


@DBOS.workflow(name="close.v1")
async def close_card(request_id: str) -> None:
    """Edit the card of a cancelled or expired request into its end."""
    with counted(_id()):
        await show(request_id)
        await close(request_id)


@DBOS.workflow(name=FOLLOW)
async def follow(request_id: str, turn: int, plan: Json) -> str | None:
    """Look again after an Unknown, and correct what people were told."""
    with counted(_id()):
        found = await follow_up(request_id)
        if found is None:
            await _follow_later(request_id, turn + 1, plan)
            return None
        # Without a life the thread is read before the post: only so can the message
        # say that it corrects the Unknown that stands there.
        await _tell(request_id, {**found, "life": ""})
        return str(found["result"]["code"])


@DBOS.workflow(name="tell.v1")
async def tell(request_id: str, plan: Json) -> None:
    """Show and post a result that is recorded already, perhaps posted as well."""
    with counted(_id()):
        await show(request_id)
        await post(request_id, "")
        await close(request_id)
        if await outcome(request_id) == "unknown":
            await _follow_later(request_id, 0, plan)


async def _wait(request_id: str, verdict: Json, pause: float, plan: Json) -> None:
    """Wait before the next look, as long as the Store asks for, within bounds."""
    asked = verdict["unproved"]["retry_after"] or 0.0
    wait = max(pause, min(asked, plan["longest_retry_after"]))
    if wait >= plan["tell_from"]:
        await show_waiting(request_id, verdict, wait)
    with resting():
        await DBOS.sleep_async(wait)


async def _tell(request_id: str, verdict: Json) -> None:
    """Write the result down, then show it on the card and post it in the thread."""
    await record(request_id, verdict["result"])
    await show(request_id)
    await post(request_id, verdict["life"])
    await close(request_id)


async def _follow_later(request_id: str, turn: int, plan: Json) -> None:
    """Queue the next look as a delayed row: it belongs to no process that may die."""
    if turn >= len(plan["follow_ups"]):
        await give_up(request_id)
        return
    await DBOS.enqueue_workflow_with_options_async(
        {
            "workflow_name": FOLLOW,
            "queue_name": QUEUE,
            "workflow_id": f"{request_id}:follow:{turn}",
            "delay_seconds": plan["follow_ups"][turn],
        },
        request_id,
        turn,
        plan,
    )


def _id() -> str:
    return DBOS.workflow_id or ""
