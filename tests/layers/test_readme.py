"""The README quotes the bot's messages, and its diagrams show what the code does."""

import ast
import re
from pathlib import Path

from bot.domain.rollout import TRANSITIONS
from bot.domain.verbs import Phase, Verb

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MESSAGE = re.compile(r"(?<!\*)\*([^*|]+)\*(?!\*)")
ARROW = re.compile(r"^ *(\w+) --> (\w+): (\w+)", re.MULTILINE)
STATE = re.compile(r"--> (\w+)")


def texts_in_the_code() -> list[str]:
    """Return every string in the bot's code, adjacent literals already joined."""
    trees = (ast.parse(path.read_bytes()) for path in (ROOT / "bot").rglob("*.py"))
    nodes = (node for tree in trees for node in ast.walk(tree))
    return [
        node.value
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


def quoted_messages() -> list[str]:
    """Return the messages in the table under Trouble-shooting."""
    section = README.split("## Trouble-shooting")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")][1:]
    return [message for row in rows for message in MESSAGE.findall(row.split("|")[1])]


def diagrams() -> list[str]:
    """Return the sources of the mermaid diagrams."""
    return re.findall(r"```mermaid\n(.*?)```", README, re.DOTALL)


def state_diagram() -> str:
    """Return the source of the diagram of a rollout's states."""
    (diagram,) = (one for one in diagrams() if one.startswith("stateDiagram"))
    return diagram


def phase(name: str) -> Phase:
    """Return the phase that the diagram names, such as InProgress."""
    return Phase(re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower())


def test_every_message_under_trouble_shooting_is_one_that_the_bot_has() -> None:
    texts, messages = texts_in_the_code(), quoted_messages()

    unknown = [m for m in messages if not any(m in text for text in texts)]

    assert len(messages) > 10
    assert unknown == []


def test_the_state_diagram_shows_exactly_the_table_of_transitions() -> None:
    arrows = ARROW.findall(state_diagram())

    drawn = {
        (phase(before), Verb(label)): phase(after)
        for before, after, label in arrows
        if label in set(Verb)
    }

    assert drawn == TRANSITIONS
    assert len([label for *_, label in arrows if label in set(Verb)]) == len(drawn)


def test_the_state_diagram_shows_every_state_that_has_a_name() -> None:
    shown = {phase(name) for name in STATE.findall(state_diagram())}

    assert shown == set(Phase) - {Phase.UNRECOGNISED}


def test_no_mermaid_diagram_has_a_semicolon() -> None:
    # https://mermaid.js.org/syntax/sequenceDiagram: a semicolon ends a statement.
    assert len(diagrams()) == 2
    assert [diagram for diagram in diagrams() if ";" in diagram] == []
