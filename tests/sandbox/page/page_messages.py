"""The messages of the sandbox page: what its dictionaries have to translate."""

import ast
import importlib
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Final

from bot.sandbox import clock
from bot.sandbox.slack import faults as slack_faults
from bot.sandbox.static_files import FOLDER
from bot.sandbox.store import fault_texts, partner_center, state, switches

LANGUAGES: Final = ("fr", "de", "ru", "zh")
SLACK: Final = FOLDER.parent / "slack"
# Elements of index.html that have no end.
VOID: Final = frozenset({"meta", "link", "input", "br"})
_CALL: Final = re.compile(r'\b(?:gettext|N_)\(\s*"([^"\\]+)"')


def of_scripts() -> set[str]:
    """Return the messages that the scripts of the page name."""
    return {
        message
        for path in sorted(FOLDER.glob("*.js"))
        for message in _CALL.findall(path.read_text(encoding="utf-8"))
    }


class _Document(HTMLParser):
    """The texts, names and tooltips of an HTML page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self._open: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        left_out = tag in ("script", "noscript") or ("translate", "no") in attrs
        if tag not in VOID:
            self._open.append(left_out)
        for name, value in attrs:
            if name in ("aria-label", "title"):
                self._add(value or "")

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        self._add(data.strip())

    def _add(self, text: str) -> None:
        if any(map(str.isalpha, text)) and not any(self._open):
            self.found.add(text)


def of_document() -> set[str]:
    """Return the messages of index.html."""
    document = _Document()
    document.feed((FOLDER / "index.html").read_text(encoding="utf-8"))
    return document.found


def sentences_of_slack() -> Iterator[tuple[str, ast.expr]]:
    """Return the place of each sentence that the local Slack makes, and its message."""
    for path in sorted(SLACK.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            if ast.unparse(node.func) in ("UserActionError", "Sentence"):
                yield path.stem, node.args[0]


def of_slack() -> set[str]:
    """Return what the local Slack says: its errors and the texts of its faults."""
    found = set(slack_faults.METHOD_TEXTS.values())
    for choice in slack_faults.FAULT_CHOICES.values():
        found |= {choice["title"], choice["about"], choice["expect"]}
    for module, message in sentences_of_slack():
        if isinstance(message, ast.Name) and message.id.isupper():
            names = vars(importlib.import_module(f"bot.sandbox.slack.{module}"))
            found.add(names[message.id])
    return found


def of_store() -> set[str]:
    """Return what the local Store says: its faults, switches and refusals."""
    found = {operation["title"] for operation in fault_texts.describe_operations()}
    for fault in fault_texts.describe_faults().values():
        found |= {fault["title"], fault["about"]}
        found |= {*fault["titles"].values(), *fault["expect"].values()}
    found |= set(switches.DESCRIPTIONS.values())
    for choices in switches.CHOICES.values():
        found |= {each.replace("_", " ") for each in choices if not each.isdigit()}
    found |= {partner_center.NOTHING_PUBLISHED, partner_center.NOT_OFFERED}
    return found | {state.BAD_PERCENTAGE, clock.NOT_MOVABLE}


def messages() -> set[str]:
    """Return every message of the page."""
    return of_scripts() | of_document() | of_slack() | of_store()


def pseudo(found: set[str]) -> dict[str, str]:
    """Return a dictionary that puts every message into brackets."""
    return {message: f"⟦{message}⟧" for message in found}


def names(message: str) -> list[str]:
    """Return the names in braces of a message."""
    return sorted(re.findall(r"\{[a-z_]+\}", message))
