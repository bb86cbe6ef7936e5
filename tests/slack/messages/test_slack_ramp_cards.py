"""The card of a ramp says which steps come when, and later what became of it."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.domain.app_names import ResolvedTarget
from bot.domain.outcomes import AlreadyHandled, History, NothingToConfirm
from bot.domain.plan_terms import PlanTerms
from bot.domain.press_outcomes import ReasonRequired
from bot.domain.requests import EndReason, Request, RequestState
from bot.domain.results import Refused
from bot.domain.rollout import RefusalReason
from bot.domain.rules import Rule, SecondPerson
from bot.domain.schedule import EVERY_DAY, Window
from bot.domain.submissions import SubmissionRef, Target
from bot.slack.messages.alone_form import alone_form
from bot.slack.messages.approvers import approval_reminder
from bot.slack.messages.blocks import Message
from bot.slack.messages.cards import card
from bot.slack.messages.history import history
from bot.slack.messages.outdated_cards import lost_card, outdated_card
from bot.slack.messages.press_refusals import reason_required
from bot.slack.messages.press_replies import decision_message
from bot.slack.messages.replies import answer_message, card_open
from bot.slack.messages.translator import Translator
from tests.slack.messages.every_ramp import BERLIN, FRIDAY, TERMS, request
from tests.slack.messages.every_ramp import TO_THE_END as LONGEST_TO_THE_END
from tests.slack_users import labels, texts
from tests.translators import ENGLISH, longer, pseudo

TO_THE_END = replace(TERMS, finalizes=True)
APP = Target("main", "9NBLGGH4R315")


def asked(
    terms: PlanTerms = TERMS, percentage: float = 5.0, rule: Rule | None = None
) -> Request:
    """Return a request for a ramp of Contoso Mail, asked for on Friday afternoon."""
    full = request("Contoso Mail", "mail", "U0ANN", terms, percentage)
    app = replace(full.snapshot, ref=SubmissionRef(APP, "1"), flight_name=None)
    return replace(full, snapshot=app, rule=rule or Rule())


def started(at: datetime = FRIDAY, terms: PlanTerms = TERMS) -> Request:
    return asked(terms).decided(RequestState.AUTHORISED, "U0BEN", at)


def words(message: Message) -> str:
    return texts({"blocks": message.rendered()})


def drawn(one: Request) -> str:
    return words(card(ENGLISH, one))


def pressable(one: Request) -> list[str]:
    return labels({"blocks": card(ENGLISH, one).rendered()})


def test_the_card_has_every_step_with_its_earliest_time_for_the_reader() -> None:
    shown = drawn(asked())

    assert "Ramp to 100 %? Contoso Mail" in shown
    assert "in progress at 5\u00a0% → *100\u00a0%*" in shown
    steps = [line for line in shown.splitlines() if line.startswith("• *")]
    times = ("2026-11-23 08:00 UTC", "2026-11-24 08:00 UTC", "2026-11-25 08:00 UTC")
    assert steps[0] == "• *10 %* · at once"
    for line, step, time in zip(steps[1:4], ("25", "50", "100"), times, strict=True):
        assert line.startswith(f"• *{step} %* · <!date^")
        assert line.endswith(f"^{{date_long_pretty}} {{time}}|{time}>")


def test_a_step_that_has_to_wait_for_the_window_is_not_said_to_come_at_once() -> None:
    night = replace(asked(), asked_at=FRIDAY + timedelta(hours=5))

    assert "at once" not in drawn(night)
    assert "• *10 %* · <!date^1795420800^" in drawn(night)


def test_the_card_says_the_gap_the_window_and_its_zone() -> None:
    assert "At least 1 day from the moment" in drawn(asked())
    assert "Sent Mon – Fri, 09:00 – 16:00 (`Europe/Berlin`)." in drawn(asked())
    assert "If it is started later than now, the times move, too." in drawn(asked())


@pytest.mark.parametrize(
    ("window", "text"),
    [
        (Window("UTC", EVERY_DAY, 0, 1440), "every day, at any hour (`UTC`)"),
        (Window("UTC", frozenset({0, 2}), 570, 90), "Mon, Wed, 09:30 – 01:30 (`UTC`)"),
        (Window("UTC", frozenset({5, 6}), 0, 720), "Sat, Sun, 00:00 – 12:00 (`UTC`)"),
        (Window("UTC", frozenset({1, 2, 3})), "Tue – Thu, 09:00 – 16:00 (`UTC`)"),
    ],
)
def test_days_and_hours_are_said_in_words(window: Window, text: str) -> None:
    assert f"Sent {text}." in drawn(asked(replace(TERMS, window=window)))


@pytest.mark.parametrize(
    ("minutes", "text"),
    [
        (60, "1 hour"),
        (90, "90 minutes"),
        (1440, "1 day"),
        (2160, "36 hours"),
        (43200, "30 days"),
    ],
)
def test_the_gap_is_said_in_one_unit(minutes: int, text: str) -> None:
    terms = replace(TERMS, gap=timedelta(minutes=minutes))

    assert f"At least {text} from the moment" in drawn(asked(terms))


def test_one_step_alone_has_no_gap() -> None:
    assert "At least" not in drawn(asked(PlanTerms((50.0,), BERLIN)))


def test_a_zone_that_nobody_has_named_is_said_to_be_assumed() -> None:
    assumed = replace(TERMS, window=Window("UTC"), zone_assumed=True)
    named = replace(TERMS, window=Window("UTC"))

    assert "Slack did not say in which time zone you are" in drawn(asked(assumed))
    assert "Another zone is typed as `zone Europe/Berlin`." in drawn(asked(assumed))
    assert "Slack did not say" not in drawn(asked(named))


def test_what_is_reached_already_is_left_out_and_said() -> None:
    shown = drawn(asked(percentage=30.0))

    assert "Left out: 10 %, 25 %. The rollout is at 30 % already." in shown
    assert "• *25 %*" not in shown
    assert "• *50 %* · at once" in shown
    assert "Left out" not in drawn(asked())


def test_the_card_has_the_facts_that_people_get_wrong() -> None:
    shown = drawn(asked())

    for fact in (
        "Each step is sent *without asking again*.",
        "A halt, a finalize or a new submission ends the ramp.",
        "A step that finds something changed waits for a person.",
        "100 % is *not finalized*",
        "The draft *cannot be published* until you finalize or halt.",
    ):
        assert fact in shown
    assert "A finalize *cannot be undone*" not in shown


def test_a_first_step_under_one_percent_is_asked_about() -> None:
    assert "Did you mean 50 %?" in drawn(asked(PlanTerms((0.5, 10.0), BERLIN), 0.0))
    assert "Did you mean" not in drawn(asked())


def test_a_ramp_that_finalizes_is_red_and_asks_again_in_a_dialog() -> None:
    shown = card(ENGLISH, asked(TO_THE_END))
    [buttons] = [one for one in shown.rendered() if one["type"] == "actions"]
    start = buttons["elements"][0]

    assert start["style"] == "danger"
    assert start["confirm"]["title"]["text"] == "Ramp and finalize Contoso Mail?"
    assert "this cannot be undone" in start["confirm"]["text"]["text"]
    assert start["confirm"]["confirm"]["text"] == "Start ramp"
    assert "Ramp to 100 %, then finalize? Contoso Mail" in words(shown)
    assert "• *finalize* · <!date^" in words(shown)
    assert "→ *finalized*" in words(shown)
    assert "A finalize *cannot be undone*" in words(shown)
    assert "100 % is *not finalized*" not in words(shown)


def test_a_ramp_that_holds_asks_once() -> None:
    [buttons] = [b for b in card(ENGLISH, asked()).rendered() if b["type"] == "actions"]

    assert buttons["elements"][0]["style"] == "primary"
    assert "confirm" not in buttons["elements"][0]


@pytest.mark.parametrize("terms", [TERMS, TO_THE_END])
def test_the_buttons_start_the_ramp_or_cancel_it(terms: PlanTerms) -> None:
    assert pressable(asked(terms)) == ["Start ramp", "Cancel"]


def test_a_notification_says_what_is_asked_for() -> None:
    assert card(ENGLISH, asked()).text.startswith(
        "<@U0ANN> asks: Ramp to 100 %, Contoso Mail. Now: in progress at 5 %."
    )


def test_a_second_person_approves_a_ramp() -> None:
    needed = asked(rule=Rule(("U0BEN",), set=SecondPerson.YES))

    assert pressable(needed) == ["Approve and start ramp", "Decline"]
    assert "*Needs one more person, not <@U0ANN>*" in drawn(needed)
    assert "asks: Ramp to 100 %, Contoso Mail." in card(ENGLISH, needed).text


def test_a_rule_of_finalize_holds_a_ramp_that_finalizes() -> None:
    rule = Rule(finalize=SecondPerson.YES)

    assert pressable(asked(rule=rule)) == ["Start ramp", "Cancel"]
    assert pressable(asked(TO_THE_END, rule=rule))[0] == "Approve and start ramp"


def test_a_started_ramp_says_by_whom_when_and_what_comes_first() -> None:
    shown = card(ENGLISH, started())

    assert shown.text.startswith("Ramp to 100 % started: Contoso Mail – <@U0BEN>")
    assert "Its first step, 10 %, is sent at once." in words(shown)
    for command in ("ramp mail", "ramp mail pause", "ramp mail stop"):
        assert f"`/rollout {command}`" in words(shown)
    assert pressable(started()) == []


def test_a_ramp_that_is_started_at_night_has_the_times_from_then_on() -> None:
    shown = drawn(started(FRIDAY + timedelta(hours=9)))

    assert "Its first step, 10 %, comes <!date^1795420800^" in shown
    assert "*Steps as planned:*\n• *10 %* · <!date^1795420800^" in shown
    assert "• *25 %* · <!date^1795507200^" in shown


def test_a_ramp_that_was_never_started_has_no_steps() -> None:
    cancelled = asked().decided(RequestState.CANCELLED, "U0ANN", FRIDAY)
    expired = asked().decided(RequestState.EXPIRED, None, FRIDAY)
    declined = replace(cancelled, decided_by="U0BEN", rule=Rule(set=SecondPerson.YES))
    halted = asked().ended(EndReason.HALTED, "U0BEN", FRIDAY)

    for one, text in (
        (cancelled, "Cancelled: Ramp to 100 %, Contoso Mail"),
        (expired, "Expired: Ramp to 100 %, Contoso Mail"),
        (declined, "<@U0BEN> declined this"),
        (halted, "Halted by <@U0BEN> with another card"),
    ):
        assert text in drawn(one)
        assert "• *" not in drawn(one)
        assert pressable(one) == []


def test_whoever_presses_late_is_told_that_the_ramp_was_started() -> None:
    told = decision_message(ENGLISH, AlreadyHandled(started()))

    assert told is not None
    assert told.text.endswith("The ramp was started. Your click did nothing more.")


def test_a_ramp_that_the_database_lacks_sends_nothing_and_says_so() -> None:
    one = asked().decided(RequestState.EXPIRED, None, FRIDAY)

    for shown in (lost_card(ENGLISH, one), outdated_card(ENGLISH, one, "result:done")):
        assert "Not known what became of it: Ramp to 100 %" in shown.text
        assert "none of its steps is sent any more" in shown.text


def test_every_place_that_names_the_change_names_the_ramp() -> None:
    one = asked(rule=Rule(("U0BEN",), set=SecondPerson.ALONE_AFTER_1_HOUR))

    for text in (
        card_open(ENGLISH, one, None).text,
        approval_reminder(ENGLISH, one).text,
        texts({"blocks": alone_form(ENGLISH, one, "1.1")}),
        words(history(ENGLISH, History((one,)))),
    ):
        assert "Ramp to 100 %" in text
        assert "10 %" not in text.replace("100 %", "")
    assert alone_form(ENGLISH, one, "1.1")["submit"]["text"] == "Start ramp"


def test_a_reason_that_is_missing_is_asked_for_with_the_whole_ramp() -> None:
    chosen = ResolvedTarget(APP, "mail")
    terms = replace(TO_THE_END, gap=timedelta(hours=12))

    told = reason_required(ENGLISH, ReasonRequired(chosen, asked().change, terms))

    assert (
        "`/rollout ramp mail 10 25 50 100 every 12h zone Europe/Berlin then finalize "
        "REASON`" in told.text
    )


def test_a_ramp_of_a_halted_rollout_is_refused_by_its_name() -> None:
    one = asked()
    nothing = NothingToConfirm(
        *("mail", APP, replace(one.change, percentage=100.0), one.snapshot),
        Refused(RefusalReason.STOPPED),
        is_ramp=True,
    )

    told = answer_message(ENGLISH, nothing).text

    assert told.startswith("Ramp to 100 %, `mail` (Contoso Mail): this cannot be done.")


@pytest.mark.parametrize("t", [ENGLISH, pseudo(longer)], ids=["English", "longer"])
def test_the_longest_ramp_is_shown_whole(t: Translator) -> None:
    name = "W" * 400
    one = replace(
        request(name, "w" * 40, "U0ANN", LONGEST_TO_THE_END, 0.0),
        rule=Rule(("U0BEN",) * 9, finalize=SecondPerson.ALONE_AFTER_1_HOUR),
    )
    blocks = card(t, one).rendered()

    [steps] = [b["text"]["text"] for b in blocks if "{date_long" in str(b)]
    assert steps.count("<!date^") == 12
    assert steps.count("\n") == 13
    assert "…" not in steps
    assert blocks[-1]["type"] == "context"
    assert len(json.dumps(blocks, ensure_ascii=False)) < 12_000
    [buttons] = [block for block in blocks if block["type"] == "actions"]
    assert not buttons["elements"][0]["confirm"]["text"]["text"].endswith("…")
