"""Rules for a dialogue to start from, and a bot that shares the sandbox's clock."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import delete, insert

from bot.db.rows import own_rule_text, target_values
from bot.db.rules import RULES
from bot.domain.rules import Rule
from bot.domain.submissions import Target
from bot.engine import EngineTiming
from bot.sandbox.server import Sandbox
from bot.sandbox.store.seed import MAIL
from tests.dialogues.conversation import FAST, SOCKET, Conversation, conversing
from tests.dialogues.shared_clock import SharedClock
from tests.slack_users import ANN, TEAM, Clock

DEE = "U0DEE"
MANAGERS = "S0MANAGERS"
FINALIZE, APPROVE = "/rollout finalize mail all is well", "Approve and finalize"
APPROVE_SET = "Approve and set to 40 %"


@asynccontextmanager
async def in_one_time(
    sandbox: Sandbox, url: str, timing: EngineTiming = FAST
) -> AsyncIterator[Conversation]:
    """Start a bot for which time passes as it does for Slack: no press comes late."""
    clock: Clock = SharedClock(sandbox.clock)
    async with conversing(
        sandbox, SOCKET, url, engine_timing=timing, clock=clock
    ) as conversation:
        yield conversation


def new_url(template: Path, folder: Path) -> str:
    """Copy a migrated file, and return its URL."""
    path = folder / "rollout.db"
    path.write_bytes(template.read_bytes())
    return f"sqlite:///{path}"


async def agree(chat: Conversation, rule: Rule, version: int = 1) -> None:
    """Let a rule of the app be in force, in place of the one before."""
    values = {
        "workspace": TEAM,
        **target_values(Target("main", MAIL)),
        "rule": own_rule_text(rule),
        "version": version,
        "proposed_by": ANN,
        "agreed_by": DEE,
        "changed_at": chat.clock(),
    }
    await chat.database.run(delete(RULES))
    await chat.database.run(insert(RULES).values(values))


async def ask(chat: Conversation, rule: Rule, text: str = FINALIZE) -> None:
    """Let Ann ask for a change under a rule."""
    await chat.say(ANN, f"/rollout alias add mail {MAIL}")
    await agree(chat, rule)
    await chat.say(ANN, text)
