"""Every outcome has its sentence, its proof and its way on."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.failures import FailureCode, FailureDetail
from bot.domain.requests import Request
from bot.domain.results import (
    AlreadyDone,
    Done,
    Moved,
    Refused,
    Result,
    Unavailable,
    Unknown,
)
from bot.domain.rollout import RefusalReason, Rollout
from bot.domain.verbs import Verb
from bot.slack.messages.phrases import state
from bot.slack.messages.thread import result_message
from tests.slack.sample_requests import (
    FINALIZED,
    HALTED,
    NOW,
    RUNNING,
    request,
    snapshot,
)
from tests.slack_users import texts
from tests.translators import ENGLISH

LATE = FailureDetail(FailureCode.TIMEOUT)


def told(
    result: Result,
    verb: Verb = Verb.HALT,
    percentage: float | None = None,
    *,
    corrects: bool = False,
) -> str:
    finished = request(verb, percentage, result=result)
    return texts(
        {
            "blocks": result_message(
                ENGLISH, finished, result, corrects=corrects
            ).rendered()
        }
    )


def test_what_was_seen_before_the_card_was_made_is_not_the_state_before() -> None:
    early = Done(HALTED, HALTED, None, NOW - timedelta(minutes=1))
    late = Done(RUNNING, HALTED, None, NOW + timedelta(minutes=1))

    assert "The card was made at 25 %" in told(early)
    assert "Before: in progress at 25 %, as of" in told(late)


def test_done_shows_what_the_store_returned_and_who_confirmed() -> None:
    words = told(Done(RUNNING, HALTED, "cid-1"))

    for fact in (
        "✅ Halted: Contoso Mail",
        "The card was made at 25 %; the percentage at the click was not read.",
        "Now: *halted*.",
        "*Percentage:* 0 %",
        "`PackageRolloutStopped`",
        "`1152921504620138797`",
        "Confirmed by <@U0BEN>",
        "higher version number",
        "clone of the halted one",
        "products/9NBLGGH4R315/submissions/1152921504621230023|Open in Partner Center",
    ):
        assert fact in words
    assert "cid-1" not in words


def test_a_finalize_tells_that_the_next_submission_can_be_made() -> None:
    assert "next submission can be made" in told(
        Done(RUNNING, FINALIZED), Verb.FINALIZE
    )


def test_a_set_tells_that_the_rollout_stays_open() -> None:
    words = told(Done(RUNNING, RUNNING), Verb.SET, 40.0)

    assert "The next submission cannot be published until you finalize" in words
    assert "`/rollout finalize mail`" in words
    assert "not finalized" not in words
    assert "100 % is *not finalized*" in told(Done(RUNNING, RUNNING), Verb.SET, 100.0)


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (AlreadyDone(HALTED), ("Nothing to do", "nothing was changed now")),
        (
            Moved(RUNNING, FINALIZED, "cid-2"),
            (
                "NOT halted, it has changed",
                "The card showed: *in progress at 25 %*. Now: *finalized*.",
                "Nothing was sent",
                "make a new submission",
            ),
        ),
        (
            Unavailable(LATE, "cid-3"),
            ("Nothing was changed", "did not answer in time", "Try again", "`cid-3`"),
        ),
        (
            Unknown(RUNNING, LATE, "cid-4"),
            (
                "Not known whether halted",
                "may or may not",
                "in progress at 25 %",
                "correct this when I know",
                "`/rollout status mail`",
                "`cid-4`",
            ),
        ),
        (Unknown(None, LATE), ("showed nothing that could be read",)),
        (
            Refused(
                RefusalReason.COMPLETE,
                FINALIZED,
                FailureDetail(FailureCode.TIMEOUT),
                "cid-5",
            ),
            (
                "NOT halted",
                "Nothing was changed",
                "finalized already",
                "`cid-5`",
            ),
        ),
    ],
)
def test_every_other_end_says_what_is_true_and_what_to_do(
    result: Result, words: tuple[str, ...]
) -> None:
    shown = told(result)

    assert [word for word in words if word not in shown] == []


@pytest.mark.parametrize(
    ("now", "next_step"),
    [
        (replace(RUNNING, percentage=70.0), "ask again with `/rollout set mail 40%`"),
        (HALTED, "higher version number"),
        (FINALIZED, "make a new submission"),
    ],
)
def test_only_a_rollout_that_still_runs_is_to_be_asked_for_again(
    now: Rollout, next_step: str
) -> None:
    words = told(Moved(RUNNING, now), Verb.SET, 40.0)

    assert next_step in words
    assert ("ask again" in words) == (now.status == RUNNING.status)


def test_a_move_tells_of_a_write_and_a_support_id_only_where_one_was_sent() -> None:
    moved = Moved(RUNNING, FINALIZED, "cid-2")
    finished = request(result=moved)
    assert finished.operation is not None
    tried = replace(finished, operation=replace(finished.operation, attempts=1))

    unsent, sent = (
        texts({"blocks": result_message(ENGLISH, r, moved, corrects=False).rendered()})
        for r in (finished, tried)
    )

    assert "Nothing was sent." in unsent
    assert "cid-2" not in unsent
    assert "Nothing more was sent." in sent
    assert "`cid-2`" in sent


def test_what_customers_still_get_stands_before_what_was_not_done() -> None:
    finished = request(result=Unavailable(LATE, "cid", replace(RUNNING, percentage=10)))
    result = finished.result
    assert result is not None
    message = result_message(ENGLISH, finished, result, corrects=False)
    shown = texts({"blocks": message.rendered()})

    for told_there in (message.text, shown):
        assert "NOT halted: Contoso Mail" in told_there
        assert "It is still rolling out, at 10 %." in told_there
    assert shown.index("still rolling out") < shown.index("did not answer in time")
    assert shown.index("still rolling out") < shown.index("Nothing was changed")


def test_a_rollout_that_could_not_be_read_is_shown_as_the_card_showed_it() -> None:
    words = told(Unavailable(LATE))

    assert "still rolling out" not in words
    assert "the card showed: *in progress at 25 %*" in words


def test_a_state_that_is_new_to_the_bot_is_not_called_no_rollout() -> None:
    new = replace(RUNNING, status="PackageRolloutPaused")

    words = told(Refused(RefusalReason.NOT_IN_PROGRESS, new))

    assert "no rollout in progress" not in words
    assert "Start a gradual rollout" not in words
    assert "in a state that is new to this bot" in words
    assert "`PackageRolloutPaused`" in words


def test_nothing_is_guessed_beside_the_reason_of_the_store() -> None:
    said = FailureDetail(FailureCode.CONFLICT, {"store_message": "Try on Monday."})

    known = told(Refused(RefusalReason.UNSUPPORTED, RUNNING, said))
    unknown = told(Refused(RefusalReason.UNSUPPORTED, RUNNING))

    assert "The Store refused: “Try on Monday.”" in known
    assert known.count("refused") == 1
    assert known.index("still rolling out, at 25 %") < known.index("The Store refused")
    assert "Urgent? Halt the rollout in <https://partner" in known
    assert "features" not in known
    assert "mandatory updates" not in known
    assert "It may be that the app has features" in unknown


def test_a_refusal_says_nothing_twice() -> None:
    missing = FailureDetail(FailureCode.NOT_FOUND)

    assert "Check the Store ID." not in told(
        Refused(RefusalReason.NOT_FOUND, detail=missing)
    )
    assert "shows the rollout as" not in told(Refused(RefusalReason.STOPPED, HALTED))
    assert "It is still rolling out, at 25 %." in told(
        Refused(RefusalReason.UNSUPPORTED, RUNNING)
    )


def test_a_changed_percentage_is_asked_for_again_with_its_number() -> None:
    assert "`/rollout set mail 12.5%`" in told(Unavailable(LATE), Verb.SET, 12.5)


@pytest.mark.parametrize("reason", list(RefusalReason))
def test_every_refusal_has_its_own_sentence_and_a_way_on(reason: RefusalReason) -> None:
    others = {told(Refused(other)) for other in RefusalReason if other is not reason}

    assert told(Refused(reason)) not in others


def test_the_flights_that_there_are_are_named_and_counted() -> None:
    some = Refused(RefusalReason.NO_SUCH_FLIGHT, known=("Beta", "Canary"))
    many = Refused(
        RefusalReason.NO_SUCH_FLIGHT, known=tuple(f"F{n}" for n in range(12))
    )

    long = "Insiders of the mail (7bfc11d5-f710-47c5-8a98-000000000101)"
    one = Refused(RefusalReason.NO_SUCH_FLIGHT, known=(long,))

    assert "It has: Beta, Canary." in told(some)
    assert f"It has: {long}." in told(one)
    assert "F9 and 2 more" in told(many)
    assert "It has no flights at all" in told(Refused(RefusalReason.NO_SUCH_FLIGHT))


@pytest.mark.parametrize("arguments", [{}, {"store_message": " "}])
def test_a_refusal_without_a_message_of_the_store_quotes_nothing(
    arguments: dict[str, str],
) -> None:
    detail = FailureDetail(FailureCode.CONFLICT, arguments)
    text = told(Refused(RefusalReason.UNSUPPORTED, detail=detail))

    assert "refused this" in text
    assert "“" not in text


def test_a_correction_says_that_it_corrects() -> None:
    assert "This corrects my earlier message" in told(
        Done(RUNNING, HALTED), corrects=True
    )
    assert "corrects" not in told(Done(RUNNING, HALTED))


def test_a_result_names_the_flight() -> None:
    flight: Request = request(seen=snapshot(flight="Beta"))
    done = Done(RUNNING, HALTED)

    assert (
        "Contoso Mail, flight Beta"
        in result_message(ENGLISH, flight, done, corrects=False).text
    )


@pytest.mark.parametrize(
    ("rollout", "words"),
    [
        (RUNNING, "in progress at 25 %"),
        (HALTED, "halted"),
        (FINALIZED, "finalized"),
        (Rollout(True, 30.0, "PackageRolloutNotStarted"), "not started, 30 % planned"),
        (Rollout(False, 0.0, "PackageRolloutNotStarted"), "no gradual rollout"),
        (Rollout(True, 5.0, "Paused"), "in a state that is new to this bot, `Paused`"),
    ],
)
def test_every_state_has_its_words(rollout: Rollout, words: str) -> None:
    assert state(ENGLISH, rollout) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [(25.0, "25 %"), (33.3300018, "33.33 %"), (0.0, "0 %"), (1e300, "1e+300 %")],
)
def test_a_percentage_is_short_whatever_the_store_sends(
    number: float, words: str
) -> None:
    assert ENGLISH.percent(number) == words


def test_a_sign_in_that_fails_is_not_told_to_be_tried_again_at_once() -> None:
    words = told(Unavailable(FailureDetail(FailureCode.SECRET_WRONG)))

    assert words.index("in <https://partner") < words.index("Once that is fixed")
