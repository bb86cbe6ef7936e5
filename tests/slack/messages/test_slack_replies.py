"""The private answers: what is listed, what was wrong, and what was meant."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.change_log import LoggedChange
from bot.domain.channel_outcomes import (
    AliasAdded,
    Aliases,
    AliasRemoved,
)
from bot.domain.events import EventKind
from bot.domain.failures import FailureCode, FailureDetail
from bot.domain.outcomes import (
    AlreadyHandled,
    Cancelled,
    CommandOutcome,
    Confirmed,
    Denial,
    Expired,
    Help,
    History,
    NotAllowed,
    NothingToConfirm,
    Status,
    TargetStatus,
)
from bot.domain.requests import Alias, Request, RequestState
from bot.domain.results import (
    AlreadyDone,
    Done,
    Moved,
    Refused,
    Result,
    Unavailable,
    Unknown,
)
from bot.domain.rollout import Change, RefusalReason, Rollout
from bot.domain.rollout_changes import RolloutChange
from bot.domain.submissions import Target
from bot.domain.usage import Misuse, UnknownAlias, Usage
from bot.domain.verbs import Verb
from bot.slack.messages.blocks import Message
from bot.slack.messages.cards import card
from bot.slack.messages.press_replies import decision_message
from bot.slack.messages.replies import answer_message
from bot.slack.messages.status import reading
from tests.slack.sample_requests import (
    ACCOUNT,
    APP_ID,
    FINALIZED,
    HALTED,
    MAIL,
    NOW,
    RUNNING,
    request,
    snapshot,
)
from tests.slack_users import texts
from tests.translators import ENGLISH

AGO = timedelta(seconds=20)
LATE = FailureDetail(FailureCode.TIMEOUT)
BETA = Alias("beta", Target(ACCOUNT, APP_ID, "7bfc"), "Contoso Mail", "Beta testers")


def told(answer: CommandOutcome) -> str:
    return texts({"blocks": answer_message(ENGLISH, answer).rendered()})


def declined(
    result: AlreadyDone | Refused | Unavailable, *, seen: bool = True
) -> CommandOutcome:
    shown = snapshot() if seen else None
    return NothingToConfirm(
        "mail", Target(ACCOUNT, APP_ID), Change(Verb.HALT), shown, result
    )


def test_status_shows_a_bar_the_submission_and_the_draft() -> None:
    seen = snapshot(pending_id="1152921504621239999")

    words = told(Status((TargetStatus("mail", MAIL.target, seen),)))

    for fact in (
        "`mail`",
        "Contoso Mail",
        "▰▰▱▱▱▱▱▱▱▱ *in progress at 25 %*",
        "\n1.4.0.0\n",
        "fallback `1152921504620138797`",
        "draft `1152921504621239999`",
    ):
        assert fact in words


def test_status_shows_the_rest_where_one_app_cannot_be_read() -> None:
    answer = Status(
        (
            TargetStatus("mail", MAIL.target, snapshot(HALTED)),
            TargetStatus("beta", BETA.target, Refused(RefusalReason.NOT_PUBLISHED)),
            TargetStatus(None, Target(ACCOUNT, "9NOTTHERE0001"), Unavailable(LATE)),
        )
    )

    words = told(answer)

    assert "*halted*" in words
    assert "▱" not in words
    assert "No submission is published yet" in words
    assert "`9NOTTHERE0001`" in words
    assert "did not answer in time" in words
    assert answer_message(ENGLISH, answer).text == (
        "Rollouts: mail halted; beta could not be shown; "
        "9NOTTHERE0001 could not be shown."
    )


def test_an_empty_channel_is_told_how_to_add_an_alias() -> None:
    for empty in (Status(()), Aliases(()), Help(())):
        assert "`/rollout alias add mail 9NBLGGH4R315`" in told(empty)


def test_a_long_list_is_cut_and_counted() -> None:
    seen = snapshot(replace(RUNNING, status="unheard of " * 20))
    standing = TargetStatus("mail", MAIL.target, seen)

    words = told(Status((standing,) * 180, more=20))

    shown = words.count("`mail`")
    assert 0 < shown < 50
    assert f"… and {200 - shown} more apps." in words
    assert "`/rollout status NAME`" in words


@pytest.mark.parametrize("letter", ["x", "ж", "文"])
def test_every_alias_that_a_channel_can_have_is_shown(letter: str) -> None:
    names = [f"an-alias-of-a-usual-length-{number:02d}" for number in range(50)]
    seen = replace(snapshot(), app_name=letter * 60)
    standings = [TargetStatus(name, MAIL.target, seen, AGO) for name in names]
    aliases = [replace(MAIL, name=name, app_name=letter * 60) for name in names]

    for words in (told(Status(tuple(standings))), told(Aliases(tuple(aliases)))):
        assert [name for name in names if f"`{name}`" not in words] == []
        assert "more" not in words


def test_the_fallback_text_of_a_status_says_how_many_more_there_are() -> None:
    standing = TargetStatus("mail", MAIL.target, snapshot(HALTED))

    text = answer_message(ENGLISH, Status((standing,) * 45, more=3)).text

    assert text.endswith("; and 43 more apps.")
    assert text.count("mail halted") == 5


def test_a_reading_that_is_not_of_now_has_its_age() -> None:
    def line(age: timedelta) -> str:
        return told(Status((TargetStatus("mail", MAIL.target, snapshot(), age),)))

    assert "ago" not in line(timedelta(milliseconds=900))
    assert "as of 20 s ago" in line(timedelta(seconds=20))
    assert "as of 3 min ago" in line(timedelta(minutes=3, seconds=59))
    assert "as of 2 h ago" in line(timedelta(hours=2))


def test_a_status_names_together_what_the_limit_has_left_out() -> None:
    full = FailureDetail(FailureCode.REQUEST_BUDGET, {"limit": "20"})
    unread = [TargetStatus(name, MAIL.target, Unavailable(full)) for name in ("a", "b")]
    read = TargetStatus("mail", MAIL.target, snapshot(HALTED))

    message = answer_message(ENGLISH, Status((unread[0], read, unread[1])))
    alone = answer_message(ENGLISH, Status((unread[0],)))

    assert "Not read yet: `a`, `b`. The Store's limit of 20 requests a minute" in told(
        Status((unread[0], read, unread[1]))
    )
    assert message.text == "Rollouts: mail halted; and 2 more apps."
    assert alone.text == "Rollouts: 1 app is not read yet."


def test_the_asker_is_told_of_how_many_apps_the_store_is_asked() -> None:
    assert reading(ENGLISH, ["mail"] * 45).text == "Asking the Store about 45 apps…"
    assert reading(ENGLISH, ["mail"]).text == "Asking the Store about `mail`…"


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (
            Done(RUNNING, HALTED),
            "Done: *halted*. The card showed: in progress at 25 %.",
        ),
        (
            Done(RUNNING, HALTED, before_at=NOW + timedelta(minutes=1)),
            "Done: in progress at 25 % (as of",
        ),
        (AlreadyDone(HALTED), "Nothing to do, it was so already: *halted*."),
        (Moved(RUNNING, FINALIZED), "Not done, it had changed: *finalized*."),
        (Refused(RefusalReason.STOPPED), "Refused: The rollout is halted already"),
        (Unavailable(LATE), "Not done, nothing was changed."),
        (Unknown(None, LATE), "Not known whether it was done."),
    ],
)
def test_history_tells_who_when_why_and_how_it_ended(
    result: Result, words: str
) -> None:
    finished = request(result=result)

    shown = told(History((finished,)))

    assert words in shown
    for fact in ("<@U0ANN> asked", "<@U0BEN> confirmed", "crash on start", "14:17 UTC"):
        assert fact in shown
    # The line before it ends with who confirmed, who has given no reason.
    assert "Why it was asked for: crash on start" in shown
    by_the_asker = replace(finished, decided_by="U0ANN")
    assert "Why: crash on start" in told(History((by_the_asker,)))


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (RequestState.PENDING, "Waiting for confirmation until"),
        (RequestState.CANCELLED, "Cancelled."),
        (RequestState.EXPIRED, "Expired."),
        (RequestState.AUTHORISED, "still under way"),
    ],
)
def test_history_tells_what_never_came_to_an_end(
    state: RequestState, words: str
) -> None:
    assert words in told(History((request(state=state),)))


def test_an_empty_history_says_of_what() -> None:
    assert "of mail" in told(History((), "mail"))
    assert "Nobody has asked for anything in this channel" in told(History(()))
    newer = told(History((), unread=2))
    assert newer == (
        "Not shown: 2 entries that a newer version of me wrote, and I cannot read."
    )
    assert "Not shown: 1" in told(History((request(),), unread=1))
    assert (
        "only entry about mail"
        in answer_message(ENGLISH, History((request(),), "mail")).text
    )


def logged(kind: EventKind, after: Rollout, *, by_bot: bool = False) -> LoggedChange:
    actor = "U0BEN" if by_bot else None
    change = RolloutChange(kind, NOW, RUNNING, after, actor, by_bot)
    return LoggedChange(
        Target(ACCOUNT, APP_ID, "f1"), change, "1", app_name="Mail", flight_name="Ring"
    )


@pytest.mark.parametrize(
    ("kind", "after", "words"),
    [
        (
            EventKind.ROLLOUT_OPENED,
            RUNNING,
            "Rollout opened: Mail, flight Ring, *in progress at 25 %*.\nSeen <!date^",
        ),
        (
            EventKind.PERCENTAGE_CHANGED,
            replace(RUNNING, percentage=40.0),
            (
                "Percentage changed: Mail, flight Ring, in progress at 25 % → "
                "*in progress at 40 %*.\nOutside Rollout Bot, seen <!date^"
            ),
        ),
        (
            EventKind.ROLLOUT_HALTED,
            HALTED,
            (
                "🛑 Rollout halted: Mail, flight Ring. It was in progress at 25 %.\n"
                "Outside Rollout Bot, seen <!date^"
            ),
        ),
        (
            EventKind.ROLLOUT_FINALIZED,
            FINALIZED,
            (
                "✅ Rollout finalized: Mail, flight Ring. It was in progress at 25 %.\n"
                "Outside Rollout Bot, seen <!date^"
            ),
        ),
        (
            EventKind.ROLLOUT_REPLACED,
            FINALIZED,
            (
                "Rollout replaced by a newer submission: Mail, flight Ring. It was in "
                "progress at 25 %, and the newer one is finalized.\nSeen <!date^"
            ),
        ),
    ],
)
def test_history_tells_what_was_changed_elsewhere(
    kind: EventKind, after: Rollout, words: str
) -> None:
    answer = History((logged(kind, after),))

    assert words in told(answer)
    assert words.split("\n", maxsplit=1)[0] in answer_message(ENGLISH, answer).text


def test_history_names_who_has_changed_it_in_another_channel() -> None:
    change = logged(EventKind.ROLLOUT_HALTED, HALTED, by_bot=True)

    assert "\n<@U0BEN> in another channel, <!date^" in told(History((change,)))


def test_the_history_of_one_app_has_a_chart_above_its_entries() -> None:
    entries = (logged(EventKind.ROLLOUT_HALTED, HALTED),) * 10
    points = tuple((NOW + timedelta(hours=hour), 10.0 + hour) for hour in range(60))

    message = answer_message(ENGLISH, History(entries, "mail", points=points))

    types = [block["type"] for block in message.rendered()]
    assert types == ["header", "data_visualization", *["section"] * 10]
    assert message.has_chart
    assert [block.type for block in message.plainer.blocks] == ["header"] + (
        ["section"] * 10
    )
    assert message.plainer.plainer == Message(message.text)
    without = answer_message(ENGLISH, History(entries, "mail", points=points[:1]))
    assert not without.has_chart


def test_help_speaks_of_this_channels_own_aliases() -> None:
    words = told(Help((BETA, MAIL)))

    assert "`/rollout halt beta crash on start`" in words
    assert "`beta` – Contoso Mail, flight Beta testers" in words
    assert "`@Rollout status beta`" in words


def test_help_lists_no_more_than_a_handful_of_aliases() -> None:
    assert "… and 9 more: `/rollout alias list`" in told(Help((MAIL,) * 15))


def test_aliases_are_listed_with_their_ids() -> None:
    words = told(Aliases((MAIL, BETA)))

    assert "*`mail`* – Contoso Mail `9NBLGGH4R315`, added by <@U0ANN>" in words
    assert "*`beta`* – Contoso Mail, flight Beta testers `9NBLGGH4R315` `7bfc`" in words


def test_adding_and_removing_an_alias_is_said_in_words() -> None:
    assert "`/rollout status mail`" in told(AliasAdded(MAIL, published=True))
    assert "no published submission" in told(AliasAdded(MAIL, published=False))
    assert "The alias `mail` is removed" in told(AliasRemoved(MAIL))


@pytest.mark.parametrize("misuse", list(Misuse))
def test_every_misuse_has_its_own_sentence(misuse: Misuse) -> None:
    others = {told(Usage(other, "x")) for other in Misuse if other is not misuse}

    assert told(Usage(misuse, "x")) not in others


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (
            Usage(Misuse.UNKNOWN_VERB, "stop", "halt mail"),
            "Unknown command: `stop`. Did you mean `/rollout halt mail`?",
        ),
        (
            Usage(Misuse.NO_PAUSE, "pause", "mail"),
            "and a halt is final. To slow it down: `/rollout set mail 1%`.",
        ),
        (Usage(Misuse.NO_ROLLBACK, "rollback", "mail"), "cannot roll back"),
        (Usage(Misuse.NO_WAY_BACK, "undo"), "cannot be undone. To ship again"),
        (Usage(Misuse.UNKNOWN_VERB, "frob"), "`/rollout help` shows what I can do."),
        (Usage(Misuse.WHICH_APP, "halt", "mail beta"), "It has `mail`, `beta`."),
        (Usage(Misuse.WHICH_APP, "halt"), "none yet"),
        (Usage(Misuse.ZERO_PERCENT, "0"), "0 % is not a halt"),
        (Usage(Misuse.OVER_100_PERCENT, "101"), "100 % is the most"),
        (Usage(Misuse.NO_PERCENTAGE, "mail"), "`/rollout set mail 40%`"),
        (
            Usage(Misuse.ALIAS_TAKEN, "Contoso Mail", "alias remove mail"),
            "remove it first: `/rollout alias remove mail`",
        ),
    ],
)
def test_a_misuse_says_what_would_be_right(wrong: Usage, words: str) -> None:
    assert words in told(wrong) or words.replace("It has", "This channel has") in told(
        wrong
    )


@pytest.mark.parametrize(
    ("unknown", "words"),
    [
        (UnknownAlias("mial", ("mail",), near=True), "Did you mean `mail`?"),
        (UnknownAlias("x", ("mail", "beta")), "It has `mail`, `beta`."),
        (UnknownAlias("x"), "it has none at all yet"),
        (UnknownAlias("x", tuple(f"a{n}" for n in range(20))), "`a14` and 5 more"),
    ],
)
def test_an_unknown_alias_is_answered_with_the_known_ones(
    unknown: UnknownAlias, words: str
) -> None:
    assert words in told(unknown)


def test_a_guest_is_told_who_can_do_it() -> None:
    assert "Please ask a member" in told(NotAllowed(Denial.OTHER_WORKSPACE))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            declined(AlreadyDone(HALTED)),
            ("Nothing to do, already halted: `mail` (Contoso Mail)",),
        ),
        (
            declined(Refused(RefusalReason.STOPPED, HALTED)),
            ("Halt rollout of `mail` (Contoso Mail)", "cannot be undone"),
        ),
        (
            declined(Unavailable(LATE), seen=False),
            (
                f"`mail` (`{APP_ID}`): The Microsoft Store did not",
                "Try again in a minute",
            ),
        ),
        (
            Refused(RefusalReason.STOPPED, HALTED, None, "cid"),
            ("cannot be undone", "higher version number", "`cid`"),
        ),
        (
            Unavailable(LATE, "cid"),
            ("did not answer in time", "Nothing was changed", "`cid`"),
        ),
    ],
)
def test_what_cannot_be_asked_for_is_said_before_a_card_is_made(
    answer: CommandOutcome, words: tuple[str, ...]
) -> None:
    assert [word for word in words if word not in told(answer)] == []


@pytest.mark.parametrize(
    ("handled", "words"),
    [
        (request(state=RequestState.AUTHORISED), "<@U0BEN> confirmed this already"),
        (request(result=Done(RUNNING, HALTED)), "It has ended: Halted"),
        (request(state=RequestState.CANCELLED), "<@U0BEN> cancelled this already"),
        (request(state=RequestState.EXPIRED), "This card expired"),
        (request(), "Please press again"),
    ],
    ids=("under way", "finished", "cancelled", "expired", "pending"),
)
def test_a_late_click_is_told_who_was_first(handled: Request, words: str) -> None:
    message = decision_message(ENGLISH, AlreadyHandled(handled))

    assert message is not None
    assert words in message.text


def test_the_card_itself_answers_the_click_that_decides() -> None:
    assert decision_message(ENGLISH, Confirmed(request())) is None
    assert decision_message(ENGLISH, Cancelled(request())) is None


def test_a_click_on_an_expired_or_forgotten_card_is_answered() -> None:
    expired = decision_message(ENGLISH, Expired(request(Verb.SET, 5.0)))
    forgotten = decision_message(ENGLISH, Usage(Misuse.NO_SUCH_CARD))
    refused = decision_message(ENGLISH, NotAllowed(Denial.OTHER_WORKSPACE))

    assert expired is not None
    assert "expired" in expired.text
    assert forgotten is not None
    assert "I do not know this card" in forgotten.text
    assert refused is not None
    assert "members" in refused.text


def test_the_history_tells_of_a_card_that_was_never_shown() -> None:
    lost = replace(request(state=RequestState.CANCELLED), decided_by=None)

    shown = told(History((lost,)))

    assert "Its card could not be posted; nothing was sent." in shown
    assert "Cancelled" not in shown
    assert "The card showed" not in shown


def test_a_card_does_not_say_where_its_details_went() -> None:
    done = request(result=Done(RUNNING, HALTED))

    message = decision_message(ENGLISH, AlreadyHandled(done))

    assert message is not None
    assert "thread" not in message.text + card(ENGLISH, done).text
    assert "It has ended: Halted: Contoso Mail" in message.text
