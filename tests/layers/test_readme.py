"""The README says what the bot says, and its pictures can be drawn."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MESSAGE = re.compile(r"(?<!\*)\*([^*|]+)\*(?!\*)")


def said() -> list[str]:
    """Return every text in the bot's code, with what Python joins already joined."""
    trees = (ast.parse(path.read_bytes()) for path in (ROOT / "bot").rglob("*.py"))
    nodes = (node for tree in trees for node in ast.walk(tree))
    return [
        node.value
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


def troubles() -> list[str]:
    """Return the messages of the table under Trouble-shooting."""
    section = README.split("## Trouble-shooting")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")][1:]
    return [message for row in rows for message in MESSAGE.findall(row.split("|")[1])]


def test_every_message_under_trouble_shooting_is_one_that_the_bot_says() -> None:
    texts, messages = said(), troubles()

    unsaid = [m for m in messages if not any(m in text for text in texts)]

    assert len(messages) > 10
    assert unsaid == []


def test_no_mermaid_picture_holds_what_its_language_takes_for_a_line_end() -> None:
    pictures = re.findall(r"```mermaid\n(.*?)```", README, re.DOTALL)

    # https://mermaid.js.org/syntax/sequenceDiagram: a semicolon ends a statement.
    assert len(pictures) == 2
    assert [picture for picture in pictures if ";" in picture] == []
