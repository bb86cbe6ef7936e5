"""Rules: shown in words, proposed with a form, agreed to by a second person."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from bot.db.events import EVENTS, event_from
from bot.domain.events import Event, EventKind
from bot.domain.rules import Rule, SecondPerson
from bot.domain.submissions import Target
from bot.sandbox.store.seed import MAIL, MAIL_INSIDERS
from bot.slack.ids import (
    FINALIZE_BLOCK,
    GROUPS_BLOCK,
    OWN_RULE_BLOCK,
    PEOPLE_BLOCK,
    REASONS_BLOCK,
    SET_BLOCK,
)
from tests.dialogues.conversation import UNLIMITED, Conversation
from tests.slack_users import (
    ANN,
    BEN,
    DEE,
    GIL,
    IN_GAMES,
    IN_MAIL,
    TEAM,
    labels,
    texts,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

MANAGERS = "S0MANAGERS"
CHANGE, AGREE, REFUSE = "Change…", "Agree", "Refuse"
APP = Target("main", MAIL)
NOBODY_AGREED = "Nobody has agreed on a rule."


@pytest.fixture(scope="module")
def store_limit() -> str:
    return UNLIMITED


async def ask(
    chat: Conversation, line: str, who: str = ANN, channel: str = IN_MAIL
) -> str:
    """Type a command, and return what this person alone is told."""
    before = len(chat.told(who, channel))
    await chat.say(who, f"/rollout {line}", channel)
    told = chat.told(who, channel)[before:]
    assert len(told) == 1, told
    return told[0]


async def name_mail(chat: Conversation) -> None:
    await ask(chat, f"alias add mail {MAIL}", BEN)


async def open_form(
    chat: Conversation, who: str = ANN, line: str = "rules mail"
) -> Any:  # noqa: ANN401 - JSON
    """Open the form as this person, and return its blocks by their ids."""
    await ask(chat, line, who)
    await chat.press(who, CHANGE)
    view = chat.slack.modal(who)
    assert view is not None
    return {block["block_id"]: block for block in view.body["blocks"]}


async def submit(
    chat: Conversation, who: str = ANN, /, **chosen: object
) -> dict[str, str]:
    """Submit the open form with what was chosen in it; return the errors by field."""
    errors = await chat.slack.submit(who, **chosen)
    await chat.quiet()
    return errors


async def agreed(chat: Conversation, **chosen: object) -> None:
    """Let Ann propose a rule, and Ben agree."""
    await open_form(chat)
    assert await submit(chat, **chosen) == {}
    await chat.press(BEN, AGREE)
    assert labels(chat.card()) == []


async def in_force(chat: Conversation, target: Target | None = APP) -> Rule:
    found = await chat.repositories.rules.rule_in_force(TEAM, target)
    return found.rule


async def events(chat: Conversation) -> list[Event]:
    """Return all events, the oldest first."""
    rows = await chat.database.run(select(EVENTS).order_by(EVENTS.c.id))
    return [event_from(row) for row in rows]


async def test_a_channel_without_rules_reads_that_everybody_may(
    chat: Conversation,
) -> None:
    await name_mail(chat)

    told = await ask(chat, "rules mail")

    assert "*`mail` (Contoso Mail)*" in told
    assert "Everybody in a channel that has the app may confirm." in told
    assert "Finalize needs no second person." in told
    assert "Set needs no second person." in told
    assert "A reason may be left out." in told
    assert NOBODY_AGREED in told
    assert "No rule holds a halt" in told
    both = await ask(chat, "rules")
    assert "*The default of the workspace*" in both
    assert "*`mail` (Contoso Mail)*" in both


async def test_a_rule_is_proposed_agreed_to_by_a_second_person_and_shown(
    chat: Conversation,
) -> None:
    await name_mail(chat)
    fields = await open_form(chat)
    assert fields[PEOPLE_BLOCK]["element"]["type"] == "multi_users_select"
    assert fields[GROUPS_BLOCK]["element"]["type"] == "multi_external_select"
    assert await chat.slack.suggest(ANN, GROUPS_BLOCK, "release") == [MANAGERS]
    assert await chat.slack.suggest(ANN, GROUPS_BLOCK, "nothing like it") == []

    assert (
        await submit(
            chat,
            people=[DEE],
            groups=[MANAGERS],
            finalize="alone_after_10_minutes",
            reasons="required",
        )
        == {}
    )

    card = chat.card()
    assert labels(card) == [AGREE, REFUSE]
    shown = texts(card)
    assert "Change a rule? Contoso Mail" in shown
    assert f"<@{ANN}> proposes another rule for *Contoso Mail*:" in shown
    named = f"<@{DEE}>, <!subteam^{MANAGERS}>"
    assert f"• *Who may confirm:* everybody → *{named}*" in shown
    alone = "Yes; the asker alone after 10 minutes, with a reason"
    assert f"• *Finalize needs a second person:* No → *{alone}*" in shown
    assert "• *Reason:* May be left out → *Required*" in shown
    assert "Set needs" not in shown
    assert await in_force(chat) == Rule()

    await chat.press(BEN, AGREE)

    rule = Rule(
        (DEE,), (MANAGERS,), SecondPerson.ALONE_AFTER_10_MINUTES, reason_required=True
    )
    assert await in_force(chat) == rule
    assert labels(chat.card()) == []
    assert f"<@{BEN}> agreed to the rule" in texts(chat.card())
    told = await ask(chat, "rules mail")
    assert f"Only these may confirm: {named}." in told
    assert "after 10 minutes the asker may do it alone, with a reason" in told
    assert "A reason is required." in told
    assert f"own rule. Proposed by <@{ANN}>, agreed to by <@{BEN}>, <!date" in told


async def test_the_proposer_does_not_agree_alone_and_may_withdraw(
    chat: Conversation,
) -> None:
    await name_mail(chat)
    await open_form(chat)
    await submit(chat, finalize="yes")

    await chat.press(ANN, AGREE)

    assert (
        "You proposed this rule, so a second person has to agree" in chat.told(ANN)[-1]
    )
    assert await in_force(chat) == Rule()
    assert labels(chat.card()) == [AGREE, REFUSE]
    await chat.press(ANN, REFUSE)
    assert await in_force(chat) == Rule()
    assert f"<@{ANN}> refused the rule" in texts(chat.card())


async def test_an_admin_of_the_workspace_agrees_alone(chat: Conversation) -> None:
    await name_mail(chat)
    await open_form(chat, DEE)
    await submit(chat, DEE, set="yes")

    await chat.press(DEE, AGREE)

    assert await in_force(chat) == Rule(set=SecondPerson.YES)
    assert f"<@{DEE}> changed the rule for *Contoso Mail* as an admin" in texts(
        chat.card()
    )
    assert f"Decided by <@{DEE}> as an admin" in await ask(chat, "rules mail")


async def test_whom_the_rule_now_or_the_new_one_leaves_out_does_not_agree(
    chat: Conversation,
) -> None:
    await name_mail(chat)
    chat.slack.directory_actions.change_person(DEE, admin=False)
    await chat.slack.settle()
    await agreed(chat, people=[ANN, BEN], finalize="yes")

    # It would be loosened: the rule now decides.
    await open_form(chat, BEN)
    await submit(chat, BEN, people=[], finalize="no")
    await chat.press(DEE, AGREE)
    assert "By the rule now you may not confirm" in chat.told(DEE)[-1]
    assert f"<@{ANN}>, <@{BEN}>" in chat.told(DEE)[-1]
    assert (await in_force(chat)).people == (ANN, BEN)
    await chat.press(DEE, REFUSE)
    assert labels(chat.card()) == [AGREE, REFUSE]
    await chat.press(ANN, AGREE)
    assert await in_force(chat) == Rule()

    # The new rule leaves Ann out, who may confirm now.
    await open_form(chat, BEN)
    await submit(chat, BEN, people=[BEN, DEE], finalize="yes")
    await chat.press(ANN, AGREE)
    assert "By the new rule you could not confirm any more" in chat.told(ANN)[-1]
    assert await in_force(chat) == Rule()
    await chat.press(DEE, AGREE)
    assert (await in_force(chat)).people == (BEN, DEE)
    refused = [
        event
        for event in await events(chat)
        if event.kind == EventKind.REFUSED and "rule" in event.details
    ]
    assert [event.code for event in refused] == [
        "not_listed_now",
        "not_listed_now",
        "not_listed_next",
    ]


async def test_a_rule_that_nobody_or_one_person_could_fulfil_is_refused_at_its_field(
    chat: Conversation,
) -> None:
    await name_mail(chat)
    directory = chat.slack.directory_actions
    await open_form(chat)
    await chat.slack.suggest(ANN, GROUPS_BLOCK)

    alone = await submit(chat, people=[ANN], finalize="yes")
    assert list(alone) == [GROUPS_BLOCK]
    assert "Only one person could fulfil this rule" in alone[GROUPS_BLOCK]
    directory.change_group_member(MANAGERS, ANN, member=False)
    directory.change_group_member(MANAGERS, BEN, member=False)
    await chat.slack.settle()
    nobody = await submit(chat, groups=[MANAGERS])
    assert "Nobody could fulfil this rule" in nobody[GROUPS_BLOCK]
    directory.change_group_member(MANAGERS, DEE, member=True)
    directory.change_person(DEE, deactivated=True)
    await chat.slack.settle()
    assert await submit(chat, groups=[MANAGERS]) == nobody
    gone = await submit(chat, people=[DEE])
    assert "The account of Dee Novak is deactivated" in gone[PEOPLE_BLOCK]
    stranger = await submit(chat, people=[ANN, GIL])
    assert "Gil Moreau belongs to another company" in stranger[PEOPLE_BLOCK]
    assert chat.cards() == []

    # One is enough where the asker may do it alone after a while.
    assert await submit(chat, people=[ANN], finalize="alone_after_1_hour") == {}
    assert labels(chat.card()) == [AGREE, REFUSE]


async def test_a_plan_without_user_groups_has_no_field_for_them(
    chat: Conversation,
) -> None:
    await name_mail(chat)
    await open_form(chat)
    await chat.slack.suggest(ANN, GROUPS_BLOCK)
    managers = chat.slack.workspace.directory.groups[MANAGERS]
    directory = chat.slack.directory_actions
    directory.change_plan(free=True)
    # The bot learns that it does not know the groups any more.
    directory.put_group(replace(managers, members=(BEN,)))
    await chat.slack.settle()

    refused = await submit(chat, groups=[MANAGERS])
    assert "no user groups in the plan of this workspace" in refused[GROUPS_BLOCK]
    fields = await open_form(chat, BEN)
    assert GROUPS_BLOCK not in fields
    shown = "\n".join(texts({"blocks": [one]}) for one in fields.values())
    assert "no user groups in the plan of this workspace" in shown
    assert await submit(chat, BEN, people=[ANN, BEN], finalize="yes") == {}
    await chat.press(ANN, AGREE)
    assert (await in_force(chat)).people == (ANN, BEN)


async def test_slack_that_does_not_answer_refuses_the_proposal_in_words(
    chat: Conversation,
) -> None:
    await name_mail(chat)
    await open_form(chat)
    directory = chat.slack.directory_actions
    directory.change_person(BEN, admin=True)
    await chat.slack.settle()
    chat.slack.arm("users.info", "ratelimited", times=20)

    refused = await submit(chat, people=[ANN, BEN], finalize="yes")

    assert "Slack did not tell me who these people are" in refused[PEOPLE_BLOCK]
    assert chat.cards() == []
    chat.slack.workspace.faults.clear()


async def test_the_form_begins_with_the_rule_in_force(chat: Conversation) -> None:
    await name_mail(chat)
    await open_form(chat)
    await chat.slack.suggest(ANN, GROUPS_BLOCK)
    await submit(chat, people=[ANN], groups=[MANAGERS], set="yes", reasons="required")
    await chat.press(BEN, AGREE)

    fields = await open_form(chat, BEN)

    assert fields[PEOPLE_BLOCK]["element"]["initial_users"] == [ANN]
    [option] = fields[GROUPS_BLOCK]["element"]["initial_options"]
    assert option["value"] == MANAGERS
    assert option["text"]["text"] == "@release-managers – Release managers"
    chosen = {
        block: fields[block]["element"]["initial_option"]["value"]
        for block in (FINALIZE_BLOCK, SET_BLOCK, REASONS_BLOCK)
    }
    assert chosen == {"finalize": "no", "set": "yes", "reasons": "required"}
    assert await submit(chat, BEN) == {}
    assert "This is the rule for `mail` (Contoso Mail) already" in chat.told(BEN)[-1]


async def test_a_rule_that_changed_meanwhile_ends_what_was_proposed_before(
    chat: Conversation,
) -> None:
    await name_mail(chat)
    await ask(chat, f"alias add beta {MAIL} flight {MAIL_INSIDERS}", BEN)
    await open_form(chat, line="rules beta")
    assert await submit(chat, set="yes") == {}
    of_flight = chat.card()
    assert "Change a rule? " in texts(of_flight)
    await agreed(chat, finalize="yes")

    await chat.press_on(BEN, of_flight, AGREE)
    await chat.quiet()

    flight = Target("main", MAIL, MAIL_INSIDERS)
    assert await in_force(chat, flight) == Rule(finalize=SecondPerson.YES)
    ended = next(card for card in chat.cards() if card["ts"] == of_flight["ts"])
    assert "has changed since" in texts(ended)
    assert "This is the rule of its app." in await ask(chat, "rules beta")


async def test_a_form_that_shows_an_older_rule_proposes_nothing(
    chat: Conversation,
) -> None:
    await name_mail(chat)
    await open_form(chat, BEN)
    await agreed(chat, finalize="yes")

    assert await submit(chat, BEN, set="yes") == {}

    assert "has changed since you opened the form" in chat.told(BEN)[-1]
    assert await in_force(chat) == Rule(finalize=SecondPerson.YES)


async def test_two_rules_for_one_app_do_not_wait_at_the_same_time(
    chat: Conversation,
) -> None:
    await name_mail(chat)
    await open_form(chat)
    await open_form(chat, BEN)
    await submit(chat, finalize="yes")

    await submit(chat, BEN, set="yes")

    assert "waits for a second person already" in chat.told(BEN)[-1]
    assert len(chat.cards()) == 1


async def test_the_default_is_proposed_by_an_admin_and_holds_for_all_apps(
    chat: Conversation,
) -> None:
    await name_mail(chat)
    await ask(chat, "rules", ANN)
    default = next(m for m in reversed(chat.seen(ANN)) if m["ephemeral"])
    places = [
        (block["block_id"], block["accessory"]["action_id"])
        for block in default["blocks"]
        if block.get("accessory", {}).get("value") == "default"
    ]
    [(block_id, action_id)] = places
    await chat.slack.press(ANN, IN_MAIL, default["ts"], block_id, action_id)
    await chat.quiet()
    assert "only an admin or owner of this Slack workspace" in chat.told(ANN)[-1]
    assert chat.slack.modal(ANN) is None

    await ask(chat, "rules", DEE)
    shown = next(m for m in reversed(chat.seen(DEE)) if m["ephemeral"])
    at_default = next(
        block
        for block in shown["blocks"]
        if block.get("accessory", {}).get("value") == "default"
    )
    await chat.slack.press(DEE, IN_MAIL, shown["ts"], at_default["block_id"], action_id)
    await chat.quiet()
    assert await submit(chat, DEE, finalize="yes") == {}
    assert "Change the default rule?" in texts(chat.card())
    await chat.press(BEN, AGREE)

    assert await in_force(chat) == Rule(finalize=SecondPerson.YES)
    assert await in_force(chat, None) == Rule(finalize=SecondPerson.YES)
    told = await ask(chat, "rules mail")
    assert "This is the default of the workspace. Proposed by" in told


async def test_guests_look_at_rules_and_change_none(chat: Conversation) -> None:
    await ask(chat, f"alias add mail {MAIL}", BEN, IN_GAMES)
    await chat.say(GIL, "@Rollout rules mail", IN_GAMES)
    assert NOBODY_AGREED in chat.told(GIL, IN_GAMES)[-1]

    await chat.press(GIL, CHANGE, IN_GAMES)

    assert chat.slack.modal(GIL) is None
    assert (
        "Only members of this channel's own workspace" in chat.told(GIL, IN_GAMES)[-1]
    )


async def test_a_change_of_a_rule_is_an_event_with_both_rules(
    chat: Conversation,
) -> None:
    await name_mail(chat)
    await agreed(chat, finalize="yes")

    [changed] = [
        event for event in await events(chat) if event.kind == EventKind.RULE_CHANGED
    ]

    assert (changed.actor, changed.details["asked_by"]) == (BEN, ANN)
    assert changed.target == APP
    assert changed.details["old"]["finalize"] == "no"
    assert changed.details["new"]["finalize"] == "yes"


async def test_a_rule_of_an_app_is_dropped_and_rules_says_what_holds_then(
    chat: Conversation,
) -> None:
    await name_mail(chat)
    assert OWN_RULE_BLOCK not in await open_form(chat)
    await agreed(chat, finalize="yes")
    fields = await open_form(chat)
    options = fields[OWN_RULE_BLOCK]["element"]["options"]
    assert [one["value"] for one in options] == ["keep", "drop"]

    assert await submit(chat, own_rule="drop") == {}
    assert "• Its own rule is dropped" in texts(chat.card())
    assert await in_force(chat) == Rule(finalize=SecondPerson.YES)
    await chat.press(BEN, AGREE)

    assert await in_force(chat) == Rule()
    assert "Its own rule was dropped" in await ask(chat, "rules mail")
    told = await ask(chat, "history mail")
    assert f"<@{BEN}> agreed to the rule for *Contoso Mail*" in told
    assert "• Its own rule is dropped" in told
