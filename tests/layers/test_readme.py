"""The README quotes the bot's messages and commands, and its links lead somewhere."""

import ast
import re
from pathlib import Path

import pytest
from dotenv import dotenv_values

from bot.__main__ import main
from bot.domain.commands import parse
from bot.domain.rollout import TRANSITIONS
from bot.domain.usage import Usage
from bot.domain.verbs import Phase, Verb

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAPERS = (ROOT / "README.md", *sorted((ROOT / ".github").glob("*.md")))
GUARANTEES = (ROOT / ".github" / "GUARANTEES.md").read_text(encoding="utf-8")
MESSAGE = re.compile(r"(?<!\*)\*([^*|]+)\*(?!\*)")
ARROW = re.compile(r"^ *(\w+) --> (\w+): (\w+)", re.MULTILINE)
STATE = re.compile(r"--> (\w+)")
COMMAND = re.compile(r"`/rollout ([^`]+)`")
# What a person puts in the place of these words.
FILLED_IN = {
    "APP": "mail",
    "PERCENT": "40%",
    "NAME": "mail",
    "STORE_ID": "9NBLGGH4R315",
    "FLIGHT": "Insiders",
    "LANGUAGE": "de",
}
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
CODE = re.compile(r"```.*?```", re.DOTALL)


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
    """Return the messages in the table under When it fails."""
    section = README.split("## When it fails")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")][1:]
    return [message for row in rows for message in MESSAGE.findall(row.split("|")[1])]


def diagrams() -> list[str]:
    """Return the sources of the mermaid diagrams."""
    return re.findall(r"```mermaid\n(.*?)```", GUARANTEES, re.DOTALL)


def state_diagram() -> str:
    """Return the source of the diagram of a rollout's states."""
    (diagram,) = (one for one in diagrams() if one.startswith("stateDiagram"))
    return diagram


def phase(name: str) -> Phase:
    """Return the phase that the diagram names, such as InProgress."""
    return Phase(re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower())


def test_every_message_under_when_it_fails_is_one_that_the_bot_has() -> None:
    texts, messages = texts_in_the_code(), quoted_messages()

    unknown = [m for m in messages if not any(m in text for text in texts)]

    assert len(messages) > 10
    assert unknown == []


def typed_commands() -> list[str]:
    """Return the README's commands as somebody types them, with and without options."""
    typed = []
    for shape in COMMAND.findall(README):
        for text in (re.sub(r" ?\[[^]]*\]|…", "", shape), re.sub(r"[][…]", "", shape)):
            words = [FILLED_IN.get(word, word) for word in text.split()]
            typed.append(" ".join(words))
    return typed


def anchors(paper: Path) -> set[str]:
    """Return the anchors that GitHub gives the headings of a paper."""
    text = CODE.sub("", paper.read_text(encoding="utf-8"))
    return {
        re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-")
        for heading in HEADING.findall(text)
    }


def test_every_command_in_the_readme_is_one_that_the_bot_takes() -> None:
    typed = typed_commands()

    assert len(typed) > 20
    assert [text for text in typed if isinstance(parse(text), Usage)] == []


def test_every_command_line_in_the_readme_is_one_of_the_program(
    capsys: pytest.CaptureFixture[str],
) -> None:
    named = set(re.findall(r"-m bot ([a-z]+)", README))

    with pytest.raises(SystemExit):
        main(["--help"])
    offered = capsys.readouterr().out
    assert named == {"audit", "sandbox", "doctor", "migrate"}
    for name in named:
        assert f"    {name} " in offered


def test_the_readme_has_every_setting_and_no_other() -> None:
    section = README.split("## Settings")[1].split("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if "| `" in line]
    named = {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row)}

    assert named == set(dotenv_values(ROOT / ".env.example"))


@pytest.mark.parametrize("title", ["Run it", "Test it"])
def test_each_set_up_is_one_command(title: str) -> None:
    section = README.split(f"\n## {title}\n")[1].split("\n## ")[0]
    (block,) = re.findall(r"^```sh\n(.*?)^```", section, re.DOTALL | re.MULTILINE)

    assert len(block.splitlines()) == 1
    assert block.startswith("python3 -m venv .venv && .venv/bin/pip install -q -r ")


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.name)
def test_every_link_leads_to_a_file_and_a_heading_of_it(paper: Path) -> None:
    for path, anchor in LINK.findall(paper.read_text(encoding="utf-8")):
        there = (paper.parent / path).resolve() if path else paper
        assert there.exists(), path
        assert not anchor or anchor in anchors(there), (path, anchor)


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
