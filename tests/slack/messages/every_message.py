"""Every message that the bot can send, drawn with a chosen set of arguments."""

import pickle
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import cycle, product
from typing import Final

from bot.domain import channel_outcomes as channel
from bot.domain import outcomes as o
from bot.domain import usage as u
from bot.domain.app_names import ResolvedTarget
from bot.domain.change_log import LoggedChange
from bot.domain.events import ALIAS_KINDS, AliasChange, EventKind
from bot.domain.failures import FailureCode, FailureDetail
from bot.domain.history import Entry
from bot.domain.notifications import (
    PermanentNotificationError,
    RetryableNotificationError,
)
from bot.domain.operations import Waiting
from bot.domain.requests import Alias, EndReason, Place, Request, RequestState
from bot.domain.results import (
    CODES,
    AlreadyDone,
    Done,
    Moved,
    Refused,
    Result,
    Unavailable,
    Unknown,
)
from bot.domain.rollout import NOT_READ, Change, RefusalReason, Rollout
from bot.domain.rollout_changes import CHANGES as ROLLOUT_CHANGES
from bot.domain.rollout_changes import RolloutChange
from bot.domain.submissions import Snapshot, SubmissionRef, Target
from bot.domain.subscriptions import (
    NotSubscribed,
    Subscribed,
    Subscription,
    SubscriptionChange,
    Subscriptions,
    Unsubscribed,
)
from bot.domain.verbs import Verb
from bot.domain.watching import Topics
from bot.slack.messages import errors, forms
from bot.slack.messages.blocks import Message, note
from bot.slack.messages.cards import card, locked_card, waiting_card
from bot.slack.messages.notices import blocked_message, notice_message
from bot.slack.messages.outdated_cards import lost_card, outdated_card, unsure_card
from bot.slack.messages.press_replies import decision_message
from bot.slack.messages.replies import answer_message, card_open
from bot.slack.messages.status import reading
from bot.slack.messages.thread import given_up_message, result_message, sent_instead
from bot.slack.messages.translator import Translator
from bot.slack.messages.usage import known_elsewhere
from tests.slack.messages.every_approval import every_approval
from tests.slack.messages.every_board import every_board_message
from tests.slack.messages.every_language import every_language
from tests.slack.messages.every_lock import (
    every_held,
    every_lock_answer,
    every_lock_notice,
)
from tests.slack.messages.every_notice import every_notice, every_reminder
from tests.slack.messages.every_policy_change import every_policy_change
from tests.slack.messages.every_proposal import every_proposal
from tests.slack.messages.every_ramp import every_ramp
from tests.slack.messages.every_ramp_history import every_ramp_history
from tests.slack.messages.every_ramp_notice import every_ramp_notice
from tests.slack.messages.every_rule import every_rule
from tests.slack_users import texts

NOW: Final = datetime(2026, 3, 3, 14, 17, tzinfo=UTC)
STATUSES: Final = (
    "PackageRolloutInProgress",
    "PackageRolloutStopped",
    "PackageRolloutComplete",
    "PackageRolloutNotStarted",
)
CHANGES: Final = (
    Change(Verb.HALT),
    Change(Verb.FINALIZE),
    Change(Verb.SET, 12.34),
    Change(Verb.SET, 100.0),
)
# The names that the texts of failures use.
FAILURE_ARGUMENTS: Final = (
    "status",
    "seconds",
    "aadsts",
    "store_message",
    "reference",
    "code",
    "limit",
)


@dataclass(frozen=True, slots=True)
class Arguments:
    """What people and the Store put into the messages; `many` is how many of each.

    `text` stands for names and reasons, `word` for what is never in another script:
    ids, aliases, versions, codes.
    """

    text: str = "Contoso"
    word: str = "mail"
    person: str = "U0ANN"
    number: str = "1152921504621230023"
    percentage: float = 99.99
    many: int = 2

    def rollouts(self) -> list[Rollout]:
        """Return a rollout in each state."""
        known = [
            Rollout(enabled, self.percentage, status, self.number)
            for enabled, status in product((True, False), STATUSES)
        ]
        unread = Rollout(True, 0.0, NOT_READ)
        return [*known, Rollout(True, 1e300, self.word, None), unread]

    def failures(self) -> list[FailureDetail]:
        """Return a failure with all that its text can carry, with a part, with none."""
        full = dict.fromkeys(FAILURE_ARGUMENTS, self.text)
        return [
            FailureDetail(FailureCode.BAD_REQUEST, full),
            FailureDetail(FailureCode.BAD_REQUEST, {"status": self.text}),
            FailureDetail(FailureCode.SECRET_EXPIRED),
        ]

    def every_failure(self) -> list[FailureDetail]:
        """Return every failure, with and without what its text can carry."""
        full = dict.fromkeys(FAILURE_ARGUMENTS, self.text)
        return [
            FailureDetail(code, arguments)
            for code, arguments in product(FailureCode, (full, {}))
        ]

    def refusals(self) -> Iterator[Refused]:
        """Return every refusal, with and without what it can carry."""
        names = (self.text,) * self.many
        detail = FailureDetail(FailureCode.CONFLICT, {"store_message": self.text})
        new = Rollout(True, self.percentage, self.word)
        yield Refused(RefusalReason.NOT_IN_PROGRESS, new)
        yield Refused(RefusalReason.NOT_PUBLISHED, self.rollouts()[0])
        for reason, now in zip(RefusalReason, cycle(self.rollouts()), strict=False):
            yield Refused(reason)
            yield Refused(reason, now, detail, self.word, names)

    def results(self) -> Iterator[Result]:
        """Return every result."""
        rollouts = self.rollouts()
        for one, other in zip(rollouts, reversed(rollouts), strict=True):
            yield Done(one, other, self.word)
            yield Done(one, other, self.word, NOW + timedelta(minutes=1))
            yield AlreadyDone(one, self.word)
            yield Moved(one, other, self.word)
        for failure in self.failures():
            yield Unavailable(failure, self.word)
            yield Unavailable(failure, self.word, rollouts[0])
            yield Unavailable(failure, self.word, rollouts[1])
            yield Unknown(rollouts[0], failure, self.word)
            yield Unknown(None, failure)
        yield from self.refusals()

    def alias(self) -> Alias:
        """Return an alias of a flight."""
        target = Target("main", self.word, self.word)
        return Alias(self.word, target, self.text, self.text, self.person)

    def alias_changes(self) -> list[AliasChange]:
        """Return every change of an alias, by somebody and by nobody known."""
        return [
            AliasChange(kind, self.alias(), NOW, actor, self.word)
            for kind, actor in product(sorted(ALIAS_KINDS), (self.person, None))
        ]

    def subscriptions(self) -> list[Subscription]:
        """Return a subscription of each kind, with all it can have and with less."""
        target, word = Target("main", self.word, self.word), self.word
        full = [
            Subscription(
                *(target, topics, by_alias, self.person, NOW, mention),
                *(self.text, self.text, blocked_at, blocked_by, word),
            )
            for topics, by_alias, mention, (blocked_at, blocked_by) in product(
                Topics,
                (True, False),
                (word, "S0ONCALL", None),
                (
                    (None, None),
                    (NOW, "is_archived"),
                    (NOW, "not_in_channel"),
                    (NOW, word),
                ),
            )
        ]
        bare = replace(full[0], alias=None, app_name=None, flight_name=None)
        app = replace(full[1], alias=None, target=Target("main", word))
        return [*full, bare, replace(app, flight_name=None)]

    def subscription_changes(self) -> list[SubscriptionChange]:
        """Return changes of each kind of subscription, by somebody and by nobody."""
        target = Target("main", self.word, self.word)
        kind = EventKind.SUBSCRIBED
        return [
            SubscriptionChange(
                *(kind, target, topics, NOW, actor, mention, alias, self.text, flight)
            )
            for topics, actor, mention, alias, flight in product(
                Topics,
                (self.person, None),
                (self.word, None),
                (self.word, None),
                (self.text, None),
            )
        ]

    def logged_changes(self) -> list[LoggedChange]:
        """Return changes of each kind, with all that can be known and with less."""
        target, rollouts = Target("main", self.word, self.word), self.rollouts()
        return [
            LoggedChange(
                target,
                RolloutChange(kind, NOW, before, after, actor, by_bot),
                self.number,
                app_name=app_name,
                flight_name=app_name,
            )
            for kind in ROLLOUT_CHANGES
            for before, after in zip((None, *rollouts), (*rollouts, None), strict=True)
            for actor, by_bot in ((self.person, True), (None, True), (None, False))
            for app_name in (self.text, None)
        ]

    def request(self, change: Change, rollout: Rollout | None = None) -> Request:
        """Return a request that says all it can."""
        ref = SubmissionRef(Target("main", self.word, self.word), self.number)
        return Request(
            id="r1",
            place=Place("T0CONTOSO", "C0MAIL"),
            change=change,
            snapshot=Snapshot(
                ref=ref,
                app_name=self.text,
                flight_name=self.text,
                rollout=rollout or self.rollouts()[0],
                status=self.word,
                versions=(self.word,) * self.many,
                pending_id=self.number,
            ),
            asked_by=self.person,
            reason=self.text,
            asked_at=NOW,
            expires_at=NOW,
            alias=self.word,
            decided_by=self.person,
            decided_at=NOW,
        )

    def of_app(self, request: Request) -> Request:
        """Return the request as one for an app and no flight of it."""
        target = Target("main", self.word)
        ref = SubmissionRef(target, self.number)
        app = replace(request.snapshot, ref=ref, flight_name=None)
        return replace(request, snapshot=app)

    def finished(self, change: Change, result: Result) -> Request:
        """Return a request whose operation has a result."""
        request = replace(self.request(change), state=RequestState.AUTHORISED)
        ended = replace(request.authorised(), result=result, finished_at=NOW)
        return replace(request, operation=ended)

    def requests(self) -> Iterator[Request]:
        """Return a request of every change in every state, and some that say little."""
        for change, state in product(CHANGES, RequestState):
            full = replace(self.request(change), state=state)
            yield full
            yield replace(full, decided_by=None, decided_at=None, reason="", alias=None)
            yield replace(full, decided_at=None)
            bare = replace(full.snapshot, versions=(), status=None, pending_id=None)
            yield replace(full, snapshot=bare)
            yield replace(full, snapshot=replace(full.snapshot, as_of=NOW))
        for change, reason in product(CHANGES, EndReason):
            ended = self.request(change).ended(reason, self.word, NOW)
            yield ended
            yield replace(ended, decided_by=None)


def every_message(t: Translator, arguments: Arguments) -> Iterator[Message]:
    """Draw every message, once: many things are shown alike."""
    drawn: set[bytes] = set()
    for message in _each_drawn(t, arguments):
        # Writing the blocks as JSON takes longer than all that the tests check.
        pickled = pickle.dumps((message.text, message.blocks))
        if pickled not in drawn:
            drawn.add(pickled)
            yield message


def _each_drawn(t: Translator, arguments: Arguments) -> Iterator[Message]:
    yield from _cards(t, arguments)
    yield from _results(t, arguments)
    yield from _forms(t, arguments)
    yield from every_language(t)
    yield from every_rule(t, arguments.text, arguments.word, arguments.person)
    yield from every_ramp(t, arguments.text, arguments.word, arguments.person)
    for answer in _answers(arguments):
        yield answer_message(t, answer)
    for click in _clicks(arguments):
        message = decision_message(t, click)
        if message is not None:
            yield message
    for change in CHANGES:
        address = "https://example.slack.com/archives/C1/p1?a=1&b=2"
        yield card_open(t, arguments.request(change), address)
        app = arguments.of_app(arguments.request(change))
        yield from every_approval(t, app, arguments.text)
    yield from every_approval(t, arguments.request(CHANGES[1]), arguments.text)
    for many in (1, 9):
        yield known_elsewhere(t, arguments.text, ["C0MAIL"] * many)
    yield from _errors(t, arguments)
    for reminder in every_reminder(arguments.text, arguments.rollouts()):
        yield notice_message(t, reminder)
    for notice in every_notice(arguments.text, arguments.person, arguments.rollouts()):
        shown = notice_message(t, notice)
        yield shown
    yield from every_proposal(t, arguments.text, arguments.person)
    text, word, person = arguments.text, arguments.word, arguments.person
    for told in every_lock_notice(text, word, person):
        yield notice_message(t, told)
    for of_ramp in every_ramp_notice(text, word, person):
        yield notice_message(t, of_ramp)
    closed = PermanentNotificationError("is_archived")
    yield blocked_message(t, notice.place, shown, closed)
    yield from every_board_message(
        t, arguments.text, arguments.person, arguments.rollouts()
    )


def _cards(t: Translator, arguments: Arguments) -> Iterator[Message]:
    for request in arguments.requests():
        yield card(t, request)
    for change, rollout in product(CHANGES, arguments.rollouts()):
        yield card(t, arguments.request(change, rollout))
    text, word, person = arguments.text, arguments.word, arguments.person
    for change, locks in product(CHANGES, every_held(text, word, person)):
        yield locked_card(t, arguments.request(change), locks)
    for request in arguments.requests():
        yield lost_card(t, request)
        yield unsure_card(t, request)
        for code in CODES.values():
            yield outdated_card(t, request, f"result:{code}")
    for change in CHANGES:
        app = arguments.of_app(arguments.request(change))
        yield card(t, app)
        bare = replace(app, snapshot=replace(app.snapshot, pending_id=None))
        yield card(t, bare)
        done = Done(app.snapshot.rollout, app.snapshot.rollout)
        yield result_message(t, bare, done, corrects=False)
        yield card(t, replace(app, change=Change(Verb.SET, 0.5)))
    for change, failure in product(CHANGES, arguments.failures()):
        full = arguments.request(change)
        bare = replace(full, snapshot=replace(full.snapshot, versions=()))
        app = arguments.of_app(full)
        doubt = Waiting(failure, in_doubt=True, at=NOW)
        yield waiting_card(t, full, doubt)
        for rollout in arguments.rollouts():
            yield waiting_card(t, full, replace(doubt, seen=rollout, seen_at=NOW))
        for request in (full, bare, app, arguments.of_app(bare)):
            yield waiting_card(t, request, Waiting(failure, in_doubt=False, at=NOW))
        yield waiting_card(
            t, full, Waiting(failure, in_doubt=False, at=NOW, sends=False)
        )
        yield waiting_card(
            t, full, Waiting(failure, in_doubt=False, at=NOW, asking=True)
        )


def _results(t: Translator, arguments: Arguments) -> Iterator[Message]:
    for change, result in product(CHANGES, arguments.results()):
        finished = arguments.finished(change, result)
        yield card(t, finished)
        app = arguments.of_app(finished)
        yield result_message(t, app, result, corrects=False)
        message = result_message(t, finished, result, corrects=True)
        yield message
        yield sent_instead(t, finished, message)
        yield given_up_message(t, finished)
        assert finished.operation is not None
        undated = replace(finished.operation, finished_at=None, attempts=1)
        yield result_message(
            t, replace(finished, operation=undated), result, corrects=False
        )

    unread, halted = Rollout(True, 0.0, NOT_READ), arguments.rollouts()[1]
    done = Done(unread, halted)
    finished = arguments.finished(CHANGES[0], done)
    seen = replace(finished.snapshot, rollout=unread)
    yield result_message(t, replace(finished, snapshot=seen), done, corrects=False)


def _answers(arguments: Arguments) -> Iterator[o.CommandOutcome]:
    text, alias = arguments.text, arguments.alias()
    aliases = (arguments.word,) * arguments.many
    for misuse, hint in product(u.Misuse, (None, text)):
        yield u.Usage(misuse, text, hint)
        yield u.Usage(misuse, text, hint, aliases)
    words = " ".join(f"{arguments.word}{each}" for each in range(50))
    for verb in (arguments.word, Verb.HALT):
        yield u.Usage(u.Misuse.WHICH_APP, verb, words, aliases)
    yield u.UnknownAlias(text)
    yield u.UnknownAlias(text, aliases)
    yield u.UnknownAlias(text, aliases, near=True)
    yield u.UnknownAlias(text, aliases[:1], near=True, command=text)
    yield u.UnknownAlias(text, aliases[:1], command=text)
    yield from map(o.NotAllowed, o.Denial)
    for some in ((), (alias,), (alias,) * arguments.many, (alias,) * 80):
        yield o.Help(some)
        yield o.Version(arguments.word)
        yield channel.Aliases(some)
    yield channel.Aliases((alias,) * 3000)
    yield channel.AliasAdded(alias, published=True, let_in=True)
    yield channel.AliasAdded(alias, published=True)
    yield channel.AliasAdded(replace(alias, added_by=""), published=False)
    yield channel.AliasRemoved(alias)
    yield from _subscription_answers(arguments)
    yield from every_lock_answer(text, arguments.word, arguments.person, alias)
    yield from _statuses(arguments)
    yield from _histories(arguments)
    unavailable = [Unavailable(each, alias.name) for each in arguments.failures()]
    already = [AlreadyDone(each, alias.name) for each in arguments.rollouts()]
    yield channel.AppGivenUp(alias.target)
    for name in (text, None):
        yield channel.LetInAsked(alias.target, name)
    for channels in ((), ("C0MAIL",), ("C0MAIL",) * 50):
        denial = o.Denial.CHANNEL_LACKS_APP
        yield o.NotAllowed(denial, alias.target, channels)
    yield from unavailable
    yield from map(Unavailable, arguments.every_failure())
    yield from arguments.refusals()
    results: list[AlreadyDone | Refused | Unavailable]
    results = [*unavailable, *already, *arguments.refusals()]
    for change, result in product(CHANGES, results):
        seen = arguments.request(change).snapshot
        yield o.NothingToConfirm(alias.name, alias.target, change, seen, result)
        yield o.CardOpen(arguments.request(change), arguments.request(change))
        yield o.NothingToConfirm(None, alias.target, change, None, result)
    seen = arguments.request(CHANGES[0]).snapshot
    left = tuple(
        o.NothingToConfirm(alias.name, alias.target, CHANGES[0], snapshot, result)
        for snapshot, result in product((seen, None), results)
    )
    yield from (o.LeftOut((one,), cards=0) for one in left)
    yield o.LeftOut(left[:20], cards=1)
    usage = u.Usage(u.Misuse.TAKEN_AS_REASON, text, None, aliases)
    yield o.Several((usage, u.UnknownAlias(text, aliases), *left[:20]))


def _subscription_answers(arguments: Arguments) -> Iterator[o.CommandOutcome]:
    each = arguments.subscriptions()
    for one, before in product(each, (None, each[0], each[3], each[-1])):
        yield Subscribed(one, before)
    for one in each:
        yield Subscribed(one, one)
        yield Unsubscribed(one)
        yield Unsubscribed(one, already=True)
        yield channel.AliasRemoved(arguments.alias(), one)
        yield channel.AliasRemoved(arguments.alias(), one, given_up=True)
        yield Subscriptions((one,))
    yield o.Several(tuple(Subscribed(one, each[0]) for one in each[:5]))
    yield NotSubscribed(arguments.text)
    for some in ((), tuple(each), tuple(each * 20)):
        yield Subscriptions(some)


def _statuses(arguments: Arguments) -> Iterator[o.Status]:
    target, word = arguments.alias().target, arguments.word
    seen = [
        arguments.request(CHANGES[0], rollout).snapshot
        for rollout in arguments.rollouts()
    ]
    failed = [Unavailable(each, word) for each in arguments.failures()]
    states: list[Snapshot | Refused | Unavailable]
    states = [*seen, *failed, *arguments.refusals()]
    standing = [
        o.TargetStatus(alias, target, each) for each in states for alias in (word, None)
    ]
    ages = (timedelta(seconds=20), timedelta(minutes=3), timedelta(hours=2))
    old = [replace(each, age=age) for each in standing for age in ages]
    full = {"limit": arguments.number}
    unread = o.TargetStatus(
        word, target, Unavailable(FailureDetail(FailureCode.REQUEST_BUDGET, full))
    )
    more = [
        replace(each, others=(word, word), seen_since=NOW, changed_here=changed)
        for each in standing[:4]
        for changed in (None, NOW)
    ]
    more += [
        replace(standing[0], locks=found * number)
        for found in every_held(arguments.text, word, arguments.person)
        for number in (1, 10)
    ]
    yield from (o.Status((each,)) for each in more)
    yield o.Status(tuple(more))
    yield o.Status(())
    yield o.Status(tuple(standing), more=2)
    yield o.Status((standing[0],) * 200, more=1)
    yield o.Status((*old, *[unread] * 50))
    yield o.Status((unread,))
    yield o.Status((unread, unread))
    yield from (o.Status((each,)) for each in old)
    yield from (o.Status((each,)) for each in standing)


def _histories(arguments: Arguments) -> Iterator[o.History]:
    past: list[Entry] = list(arguments.requests())
    past += arguments.alias_changes()
    past += arguments.subscription_changes()
    logged = arguments.logged_changes()
    past += logged
    past += every_policy_change(arguments.text, arguments.word, arguments.person)
    past += [arguments.finished(CHANGES[2], each) for each in arguments.results()]
    past += every_ramp_history(arguments.text, arguments.word, arguments.person)
    halted = arguments.rollouts()[1]
    past.append(arguments.finished(CHANGES[0], Done(halted, halted)))
    for about in (None, arguments.text):
        yield o.History((), about)
        yield o.History(tuple(past), about, unread=1)
        yield from (o.History((request,), about) for request in past)
    yield o.History((), unread=2)
    for number in (1, 2, 100):
        points = tuple((NOW + timedelta(hours=each), 0.01) for each in range(number))
        yield o.History(tuple(logged[:10]), arguments.text, points=points)


def _clicks(arguments: Arguments) -> Iterator[o.ClickOutcome]:
    for request in arguments.requests():
        yield o.Approved(request)
        yield o.Expired(request)
        yield o.AlreadyHandled(request)
    before, after, *_ = arguments.rollouts()
    yield o.AlreadyHandled(arguments.finished(CHANGES[0], Moved(before, after)))
    yield from map(o.NotAllowed, o.Denial)
    yield u.Usage(u.Misuse.NO_SUCH_CARD)


def _forms(t: Translator, arguments: Arguments) -> Iterator[Message]:
    """Draw what is said in a form and about it, each text as a message."""
    chosen = ResolvedTarget(Target("main", arguments.word), arguments.word)
    for text in texts({"blocks": forms.set_form(t, "C0MAIL", chosen)}).split("\n"):
        yield note(text)
    yield forms.form_not_opened(t, chosen)
    flight = ResolvedTarget(Target("main", arguments.word, arguments.word), None)
    yield forms.form_not_opened(t, flight)
    yield forms.press_not_taken(t)
    refused = PermanentNotificationError("not_in_channel")
    yield forms.answered_directly(t, "C0MAIL", errors.card_not_posted(t, refused))
    yield note(forms.form_not_taken(t))
    # At a field nothing marks the command as one.
    yield note(forms.unreadable_form(t).replace("/rollout set APP 40%", "`…`"))


def _errors(t: Translator, arguments: Arguments) -> Iterator[Message]:
    yield errors.database_away(t)
    yield reading(t, [arguments.word])
    yield reading(t, [arguments.word] * 45)
    yield errors.click_not_stored(t)
    for change in CHANGES:
        yield errors.click_waits(t, o.Confirmed(arguments.request(change)))
    yield errors.unexpected_error(t, "1a2b3c4d")
    yield note(errors.restarting(t))
    yield note(errors.unreadable_command(t))
    yield errors.card_not_posted(t, RetryableNotificationError("away"))
    for needed in ("", "chat:write", arguments.word):
        lacking = PermanentNotificationError("missing_scope", needed)
        yield errors.card_not_posted(t, lacking)
    for code in (
        "not_in_channel",
        "is_archived",
        "restricted_action",
        "lost_answer",
        arguments.word,
    ):
        refused = PermanentNotificationError(code)
        yield errors.card_not_posted(t, refused)
        yield errors.card_not_posted(t, refused, taken_back=False)
