"""One fault at one verb: the card, the click, and what must be true afterwards."""

from collections.abc import Callable

from bot.domain.results import result_code
from bot.sandbox.store.faults import Fault
from bot.sandbox.store.journal import Entry
from bot.sandbox.store.seed import MAIL
from tests.dialogues.conversation import Conversation
from tests.slack_users import ANN, BEN, labels, words

ALWAYS = -1
VERBS = {
    "halt": ("halt mail", "Halt rollout", "PackageRolloutStopped", "Halted"),
    "finalize": (
        "finalize mail",
        "Finalize rollout",
        "PackageRolloutComplete",
        "Finalized",
    ),
    "set": ("set mail 40%", "Set to 40 %", "PackageRolloutInProgress", "Set to 40 %"),
}
GOALS = {"halt": 0.0, "finalize": 100.0, "set": 40.0}

DONE = "done"
UNSUPPORTED = "refused.unsupported"
NOT_OF_APP = "refused.not_of_app"
UNAVAILABLE = "unavailable"
UNKNOWN = "unknown"

Record = Callable[[str, object], None]


async def card_for(chat: Conversation, verb: str) -> None:
    """Ask for the change and get its card."""
    await chat.say(ANN, f"/rollout alias add mail {MAIL}")
    await chat.say(ANN, f"/rollout {VERBS[verb][0]}")
    assert labels(chat.card()) == [VERBS[verb][1], "Cancel"]


async def end(chat: Conversation, verb: str, record: Record, fault: str) -> str:
    """Press the button, see the request through; gives the code of its outcome.

    Whatever happens, the card shows the outcome without buttons, the thread has one
    result, at most one effect happened, and what is told agrees with the Store.
    """
    await chat.press(BEN, VERBS[verb][1])
    request = await chat.ending()
    assert request.result is not None
    code = result_code(request.result)
    now = chat.rollout(MAIL)
    changed = (now.status, now.percentage) != ("PackageRolloutInProgress", 10.0)
    effects = chat.sandbox.store.effects()
    assert labels(chat.card()) == []
    [told] = chat.thread()
    assert len(effects) <= 1
    assert changed == bool(effects)
    if code == DONE:
        assert changed
        assert f"✅ {VERBS[verb][3]}: Contoso Mail" in words(chat.card())
        assert f"✅ {VERBS[verb][3]}: Contoso Mail" in told
        assert f"`{VERBS[verb][2]}`" in told
    elif code == UNKNOWN:
        assert "Not known whether" in told
        assert "may or may not" in told
    else:
        assert not changed
        assert "othing was changed" in told or code == "moved"
    if changed:
        assert (now.status, now.percentage) == (VERBS[verb][2], GOALS[verb])
    record("fault", fault)
    record("verb", verb)
    record("outcome", code)
    record("writes", len(chat.writes()))
    record("store", f"{now.status.removeprefix('PackageRollout')} {now.percentage:g} %")
    record("headline", headline(chat))
    record("told", told)
    return code


def headline(chat: Conversation) -> str:
    """Return the first line of the result in the thread."""
    blocks = chat.card()["replies"][-1]["blocks"]
    return str(blocks[0]["text"]["text"])


def at_the_write(chat: Conversation, fault: Fault) -> None:
    """Let a fault strike all that is read once a write has come in."""
    armed: list[Entry] = []

    async def strike(entry: Entry) -> None:
        if entry.operation in VERBS and not armed:
            armed.append(entry)
            chat.sandbox.store.arm("read", fault, ALWAYS)

    chat.sandbox.store.pipeline.before = strike
