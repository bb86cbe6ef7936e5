"""The card says what will happen, and later what has happened."""

from dataclasses import replace

import pytest

from bot.domain.requests import EndReason, Request, RequestState
from bot.domain.results import Done
from bot.domain.rollout import Rollout
from bot.domain.verbs import Verb
from bot.slack.messages.blocks import section
from bot.slack.messages.card_texts import card_texts
from bot.slack.messages.cards import card, closed_card
from bot.slack.messages.outdated_cards import lost_card, outdated_card, unsure_card
from tests.slack.sample_requests import (
    FINALIZED,
    HALTED,
    NOW,
    RUNNING,
    request,
    snapshot,
)
from tests.slack_users import labels as labels_of
from tests.slack_users import texts
from tests.translators import ENGLISH


def drawn(request: Request) -> str:
    return texts({"blocks": card(ENGLISH, request).rendered()})


def labels(request: Request) -> list[str]:
    return labels_of({"blocks": card(ENGLISH, request).rendered()})


@pytest.mark.parametrize(
    ("verb", "percentage", "label"),
    [
        (Verb.HALT, None, "Halt rollout"),
        (Verb.FINALIZE, None, "Finalize rollout"),
        (Verb.SET, 40.0, "Set to 40 %"),
        (Verb.SET, 12.5, "Set to 12.5 %"),
    ],
)
def test_the_button_names_the_verb_and_its_object(
    verb: Verb, percentage: float | None, label: str
) -> None:
    assert labels(request(verb, percentage)) == [label, "Cancel"]


def test_only_finalize_asks_again() -> None:
    for verb, percentage in ((Verb.HALT, None), (Verb.FINALIZE, None), (Verb.SET, 5.0)):
        confirm = card(ENGLISH, request(verb, percentage)).rendered()[-2]["elements"][0]

        assert ("confirm" in confirm) == (verb is Verb.FINALIZE)


def test_the_card_shows_the_target_the_change_and_who_asks_why() -> None:
    seen = snapshot(flight="Beta testers", versions=("1.4.0.0", "1.4.0.1"))

    words = drawn(request(seen=seen))

    for fact in (
        "Halt rollout? Contoso Mail, flight Beta testers",
        "`9NBLGGH4R315`",
        "`7bfc11d5-f710-47c5`",
        "`1152921504621230023` (Published)",
        "1.4.0.0, 1.4.0.1",
        "*Now → after:*\nin progress at 25\u00a0% → *halted*",
        "<@U0ANN>",
        "Why: crash on start",
        "2026-03-03 14:32 UTC",
    ):
        assert fact in words


ALL_FACTS = {
    "halt": "A halt *cannot be undone*",
    "kept": "Customers who already have these packages keep them",
    "clone": "clone of the *halted* one",
    "finalize": "A finalize *cannot be undone*",
    "older": "older packages are no longer offered",
    "full": "100 % is *not finalized*",
    "open": "The next submission cannot be published until you finalize or halt",
    "blocked": "The draft *cannot be published* until you finalize or halt",
    "tiny": "*This is less than 1 %.* Did you mean 40 %?",
    "lower": "takes no packages back",
    "draft": "The pending draft `1152921504621239999` is not touched",
}


@pytest.mark.parametrize(
    ("shown", "facts"),
    [
        (request(), {"halt", "kept", "clone"}),
        (request(Verb.FINALIZE), {"finalize", "older"}),
        (request(Verb.SET, 40.0), {"open"}),
        (request(Verb.SET, 10.0), {"open", "lower"}),
        (request(Verb.SET, 100.0), {"open", "full"}),
        (request(Verb.SET, 0.4), {"open", "lower", "tiny"}),
        (
            request(Verb.SET, 40.0, seen=snapshot(pending_id="1152921504621239999")),
            {"blocked"},
        ),
        (
            request(seen=snapshot(pending_id="1152921504621239999")),
            {"halt", "kept", "clone", "draft"},
        ),
    ],
)
def test_what_people_get_wrong_is_said_only_where_it_applies(
    shown: Request, facts: set[str]
) -> None:
    words = drawn(shown)

    assert {name for name, fact in ALL_FACTS.items() if fact in words} == facts


def test_many_packages_are_counted_and_missing_ones_are_explained() -> None:
    many = snapshot(versions=tuple(f"1.0.{n}.0" for n in range(8)))

    assert "1.0.4.0 and 3 more" in drawn(request(seen=many))
    assert "not read in time" in drawn(request(seen=snapshot(versions=())))


def test_a_request_without_a_reason_has_no_empty_line_for_it() -> None:
    assert "Why" not in drawn(request(reason="  "))


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (RequestState.AUTHORISED, ("Halting…", "<@U0BEN> confirmed", "in this thread")),
        (RequestState.CANCELLED, ("Cancelled", "<@U0BEN>", "Nothing was changed")),
        (RequestState.EXPIRED, ("Expired", "14:32 UTC", "Nothing was changed")),
    ],
)
def test_a_decided_card_has_no_buttons_and_says_who_decided(
    state: RequestState, words: tuple[str, ...]
) -> None:
    decided = request(state=state)

    assert labels(decided) == []
    assert all(word in drawn(decided) for word in words)
    assert "Now → after" not in drawn(decided)


@pytest.mark.parametrize("state", RequestState)
def test_a_card_without_buttons_shows_what_was_asked_for_and_not_the_present(
    state: RequestState,
) -> None:
    old = request(state=state)
    headline = card_texts(old).unknown
    closed = closed_card(ENGLISH, old, headline, "It is over.")

    for message in (
        closed,
        lost_card(ENGLISH, old),
        unsure_card(ENGLISH, old),
        outdated_card(ENGLISH, old, "result:done"),
    ):
        shown = texts({"blocks": message.rendered()})
        assert "*Requested:*\nin progress at 25\u00a0% → *halted*" in shown
        assert "Now → after" not in shown


def test_a_card_that_is_older_than_its_thread_says_where_to_look() -> None:
    old = request(state=RequestState.EXPIRED)

    told = outdated_card(ENGLISH, old, "result:done")

    look = "different by now: `/rollout status mail` shows what the Store has."
    assert "This result is from the thread: " in told.text
    assert look in texts({"blocks": told.rendered()})


@pytest.mark.parametrize(
    "state", [RequestState.AUTHORISED, RequestState.CANCELLED, RequestState.EXPIRED]
)
def test_the_reason_is_not_taken_for_that_of_another_who_decided(
    state: RequestState,
) -> None:
    by_another = request(state=state)
    by_the_asker = replace(by_another, decided_by="U0ANN")

    own = "Why: crash on start"
    others = "Why it was asked for: crash on start"
    nobody = state is RequestState.EXPIRED
    assert (own if nobody else others) in drawn(by_another)
    assert own in drawn(by_the_asker)


def test_the_reason_is_not_taken_for_that_of_another_who_overtook_it() -> None:
    overtaken = request().ended(EndReason.OVERTAKEN, "U0BEN", NOW)

    assert "Why it was asked for: crash on start" in drawn(overtaken)


def test_the_reason_on_a_result_is_that_of_the_asker() -> None:
    finished = request(result=Done(RUNNING, HALTED))
    alone = replace(finished, decided_by="U0ANN")

    assert "Why it was asked for: crash on start" in drawn(finished)
    assert "Why: crash on start" in drawn(alone)


def test_a_card_that_was_cancelled_by_nobody_names_nobody() -> None:
    alone = replace(request(state=RequestState.CANCELLED), decided_by=None)

    assert "unknown person" not in drawn(alone)
    assert "so it was taken back" in drawn(alone)


@pytest.mark.parametrize(
    ("verb", "percentage", "after", "headline"),
    [
        (Verb.HALT, None, HALTED, "✅ Halted: Contoso Mail"),
        (Verb.FINALIZE, None, FINALIZED, "✅ Finalized: Contoso Mail"),
        (Verb.SET, 40.0, replace(RUNNING, percentage=40.0), "✅ Set to 40 %"),
    ],
)
def test_a_finished_card_becomes_its_result(
    verb: Verb, percentage: float | None, after: Rollout, headline: str
) -> None:
    done = request(
        verb,
        percentage,
        result=Done(RUNNING, after),
    )

    assert labels(done) == []
    assert headline in drawn(done)
    assert "at 25 %" in drawn(done)
    assert "Confirmed by <@U0BEN>" in drawn(done)


@pytest.mark.parametrize(
    ("verb", "percentage", "doing"),
    [
        (Verb.HALT, None, "Halting…"),
        (Verb.FINALIZE, None, "Finalizing…"),
        (Verb.SET, 40.0, "Setting to 40 %…"),
    ],
)
def test_a_card_under_way_says_what_is_going_on(
    verb: Verb, percentage: float | None, doing: str
) -> None:
    under_way = request(verb, percentage, state=RequestState.AUTHORISED)

    assert doing in drawn(under_way)


def test_a_section_that_is_too_long_loses_whole_lines() -> None:
    lines = section("\n".join("x" * 90 for _ in range(60))).to_dict()["text"]["text"]
    one_line = section("x" * 4000).to_dict()["text"]["text"]

    assert len(lines) <= 3000
    assert {len(line) for line in lines.split("\n")} == {90, 1}
    assert len(one_line) == 3000


def test_the_text_for_notifications_is_a_whole_sentence() -> None:
    assert card(ENGLISH, request()).text.startswith(
        "<@U0ANN> asks: Halt rollout, Contoso Mail. Now: in progress at 25 %."
        " Confirm or cancel until <!date^"
    )
