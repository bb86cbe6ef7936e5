"""Sentences that people read stand in the messages of Slack, and nowhere below them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

BOT = Path(__file__).parents[2] / "bot"
MESSAGES = "slack/messages/"
SILENT = ("domain", "service", "store", "db", "engine", "slack")

# Starts with a capital or an argument, and has three words or more before its end.
SENTENCE = re.compile(r"\s*[A-Z…]\S*(?:\s+\S+){2,}?(?<=[.?!])(?:\s|$)")

# Files whose sentences are for machines, or for whoever debugs a request.
ALLOWED = {
    "slack/inbound/receiver.py": "HTTP errors for whoever debugs the sender",
}


def sentences(source: str) -> Iterator[str]:
    """Return the sentences in a source, but those of docstrings, logs and raises."""
    tree = ast.parse(source)
    exempt = {id(part) for node in ast.walk(tree) for part in _exempt(node)}
    for node in ast.walk(tree):
        text = _text(node)
        if text is not None and id(node) not in exempt and SENTENCE.match(text):
            yield text


def _text(node: ast.AST) -> str | None:
    """Return the text of a literal; what is put into an f-string is one more word."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = (_text(part) for part in node.values)
        return "".join("…" if part is None else part for part in parts)
    return None


def _exempt(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Expr(value=ast.Constant()):
            yield node.value
        case ast.Raise() | ast.Assert():
            yield from ast.walk(node)
        case ast.Call(func=ast.Attribute(value=ast.Name(id="_log"))):
            yield from ast.walk(node)
        case ast.JoinedStr():
            # The f-string is judged as a whole.
            yield from node.values
        case _:
            pass


def found() -> dict[str, list[str]]:
    """Return the sentences of each file that is to have none."""
    paths = (path for package in SILENT for path in (BOT / package).rglob("*.py"))
    texts = {
        str(path.relative_to(BOT)): list(sentences(path.read_text(encoding="utf-8")))
        for path in paths
    }
    return {
        path: said
        for path, said in texts.items()
        if said and not path.startswith(MESSAGES)
    }


def test_no_sentence_stands_outside_the_messages() -> None:
    assert {path: said for path, said in found().items() if path not in ALLOWED} == {}


def test_every_file_that_may_have_sentences_has_some() -> None:
    assert set(ALLOWED) - set(found()) == set()


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ('TEXT = "The Store is away."', 1),
        ('TEXT = "Is it so? Then wait."', 1),
        ('text = f"The app {name} is halted."', 1),
        ('"""The module\'s own docstring."""', 0),
        ('raise ValueError("This is for the log.")', 0),
        ('_log.warning("The request %s is late.", request)', 0),
        ('text = f"{name} could not be shown."', 1),
        ('text = f"The Store is away. {hint}"', 1),
        ('SQL = "SELECT a.pid FROM pg_locks a WHERE a.pid = 1"', 0),
        ('CODE = "not_found"', 0),
        ('STYLE = "Halt rollout"', 0),
    ],
)
def test_a_sentence_is_told_from_other_text(source: str, count: int) -> None:
    assert len(list(sentences(source))) == count
