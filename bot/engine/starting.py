"""Start of an operation: under an id that makes a second start of the same one none."""

from dbos import DBOS, SetWorkflowID

from bot.domain.operations import Operation
from bot.engine import workflows
from bot.engine.runtime import STARTED_WITH
from bot.engine.timing import RetryPlan
from bot.engine.workflow_ids import workflow_id


async def start_operation(operation: Operation, number: int, plan: RetryPlan) -> None:
    """Start what is left to do for an operation; `number` counts earlier starts."""
    finished = operation.result is not None
    workflow = workflows.announce if finished else workflows.run_operation
    held = STARTED_WITH.set(operation)
    try:
        with SetWorkflowID(workflow_id(operation.id, "", number)):
            await DBOS.start_workflow_async(workflow, operation.id, plan.to_json())
    finally:
        STARTED_WITH.reset(held)
