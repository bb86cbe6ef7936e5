"""What every command that asks for a change is answered with."""

import asyncio
import re
from dataclasses import replace
from typing import TypeGuard

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import failures
from bot.domain.events import EventKind
from bot.domain.failures import FailureCode, FailureDetail
from bot.domain.outcomes import (
    CardOpen,
    CommandOutcome,
    ConfirmationNeeded,
    Denial,
    Help,
    LeftOut,
    NotAllowed,
    NothingToConfirm,
    Several,
)
from bot.domain.permission import Action, Subject
from bot.domain.requests import Alias, EndReason, Person, Place, Request, RequestState
from bot.domain.results import AlreadyDone, Refused, Unavailable
from bot.domain.rollout import Change, RefusalReason, Rollout
from bot.domain.submissions import Snapshot, Target
from bot.domain.usage import Misuse, UnknownAlias, Usage
from bot.domain.verbs import VERBS, Verb
from bot.service.changes import MOST_APPS
from bot.service.requests import LONGEST_REASON
from tests.fakes import (
    ANN,
    BETA,
    DRAFT_ID,
    FINAL,
    GOING,
    GUEST,
    HALTED,
    MAIL,
    MAIN,
    NOON,
    PLACE,
    PLAIN,
    QUARTER,
    WAITING,
    Step,
    ref_of,
)
from tests.service.service_harness import ServiceHarness

OTHER = Target(MAIN, "9WZDNCRFJ3TJ")
ELSEWHERE = Place("T1", "C2")
DENIED = NotAllowed(Denial.OTHER_WORKSPACE)


@pytest.mark.parametrize("text", ["", "help"])
async def test_help_is_a_guide_with_this_channels_aliases(
    harness: ServiceHarness, text: str
) -> None:
    harness.aliases.put("chat", OTHER, ELSEWHERE)

    assert await harness.say(text) == Help((Alias("mail", MAIL, "Mail", None, "U1"),))


@pytest.mark.parametrize(
    ("text", "change", "reason"),
    [
        ("halt mail crash on start", Change(Verb.HALT), "crash on start"),
        ("finalize mail", Change(Verb.FINALIZE), ""),
        ("set mail 40 % slowly", Change(Verb.SET, 40.0), "slowly"),
        ("halt", Change(Verb.HALT), ""),
    ],
)
async def test_a_change_needs_a_confirmation_and_sends_nothing(
    harness: ServiceHarness, text: str, change: Change, reason: str
) -> None:
    answer = await harness.say(text)

    assert isinstance(answer, ConfirmationNeeded)
    request = answer.request
    assert request == Request(
        id=request.id,
        place=PLACE,
        change=change,
        snapshot=Snapshot(
            ref_of(), "Mail", None, GOING, "Published", ("1.2.3.0",), DRAFT_ID
        ),
        asked_by="U1",
        reason=reason,
        asked_at=NOON,
        expires_at=NOON + QUARTER,
        alias="mail",
    )
    assert harness.requests.kept == {request.id: request}
    assert harness.store.writes == []
    assert harness.starter.started == []


async def test_a_store_id_needs_no_alias(harness: ServiceHarness) -> None:
    answer = await harness.say(f"halt {MAIL.app_id.lower()}")

    assert isinstance(answer, ConfirmationNeeded)
    assert (answer.request.alias, answer.request.snapshot.ref) == (None, ref_of())


async def test_an_endless_reason_is_cut(harness: ServiceHarness) -> None:
    answer = await harness.say("halt mail " + "x" * 10_000)

    assert isinstance(answer, ConfirmationNeeded)
    assert len(answer.request.reason) == LONGEST_REASON


async def test_two_cards_have_two_ids(harness: ServiceHarness) -> None:
    assert (await harness.ask()).id != (await harness.ask("finalize mail")).id


async def test_a_second_card_for_the_same_change_is_not_made(
    harness: ServiceHarness,
) -> None:
    first = await harness.ask()

    again = await harness.say("halt mail still")

    assert isinstance(again, CardOpen)
    assert again.request == replace(first, operation=None)
    assert list(harness.requests.kept) == [first.id]


async def test_a_card_that_is_not_known_to_be_there_keeps_nobody_waiting(
    harness: ServiceHarness,
) -> None:
    first = await harness.say("halt mail")

    again = await harness.say("halt mail")

    assert isinstance(first, ConfirmationNeeded)
    assert isinstance(again, ConfirmationNeeded)
    assert again.replaced == ()


async def test_a_card_that_is_gone_gives_its_place_to_a_new_one(
    harness: ServiceHarness,
) -> None:
    first = await harness.ask()
    again = await harness.say("halt mail")
    assert isinstance(again, CardOpen)

    anew = await harness.service.card_gone(again)

    assert (anew.request, anew.replaced) == (again.instead, (first.id,))
    # There is no card to be edited.
    assert harness.starter.closed_cards == []
    assert await harness.requests.unclosed_cards(harness.now + QUARTER) == []
    assert harness.requests.kept[first.id].end_reason is EndReason.REPLACED
    assert harness.requests.kept[anew.request.id].state is RequestState.PENDING


@pytest.mark.parametrize(
    ("text", "rollout", "outcome"),
    [
        ("halt mail", HALTED, AlreadyDone(HALTED)),
        ("finalize mail", FINAL, AlreadyDone(FINAL)),
        ("set mail 25", GOING, AlreadyDone(GOING)),
        ("halt mail", FINAL, Refused(RefusalReason.COMPLETE, FINAL)),
        ("finalize mail", HALTED, Refused(RefusalReason.STOPPED, HALTED)),
        ("set mail 40", PLAIN, Refused(RefusalReason.NOT_IN_PROGRESS, PLAIN)),
        ("halt mail", WAITING, Refused(RefusalReason.NOT_PUBLISHED, WAITING)),
    ],
)
async def test_what_cannot_be_gets_no_card(
    harness: ServiceHarness, text: str, rollout: Rollout, outcome: CommandOutcome
) -> None:
    harness.store.rollouts[ref_of()] = rollout

    answer = await harness.say(text)

    assert isinstance(answer, NothingToConfirm)
    assert (answer.alias, answer.result) == ("mail", outcome)
    assert answer.snapshot is not None
    assert answer.snapshot.rollout == rollout
    assert harness.requests.kept == {}


async def test_a_store_that_is_away_gets_no_card(harness: ServiceHarness) -> None:
    away = failures.UnavailableError(FailureDetail(FailureCode.TIMEOUT))
    harness.store.plan("get_app", Step(away))

    answer = await harness.say("halt mail")

    assert isinstance(answer, NothingToConfirm)
    assert answer.result == Unavailable(FailureDetail(FailureCode.TIMEOUT))
    assert answer.snapshot is None
    assert harness.requests.kept == {}


async def test_an_unknown_alias_gets_no_card_and_no_look_at_the_store(
    harness: ServiceHarness,
) -> None:
    answer = await harness.say("halt mial crash")

    assert answer == UnknownAlias(
        "mial", ("mail",), near=True, command="halt mail crash"
    )
    assert harness.store.calls == []


@pytest.mark.parametrize(
    ("text", "misuse"),
    [("pause", Misuse.NO_PAUSE), ("rollback", Misuse.NO_ROLLBACK)],
)
async def test_the_hint_for_what_the_store_cannot_do_names_only_apps_that_there_are(
    harness: ServiceHarness, text: str, misuse: Misuse
) -> None:
    app_id = MAIL.app_id
    for typed, hint in (
        ("“MAIL”", "mail"),
        (app_id.lower(), app_id),
        ("all", "all"),
        ("xyzzy", None),
    ):
        answer = await harness.say(f"{text} {typed}")

        assert isinstance(answer, Usage)
        assert (answer.misuse, answer.hint) == (misuse, hint)


async def test_an_alias_typed_alone_is_taken_for_a_question(
    harness: ServiceHarness,
) -> None:
    harness.aliases.put("xyzzy", OTHER)

    assert await harness.say("xyzzy") == Usage(
        Misuse.UNKNOWN_VERB, "xyzzy", "status xyzzy"
    )
    assert await harness.say("plugh") == Usage(Misuse.UNKNOWN_VERB, "plugh")
    assert await harness.say("alias add") == Usage(Misuse.ALIAS_SYNTAX, "add")


@pytest.mark.parametrize(
    "text",
    [
        "halt mail",
        "finalize mail",
        "set mail 40",
        f"alias add x {MAIL.app_id}",
        "alias remove mail",
        "alias remove xyzzy",
    ],
)
async def test_a_guest_may_not_change_anything(
    harness: ServiceHarness, text: str
) -> None:
    assert await harness.say(text, GUEST) == DENIED
    assert harness.requests.kept == {}
    assert len(await harness.aliases.list_aliases(PLACE)) == 1
    assert harness.store.calls == []


async def test_a_guest_is_refused_once_for_several_apps(
    harness: ServiceHarness,
) -> None:
    harness.aliases.put("beta", BETA)

    for text in ("halt mail, beta and xyzzy", "halt all", "set all 40"):
        assert await harness.say_all(text, GUEST) == [DENIED]
    assert harness.requests.kept == {}
    assert harness.store.calls == []


async def test_more_apps_than_a_command_may_have_are_named_and_not_read() -> None:
    harness = ServiceHarness()
    names = name_apps(harness, MOST_APPS + 3)

    for text in (f"halt {' '.join(names)} crash", "halt all crash"):
        *cards, rest = await harness.say_all(text)

        assert len(cards) == MOST_APPS
        assert {card.request.reason for card in cards if _is_card(card)} == {"crash"}
        assert rest == Usage(Misuse.TOO_MANY_APPS, "20", rest=tuple(names[-3:]))


async def test_of_all_apps_those_in_progress_come_first_and_those_that_ended_last() -> (
    None
):
    harness = ServiceHarness()
    name_apps(harness, MOST_APPS + 3)
    harness.store.rollouts[ref_of(app(0))] = HALTED
    await harness.say("status app00")
    await harness.say("status app22")
    *cards, rest = await harness.say_all("halt all")
    shown = [card.request.alias for card in cards if _is_card(card)]
    assert "app22" in shown
    assert rest == Usage(Misuse.TOO_MANY_APPS, "20", rest=("app20", "app21", "app00"))


async def test_a_few_apps_are_read_at_a_time_and_who_waits_is_told() -> None:
    harness = ServiceHarness()
    names = name_apps(harness, 6)
    harness.store.reading = asyncio.Event()
    told: list[tuple[str, ...]] = []

    async def on_reading(apps: tuple[str, ...]) -> None:
        told.append(apps)
        assert harness.store.names().count("get_rollout") == 4
        assert harness.store.reading is not None
        harness.store.reading.set()

    service = harness.with_clock(lambda: NOON, notice_after=0.05)
    answers = [
        each async for each in service.answers("set all 40", PLACE, ANN, on_reading)
    ]

    assert told == [tuple(names)]
    assert [type(answer) for answer in answers] == [ConfirmationNeeded] * 6


async def test_who_is_answered_in_time_is_not_told_that_apps_are_read(
    harness: ServiceHarness,
) -> None:
    told: list[tuple[str, ...]] = []

    async def on_reading(apps: tuple[str, ...]) -> None:
        told.append(apps)

    service = harness.with_clock(lambda: NOON)
    async for answer in service.answers("halt mail", PLACE, ANN, on_reading):
        assert isinstance(answer, ConfirmationNeeded)
        # Posting the card takes longer than all that the service still does.
        for _ in range(10):
            await asyncio.sleep(0)

    assert told == []


async def test_what_all_leaves_out_is_one_answer_behind_the_cards() -> None:
    harness = ServiceHarness()
    name_apps(harness, 4)
    for halted in (1, 3):
        harness.store.rollouts[ref_of(app(halted))] = HALTED

    *cards, rest = await harness.say_all("halt all crash")

    assert {card.request.alias for card in cards if _is_card(card)} == {
        "app00",
        "app02",
    }
    assert isinstance(rest, LeftOut)
    assert [(one.alias, one.result) for one in rest.apps] == [
        ("app01", AlreadyDone(HALTED)),
        ("app03", AlreadyDone(HALTED)),
    ]
    assert rest.cards == 2


async def test_all_that_gets_no_card_is_told_in_one_answer_in_the_order_asked_for() -> (
    None
):
    harness = ServiceHarness()
    name_apps(harness, 3)
    # This one is known before the others, since there is no rollout to be read.
    draft = replace(harness.store.apps[app(0).app_id], published_id=None)
    harness.store.apps[app(0).app_id] = draft
    harness.store.rollouts[ref_of(app(2))] = FINAL

    card, rest = await harness.say_all("halt app02, chess, app01, app00")

    assert _is_card(card)
    assert card.request.alias == "app01"
    assert isinstance(rest, Several)
    complete, unpublished, unknown = rest.answers
    assert isinstance(complete, NothingToConfirm)
    assert isinstance(unpublished, NothingToConfirm)
    assert (complete.alias, complete.result) == (
        "app02",
        Refused(RefusalReason.COMPLETE, FINAL),
    )
    assert (unpublished.alias, unpublished.result) == (
        "app00",
        Refused(RefusalReason.NOT_PUBLISHED),
    )
    assert isinstance(unknown, UnknownAlias)
    assert unknown.name == "chess"


def app(number: int) -> Target:
    """Return the target of an app that `name_apps` publishes."""
    return Target(MAIN, f"9NBLGGH4R3{number:02}")


def name_apps(harness: ServiceHarness, number: int) -> list[str]:
    """Publish apps in progress, and return the aliases that they get."""
    names = [f"app{each:02}" for each in range(number)]
    for each, name in enumerate(names):
        harness.store.publish(app(each))
        harness.aliases.put(name, app(each))
    return names


def _is_card(answer: CommandOutcome) -> TypeGuard[ConfirmationNeeded]:
    return isinstance(answer, ConfirmationNeeded)


@pytest.mark.parametrize(
    "text", ["", "status", "history", "alias list", "xyzzy", "status mail"]
)
async def test_a_guest_may_look(harness: ServiceHarness, text: str) -> None:
    assert await harness.say(text, GUEST) == await harness.say(text, ANN)


@pytest.mark.parametrize("text", ["set", "halt mial", "history xyzzy"])
async def test_a_guest_is_judged_once_the_target_is_known(
    harness: ServiceHarness, text: str
) -> None:
    assert await harness.say(text, GUEST) == await harness.say(text, ANN)
    assert harness.events.log == []


@pytest.mark.parametrize("text", ["status", "status mail", "history", "history mail"])
async def test_a_person_who_may_not_even_look_is_shown_nothing(
    harness: ServiceHarness, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Everybody may look today; that the answer is asked for and obeyed must stand
    # before somebody may not.
    asked: list[tuple[Person, Action, Subject]] = []

    def deny(actor: Person, action: Action, subject: Subject) -> NotAllowed:
        asked.append((actor, action, subject))
        return DENIED

    monkeypatch.setattr("bot.service.authorization.authorize", deny)

    assert await harness.say(text) == DENIED

    target = None if text == "history" else MAIL
    assert asked == [(ANN, Action.LOOK, Subject(PLACE, target))]
    assert harness.store.calls == []
    assert [event.target for event in harness.events_of(EventKind.REFUSED)] == [target]


WORDS = st.lists(
    st.sampled_from(
        "help status halt finalize set alias add remove list history mail xyzzy 40 % 0 "
        f"flight beta {MAIL.app_id} {OTHER.app_id} stop kill pause finalise end all "
        "and , mail, beta: mail,beta halt, unhalt finalized 停止 стоп anhalten".split()
    )
    | st.text(max_size=5)
).map(" ".join)


def _named_in(text: str, request: Request) -> None:
    """Check that the text names the app and the change of the card that it made."""
    verb, *rest = (word.strip("\"'`´“”„‟‘’‚‛«»‹›").lower() for word in text.split())
    synonyms = VERBS[request.change.verb].synonyms
    assert verb in {request.change.verb.value, *synonyms}
    names = {word for part in rest for word in re.split(r"[,;，、；.:!]", part) if word}
    target = request.snapshot.ref.target
    own = {MAIL: {"mail"}, BETA: {"beta"}}.get(target, set())
    if not names & {*own, target.app_id.lower()}:
        everything = rest[:1] and rest[0].strip(".:!,;，、；") == "all"
        number = verb == "set" and rest and rest[0][0].isdigit()
        assert (everything and verb in {"halt", "stop", "kill", "set"}) or (
            target == MAIL and (not rest or number)
        )


@given(
    st.lists(WORDS, max_size=4),
    st.sampled_from([ANN, GUEST]),
    st.sampled_from([["mail"], ["beta", "mail"]]),
)
@settings(max_examples=300, deadline=None)
def test_whatever_is_said_is_answered_and_nothing_is_sent(
    texts: list[str], person: Person, aliases: list[str]
) -> None:
    harness = ServiceHarness()
    harness.store.publish(MAIL)
    harness.store.publish(BETA)
    for name in aliases:
        harness.aliases.put(name, {"mail": MAIL, "beta": BETA}[name])

    async def talk() -> list[list[CommandOutcome]]:
        return [await harness.say_all(text, person) for text in texts]

    for text, answers in zip(texts, asyncio.run(talk()), strict=True):
        assert answers
        for answer in answers:
            assert isinstance(answer, CommandOutcome)
            if isinstance(answer, ConfirmationNeeded):
                _named_in(text, answer.request)

    assert harness.store.writes == []
    assert harness.starter.started == []
    assert person is not GUEST or harness.requests.kept == {}
