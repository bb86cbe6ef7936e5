"""Texts that people type, in five languages, and the first line of each answer.

`typed.txt` has each text, and below it, indented, what is answered: `card:` for a card
that all see and `asker:` for what the asker alone is told, with its buttons.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.domain.ramp_commands import RAMP
from bot.domain.requests import Alias, Place
from bot.domain.submissions import Target
from bot.domain.translated_words import COMMANDS, split_chinese, without_accents
from bot.domain.verbs import VERBS, Verb
from bot.sandbox.store.seed import MAIL, MAIL_INSIDERS, MAPS, NOTES, PHOTOS
from tests.dialogues.conversation import UNLIMITED, Conversation
from tests.slack_users import ANN, IN_MAIL, TEAM, labels

TEXTS = Path(__file__).with_name("typed.txt")
ONE = (Alias("mail", Target("main", MAIL), "Contoso Mail"),)
CHANNELS = {
    "several": (
        *ONE,
        Alias("beta", Target("main", MAIL, MAIL_INSIDERS), "Contoso Mail", "Insiders"),
        Alias("photos", Target("main", PHOTOS), "Contoso Photos"),
        Alias("notes", Target("main", NOTES), "Contoso Notes"),
        Alias("maps", Target("main", MAPS), "Contoso Maps"),
    ),
    "one": ONE,
    "none": (),
}
# How the words of a text name the app of a card, beside its displayed name.
NAMED_BY = {
    "Contoso Mail": ("mail", MAIL.lower()),
    "Contoso Mail, flight Insiders": ("beta", "insiders"),
    "Contoso Photos": ("photos", PHOTOS.lower()),
}
ALL = ("all", "everything", "*", "alles", "tout", "всё", "全部")
FINAL = {
    word: verb
    for verb, rule in VERBS.items()
    if rule.irreversible
    for word in (
        *(verb.value, *rule.synonyms),
        *(word for word, command in COMMANDS.items() if command == verb.value),
    )
}
OFFERED = re.compile(r"(?i:did you mean|type) `/rollout (\S+)")


@dataclass
class Typed:
    """A text, where it is typed, and how it is answered."""

    channel: str
    text: str
    answers: list[str] = field(default_factory=list)


def read() -> Iterator[tuple[str, list[Typed]]]:
    """Return the texts below each headline of the file."""
    channel, about, texts = "", "", list[Typed]()
    for line in TEXTS.read_text(encoding="utf-8").splitlines():
        if line.startswith("    "):
            texts[-1].answers.append(line.strip())
        elif line.startswith("#"):
            if texts:
                yield about, texts
            about, texts = line.strip("# "), []
        elif line.startswith("["):
            channel = line.strip("[]")
        else:
            texts.append(Typed(channel, line))
    yield about, texts


PARTS = dict(read())
EVERY = [typed for part in PARTS.values() for typed in part]


@pytest.fixture(scope="module")
def store_limit() -> str:
    return UNLIMITED


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("about", PARTS)
async def test_each_text_is_answered_as_the_file_says(
    chat: Conversation, about: str
) -> None:
    place, now = Place(TEAM, IN_MAIL), datetime.now(UTC)
    for typed in PARTS[about]:
        await chat.start_over()
        for alias in CHANNELS[typed.channel]:
            added = replace(alias, added_by=ANN)
            await chat.repositories.aliases.add_alias(place, added, now)

        await chat.say(ANN, f"/rollout {typed.text}")

        assert (typed.text, answers(chat)) == (typed.text, typed.answers)
        assert chat.writes() == []


def test_there_are_enough_texts_and_each_is_answered() -> None:
    assert len(EVERY) >= 200
    assert len({(typed.channel, typed.text) for typed in EVERY}) == len(EVERY)
    assert all(typed.answers for typed in EVERY)


def test_nothing_irreversible_is_offered_that_was_not_named() -> None:
    for typed in EVERY:
        words = [word.lower() for word in typed.text.split()]
        verb = next(w for w in words if w not in {"/rollout", "please"}).strip(".,:;!")
        chinese = split_chinese(verb)
        verb = without_accents(chinese[0] if chinese else verb)
        for answer in typed.answers:
            who, _, line = answer.partition(": ")
            if who == "card":
                asked, _, app = line.partition("? ")
                word = asked.split()[0].lower()
                # Each step of a ramp is a set, unless it was typed as a finalize.
                change = Verb.SET if word == RAMP else Verb(word)
                assert word != RAMP or "finalize" not in asked, typed
                assert FINAL.get(verb, Verb.SET) is change, typed
                assert is_named(typed, words, app), typed
            for offered in OFFERED.findall(line):
                final = FINAL.get(offered.strip("`?."))
                # A slip has the letters of the word itself.
                slip = set(verb) == set(offered.strip("`?."))
                assert final is None or FINAL.get(verb) is final or slip, typed
            assert "alias remove" not in line or verb == "alias", typed


def is_named(typed: Typed, words: list[str], app: str) -> bool:
    """Return whether the text names the app of a card."""
    if words[1:2] and words[1].strip("!") in ALL:
        return True
    # The only app of a channel may be left out.
    if typed.channel == "one" and (len(words) == 1 or words[0] == "set"):
        return True
    text = typed.text.lower()
    return app.lower() in text or any(name in text for name in NAMED_BY[app])


def answers(chat: Conversation) -> list[str]:
    """Return the first line of each answer, and the buttons of a question."""
    found = []
    for message in chat.seen(ANN):
        line = message["blocks"][0]["text"]["text"].splitlines()[0]
        if not message["ephemeral"]:
            found.append(f"card: {line}")
            continue
        buttons = "".join(f" [{label}]" for label in labels(message))
        found.append(f"asker: {line}{buttons}")
    return sorted(found)
