"""The form of a rule, by signed HTTP: opened, typed into, submitted."""

import asyncio
from typing import Any

import pytest

from bot.domain.directory import LookupFailed, Profile, UserGroup
from bot.domain.proposals import Proposal
from bot.domain.rules import Rule, SecondPerson
from bot.slack.ids import GROUPS_BLOCK, PEOPLE_BLOCK, RULE_FORM, rule_form_subject
from tests.fakes import MAIL
from tests.slack.signed_requests import send
from tests.slack.slack_harness import Bot, fail
from tests.slack_users import ANN, BEN, IN_MAIL, TEAM, labels, words

MANAGERS = UserGroup("S0MANAGERS", "release-managers", "Release managers")
CHANGE = "Change…"


@pytest.fixture
async def form(bot: Bot) -> Bot:
    """A bot whose form of the rule of Contoso Mail Ann has opened."""
    directory = bot.parts.directory
    directory.put(Profile(ANN, "Ann"), Profile(BEN, "Ben"))
    directory.put_group(MANAGERS, (ANN, BEN))
    directory.channels[IN_MAIL] = frozenset({ANN, BEN})
    await bot.say(ANN, "/rollout rules mail")
    await bot.press(ANN, CHANGE)
    return bot


def proposals(bot: Bot) -> list[Proposal]:
    return [*bot.memory.proposals.values()]


async def submit(bot: Bot, **chosen: object) -> dict[str, str]:
    errors = await bot.slack.submit(ANN, **chosen)
    await bot.quiet()
    return errors


async def test_the_form_becomes_one_card_and_closes(form: Bot) -> None:
    assert await form.slack.suggest(ANN, GROUPS_BLOCK, "rel") == ["S0MANAGERS"]

    assert await submit(form, groups=["S0MANAGERS"], finalize="yes") == {}

    assert form.slack.modal(ANN) is None
    [proposal] = proposals(form)
    assert (proposal.target, proposal.asked_by) == (MAIL, ANN)
    assert labels(form.card()) == ["Agree", "Refuse"]
    await form.press(BEN, "Agree")
    found = await form.parts.repositories.rules.rule_in_force(TEAM, MAIL)
    assert found.rule == Rule(groups=("S0MANAGERS",), finalize=SecondPerson.YES)


async def test_a_second_delivery_of_a_form_proposes_nothing(form: Bot) -> None:
    view = form.slack.modal(ANN)
    assert view is not None
    await submit(form, finalize="yes")
    sent = {"id": view.id, "hash": view.hash}
    status, _ = await send(form, submission(**sent))
    await form.quiet()

    assert status == 200
    assert len(proposals(form)) == 1


def submission(**changed: object) -> dict[str, Any]:
    """Return a form that Ann submits, as Slack sends it."""
    no = {"chosen": {"selected_option": {"value": "no"}}}
    values = {"finalize": no, "set": no, "reasons": no}
    return {
        "type": "view_submission",
        "team": {"id": TEAM},
        "user": {"id": ANN, "team_id": TEAM},
        "view": {
            "id": "V0FORM",
            "hash": "1700000000.abc",
            "type": "modal",
            "callback_id": RULE_FORM,
            "private_metadata": rule_form_subject(IN_MAIL, MAIL, 0),
            "state": {"values": values},
            **changed,
        },
    }


async def test_a_form_that_names_no_rule_is_refused_at_a_field(form: Bot) -> None:
    _, answer = await send(form, submission(private_metadata="x"))

    assert "I cannot tell which rule this form is for" in answer
    assert proposals(form) == []


async def test_where_slack_names_no_groups_nothing_is_offered(form: Bot) -> None:
    form.parts.directory.failure = LookupFailed("ratelimited")

    assert await form.slack.suggest(ANN, GROUPS_BLOCK) == []


async def test_the_select_and_the_form_do_not_wait_for_slack(
    form: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.listeners.rule_actions._LOOKUP_SECONDS", 0.0)
    await form.slack.suggest(ANN, GROUPS_BLOCK)

    async def silent(*_: object, **__: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(form.parts.directory, "groups", silent)
    monkeypatch.setattr(form.parts.directory, "profile", silent)

    assert await form.slack.suggest(ANN, GROUPS_BLOCK) == []
    errors = await submit(form, people=[BEN], finalize="no")
    assert (
        "Slack did not tell me who these people are (timeout)" in errors[PEOPLE_BLOCK]
    )
    assert proposals(form) == []


async def test_more_than_ten_people_and_groups_are_refused(form: Bot) -> None:
    more = [f"U0MORE{n}" for n in range(10)]
    await form.slack.suggest(ANN, GROUPS_BLOCK)

    errors = await submit(form, people=more, groups=["S0MANAGERS"])

    assert (
        "A rule names up to 10 people and groups together; these are 11"
        in errors[PEOPLE_BLOCK]
    )


async def test_a_form_that_comes_while_the_bot_ends_stays_open(form: Bot) -> None:
    await form.tasks.drain(0)

    errors = await form.slack.submit(ANN, finalize="yes")

    assert "I am being restarted" in errors[PEOPLE_BLOCK]
    assert form.slack.modal(ANN) is not None


async def test_a_press_that_comes_while_the_bot_ends_is_answered(form: Bot) -> None:
    await form.tasks.drain(0)

    await form.press(ANN, CHANGE)

    assert "I am being restarted" in form.told(ANN)[-1]


async def test_a_form_that_slack_does_not_open_is_told(form: Bot) -> None:
    form.slack.arm("views.open", "internal_error")

    await form.press(ANN, CHANGE)

    assert "Slack did not open the form in time" in form.told(ANN)[-1]


async def test_a_database_that_is_away_is_told(
    form: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail(monkeypatch, form.parts.repositories.rules, "rule_in_force")

    await form.press(ANN, CHANGE)
    await submit(form, finalize="yes")

    assert len([text for text in form.told(ANN) if "database" in text]) == 2


async def test_a_button_that_names_no_rule_is_answered(form: Bot) -> None:
    press = {
        "type": "block_actions",
        "team": {"id": TEAM},
        "user": {"id": ANN, "team_id": TEAM},
        "channel": {"id": IN_MAIL},
        "container": {"message_ts": "1700.1"},
        "trigger_id": "1.2.3",
        "actions": [{"action_id": "rollout_change_rule", "value": "none"}],
    }
    await send(form, press)
    await form.quiet()
    await send(form, {**press, "user": {}})

    assert "card" in form.told(ANN)[-1]


async def test_the_card_is_in_the_channel_and_its_words_are_in_the_notice(
    form: Bot,
) -> None:
    await submit(form, people=[ANN, BEN], set="alone_after_1_hour")

    shown = words(form.card())
    assert f"• *Who may confirm:* everybody → *<@{ANN}>, <@{BEN}>*" in shown
    assert "No → *Yes; the asker alone after 1 hour, with a reason*" in shown
