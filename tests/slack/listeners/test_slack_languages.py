"""Each person reads the bot in the language of their Slack, and a channel in its own.

Ben's Slack is German, Gil's French, Ann's and Dee's English. The catalogues of these
tests have the English messages, each behind the code of its language.
"""

from functools import partial
from pathlib import Path

import pytest

from bot.domain.languages import Language
from bot.slack.client.directory import SlackDirectory
from bot.slack.client.locales import Locales
from bot.slack.messages.translator import Translators
from bot.slack.outbox.languages import Languages
from tests.fakes import FakeService
from tests.slack.slack_harness import Bot, LanguagesOf
from tests.slack_users import (
    ANN,
    BEN,
    DEE,
    GIL,
    IN_GAMES,
    IN_MAIL,
    Clock,
    labels,
    texts,
)
from tests.translators import write_catalogue

HALT, STATUS = "/rollout halt mail crash", "/rollout status mail"
OFFER = "I offer this once."
SLOW = 0.3


def marked(language: Language, message: str) -> str:
    return f"({language}) {message}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with catalogues of German and French."""
    made = tmp_path_factory.mktemp("locales")
    for language in (Language.GERMAN, Language.FRENCH):
        write_catalogue(made, language, partial(marked, language))
    return made


@pytest.fixture
def languages_of(folder: Path) -> LanguagesOf:
    """Let the bot ask Slack for the locale of each person."""

    def made(parts: FakeService, directory: SlackDirectory, _: Clock) -> Languages:
        translators = Translators(folder=folder)
        return Languages(translators, Locales(directory), parts.channel_languages)

    return made


def asked_for(bot: Bot) -> list[str]:
    """Return the people whom Slack was asked for, in order."""
    return [call.args["user"] for call in bot.slack.calls("users.info")]


async def set_language(bot: Bot, word: str, channel: str = IN_MAIL) -> None:
    await bot.say(ANN, f"/rollout language {word}", channel)


async def test_each_is_answered_in_the_language_of_their_slack(bot: Bot) -> None:
    for who in (ANN, BEN, DEE):
        await bot.say(who, STATUS)

    assert bot.told(ANN)[0].startswith("Rollouts: mail")
    assert bot.told(BEN)[0].startswith("(de) Rollouts: mail")
    assert bot.told(DEE)[0].startswith("Rollouts: mail")


async def test_a_guest_is_refused_in_the_language_of_their_slack(bot: Bot) -> None:
    await bot.say(GIL, "@Rollout halt mail", IN_GAMES)

    assert bot.told(GIL, IN_GAMES)[0].startswith("(fr) ")


async def test_the_card_and_its_result_are_in_the_language_of_the_channel(
    bot: Bot,
) -> None:
    await bot.say(BEN, HALT)
    assert labels(bot.card()) == ["Halt rollout", "Cancel"]
    await bot.press(BEN, "Cancel")

    await set_language(bot, "de")
    await bot.say(ANN, HALT)
    assert labels(bot.card()) == ["(de) Halt rollout", "(de) Cancel"]
    await bot.press(ANN, "(de) Halt rollout")
    await bot.finish()

    assert "(de) Halted: Contoso Mail" in texts(bot.card())
    assert "(de) Halted" in bot.thread()[0]
    # What Ann alone sees stays English.
    assert not any("(de)" in text for text in bot.told(ANN))


async def test_another_channel_keeps_its_own_language(bot: Bot) -> None:
    await set_language(bot, "de", IN_GAMES)

    await bot.say(ANN, HALT)

    assert labels(bot.card()) == ["Halt rollout", "Cancel"]


async def test_a_press_that_is_refused_is_answered_in_the_pressers_language(
    bot: Bot,
) -> None:
    await bot.say(ANN, HALT)
    asked = bot.card()
    await bot.press(ANN, "Halt rollout")

    await bot.press_on(BEN, asked, "Halt rollout")
    await bot.quiet()

    assert bot.told(BEN)[0].startswith(f"(de) <@{ANN}> confirmed this already")


async def test_a_halt_does_not_wait_for_slack_to_say_who_reads_what(bot: Bot) -> None:
    bot.slack.arm("users.info", "slow", seconds=60, times=9)

    await bot.slack.command(BEN, IN_MAIL, HALT)
    await bot.slack.until(lambda: bool(bot.cards()))
    await bot.slack.press_label(BEN, IN_MAIL, "Halt rollout")
    await bot.slack.until(lambda: labels(bot.card()) == [])
    assert bot.started


@pytest.mark.parametrize("trouble", ["no scope", "ratelimited", "internal_error"])
async def test_where_slack_does_not_say_it_is_the_channels_language(
    bot: Bot, trouble: str
) -> None:
    if trouble == "no scope":
        bot.slack.workspace.scopes.remove("users:read")
    else:
        bot.slack.arm("users.info", trouble, times=9, seconds=0)

    await bot.say(BEN, STATUS)
    assert bot.told(BEN)[0].startswith("Rollouts: mail")
    await set_language(bot, "fr")
    await bot.say(BEN, STATUS)

    assert bot.told(BEN)[1].startswith("(fr) Rollouts: mail")
    # A lookup that has failed is not made again at once.
    assert asked_for(bot).count(BEN) == 1


async def test_an_answer_waits_for_a_lookup_that_is_under_way(bot: Bot) -> None:
    bot.slack.arm("users.info", "slow", seconds=SLOW)

    await bot.say(BEN, STATUS)

    assert bot.told(BEN)[0].startswith("(de) Rollouts: mail")


async def test_a_locale_is_asked_for_once(bot: Bot) -> None:
    for text in (STATUS, "/rollout history", "/rollout alias list", HALT):
        await bot.say(BEN, text)
    bot.clock.forward(30)
    await bot.say(BEN, STATUS)

    assert asked_for(bot) == [BEN]


async def test_who_has_changed_is_asked_for_again(bot: Bot) -> None:
    await bot.say(BEN, STATUS)
    bot.slack.directory_actions.change_person(BEN, admin=True)
    await bot.slack.settle()

    await bot.say(BEN, STATUS)

    assert asked_for(bot) == [BEN, BEN]
    assert bot.told(BEN)[-1].startswith("(de) Rollouts: mail")


def offers(bot: Bot, who: str, channel: str = IN_MAIL) -> list[str]:
    return [text for text in bot.told(who, channel) if OFFER in text]


async def test_another_language_is_offered_once_behind_the_answer(bot: Bot) -> None:
    await bot.say(ANN, STATUS)
    await bot.say(BEN, STATUS)
    await bot.say(BEN, STATUS)

    assert offers(bot, ANN) == []
    [offer] = offers(bot, BEN)
    assert bot.told(BEN)[1] == offer
    assert offer.startswith("(de) What everybody sees in this channel is in *English*.")
    assert "`/rollout language de` makes that *Deutsch*" in offer


async def test_it_is_offered_in_each_channel_and_never_to_a_guest(bot: Bot) -> None:
    await bot.say(GIL, "@Rollout status mail", IN_GAMES)
    await bot.say(BEN, STATUS)
    await bot.say(BEN, STATUS, IN_GAMES)

    assert offers(bot, GIL, IN_GAMES) == []
    assert len(offers(bot, BEN)) == 1
    assert len(offers(bot, BEN, IN_GAMES)) == 1


async def test_it_is_not_offered_where_a_language_was_set(bot: Bot) -> None:
    await set_language(bot, "en")

    await bot.say(BEN, STATUS)

    assert offers(bot, BEN) == []


async def test_the_command_shows_sets_and_explains(bot: Bot) -> None:
    for text in ("language", "language de", "language de", "language", "language es"):
        await bot.say(ANN, f"/rollout {text}")

    shown, now, already, again, unknown = bot.told(ANN)
    assert "Messages in this channel are in *English*." in shown
    assert "`en` English, `fr` français, `de` Deutsch, `ru` русский, `zh` 中文" in shown
    assert "in *Deutsch*; before, they were in English." in now
    assert "in *Deutsch* already" in already
    assert "in *Deutsch*." in again
    assert "I do not write in `es`." in unknown
    assert "`/rollout language de`" in unknown


async def test_home_is_in_the_language_of_its_reader(bot: Bot) -> None:
    for who in (ANN, BEN):
        bot.slack.open_home(who)
    await bot.slack.settle()
    await bot.quiet()

    homes = {who: bot.slack.home(who) for who in (ANN, BEN)}
    shown = {who: texts(view.body) for who, view in homes.items() if view}
    assert "(de) " not in shown[ANN]
    assert "(de) " in shown[BEN]
