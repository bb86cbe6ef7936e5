"""What is typed about subscriptions, and what is understood."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.app_names import ResolvedTarget
from bot.domain.commands import AskChange, Command, parse
from bot.domain.mentions import group_id, without_ids
from bot.domain.requests import Alias
from bot.domain.submissions import Target
from bot.domain.subscription_commands import (
    NOBODY,
    AskSubscribe,
    AskUnsubscribe,
    ListSubscriptions,
    WantedSubscription,
    resolve_subscription,
)
from bot.domain.usage import Misuse, UnknownAlias, Usage
from bot.domain.verbs import Verb
from bot.domain.watching import Topics

MAIN = "main"
ID = "9NBLGGH4TNMP"
GROUP = "<!subteam^S012|@release-team>"
MAIL = Alias("mail", Target(MAIN, "9NMAIL000001"), "Contoso Mail")
BETA = Alias("beta", Target(MAIN, "9NMAIL000001", "f-1"), "Contoso Mail", "Insiders")
PHOTOS = Alias("pics", Target(MAIN, "9NPHOTO00002"), "Contoso Photos")
CHANGES = Alias("changes", Target(MAIN, "9NOTHER00003"), "Changes")
TWIN = Alias("other", Target(MAIN, "9NOTHER00003"), "Contoso Photos")
ALIASES = (BETA, MAIL, PHOTOS)

ON_MAIL = ResolvedTarget(MAIL.target, "mail")
ON_PHOTOS = ResolvedTarget(PHOTOS.target, "pics")
ON_BETA = ResolvedTarget(BETA.target, "beta")
ON_ID = ResolvedTarget(Target(MAIN, ID), None)

COMMANDS: list[tuple[str, Command]] = [
    ("subscribe", ListSubscriptions()),
    ("Subscribe list", ListSubscriptions()),
    ("follow", ListSubscriptions()),
    ("subscribe mail", AskSubscribe(("mail",))),
    ("please subscribe mail", AskSubscribe(("mail",))),
    ("FOLLOW Mail changes", AskSubscribe(("Mail", "changes"))),
    ("watch mail", AskSubscribe(("mail",))),
    (f"subscribe mail mention {GROUP}", AskSubscribe(("mail", "mention", GROUP))),
    ("unsubscribe", AskUnsubscribe()),
    ("unsubscribe mail", AskUnsubscribe(("mail",))),
    ("unfollow mail", AskUnsubscribe(("mail",))),
    ("unwatch mail", AskUnsubscribe(("mail",))),
]

NEAR: list[tuple[str, str | None]] = [
    ("subscibe mail", "subscribe mail"),
    ("subscribed mail", "subscribe mail"),
    ("unsubscibe mail", "unsubscribe mail"),
    ("mute mail", "unsubscribe mail"),
    ("unmute mail", "subscribe mail"),
    ("notify mail", "subscribe mail"),
    ("subscriptions", "subscribe"),
    (f"notify mail {GROUP}", "subscribe mail @release-team"),
]

WANTED: list[tuple[str, WantedSubscription]] = [
    ("mail", WantedSubscription((ON_MAIL,))),
    ("Contoso Mail", WantedSubscription((ON_MAIL,))),
    ("contoso mail, flight insiders", WantedSubscription((ON_BETA,))),
    (ID.lower(), WantedSubscription((ON_ID,))),
    ("to mail", WantedSubscription((ON_MAIL,))),
    ("mail changes", WantedSubscription((ON_MAIL,), topics=Topics.CHANGES)),
    ("mail Attention", WantedSubscription((ON_MAIL,), topics=Topics.ATTENTION)),
    ("mail only changes.", WantedSubscription((ON_MAIL,), topics=Topics.CHANGES)),
    ("mail all", WantedSubscription((ON_MAIL,), topics=Topics.ALL)),
    (
        "mail changes and attention",
        WantedSubscription((ON_MAIL,), topics=Topics.ALL),
    ),
    ("mail, pics", WantedSubscription((ON_MAIL, ON_PHOTOS))),
    (
        "mail and pics attention",
        WantedSubscription((ON_MAIL, ON_PHOTOS), topics=Topics.ATTENTION),
    ),
    ("all", WantedSubscription((ON_BETA, ON_MAIL, ON_PHOTOS))),
    (
        "all changes",
        WantedSubscription((ON_BETA, ON_MAIL, ON_PHOTOS), topics=Topics.CHANGES),
    ),
    (f"mail mention {GROUP}", WantedSubscription((ON_MAIL,), mention="S012")),
    (f"mail {GROUP}", WantedSubscription((ON_MAIL,), mention="S012")),
    (
        "mail mention <!subteam^S012>",
        WantedSubscription((ON_MAIL,), mention="S012"),
    ),
    (
        f"mail mention {GROUP} attention",
        WantedSubscription((ON_MAIL,), topics=Topics.ATTENTION, mention="S012"),
    ),
    (
        f"mail attention mention {GROUP}",
        WantedSubscription((ON_MAIL,), topics=Topics.ATTENTION, mention="S012"),
    ),
    (
        f"mail mention {GROUP}, attention.",
        WantedSubscription((ON_MAIL,), topics=Topics.ATTENTION, mention="S012"),
    ),
    ("mail mention none", WantedSubscription((ON_MAIL,), mention=NOBODY)),
    ("mail without mention", WantedSubscription((ON_MAIL,), mention=NOBODY)),
    (f"{ID} flight Insiders", WantedSubscription((ON_ID,), "Insiders")),
    (
        f"{ID} flight Beta ring attention mention {GROUP}",
        WantedSubscription((ON_ID,), "Beta ring", Topics.ATTENTION, "S012"),
    ),
    (
        f"{ID} flight all hands changes",
        WantedSubscription((ON_ID,), "all hands", Topics.CHANGES),
    ),
]

MISUSED: list[tuple[str, Usage]] = [
    (
        "mail chnages",
        Usage(Misuse.SUBSCRIBE_SYNTAX, "chnages", "subscribe mail changes"),
    ),
    (
        "mail flight",
        Usage(Misuse.SUBSCRIBE_SYNTAX, "flight"),
    ),
    ("mail, pics flight x", Usage(Misuse.SUBSCRIBE_SYNTAX, "flight")),
    ("mail xyzzy", Usage(Misuse.SUBSCRIBE_SYNTAX, "xyzzy")),
    ("mail none", Usage(Misuse.SUBSCRIBE_SYNTAX, "none", "unsubscribe mail")),
    ("mail mention", Usage(Misuse.BAD_MENTION, "", "subscribe mail")),
    (
        f"mail mention {GROUP} <!subteam^S013>",
        Usage(Misuse.SUBSCRIBE_SYNTAX, "<!subteam^S013>"),
    ),
    ("mail mention @here", Usage(Misuse.BAD_MENTION, "@here", "subscribe mail")),
    ("mail @channel", Usage(Misuse.BAD_MENTION, "@channel", "subscribe mail")),
    ("mail mention @ben", Usage(Misuse.BAD_MENTION, "@ben", "subscribe mail")),
    (
        "mail mention @release-team attention",
        Usage(Misuse.BAD_MENTION, "@release-team", "subscribe mail"),
    ),
    ("mail mention oncall", Usage(Misuse.BAD_MENTION, "oncall", "subscribe mail")),
    (
        "changes",
        Usage(Misuse.WHICH_APP, "subscribe", "beta mail pics", ("changes",)),
    ),
]

ENDED: list[tuple[str, WantedSubscription | Usage]] = [
    ("mail", WantedSubscription((ON_MAIL,))),
    ("from mail", WantedSubscription((ON_MAIL,))),
    ("mail all", WantedSubscription((ON_MAIL,), topics=Topics.ALL)),
    ("all", WantedSubscription((ON_BETA, ON_MAIL, ON_PHOTOS))),
    (f"{ID} flight Insiders", WantedSubscription((ON_ID,), "Insiders")),
    (
        "mail changes",
        Usage(Misuse.UNSUBSCRIBE_PART, "changes", "subscribe mail attention"),
    ),
    (
        "mail attention",
        Usage(Misuse.UNSUBSCRIBE_PART, "attention", "subscribe mail changes"),
    ),
    (
        f"mail mention {GROUP}",
        Usage(Misuse.UNSUBSCRIBE_PART, "mention", "subscribe mail mention none"),
    ),
    ("", Usage(Misuse.WHICH_APP, "unsubscribe", "beta mail pics")),
]


def subscribe(text: str, aliases: tuple[Alias, ...] = ALIASES) -> object:
    return resolve_subscription(AskSubscribe(tuple(text.split())), aliases, MAIN)


def end(text: str, aliases: tuple[Alias, ...] = ALIASES) -> object:
    return resolve_subscription(AskUnsubscribe(tuple(text.split())), aliases, MAIN)


@pytest.mark.parametrize(("text", "command"), COMMANDS)
def test_the_words_are_understood(text: str, command: Command) -> None:
    assert parse(text) == command


@pytest.mark.parametrize(("text", "hint"), NEAR)
def test_a_near_miss_gets_the_right_command(text: str, hint: str) -> None:
    assert parse(text) == Usage(Misuse.UNKNOWN_VERB, text.split(maxsplit=1)[0], hint)


@pytest.mark.parametrize(("text", "wanted"), WANTED)
def test_app_topics_and_group_are_read_in_any_order(
    text: str, wanted: WantedSubscription
) -> None:
    assert subscribe(text) == wanted


@pytest.mark.parametrize(("text", "usage"), MISUSED)
def test_what_cannot_be_read_is_answered_with_what_can(text: str, usage: Usage) -> None:
    assert subscribe(text) == usage


@pytest.mark.parametrize(("text", "answer"), ENDED)
def test_an_end_names_the_app_alone(text: str, answer: object) -> None:
    assert end(text) == answer


def test_the_app_may_be_left_out_where_the_channel_has_one() -> None:
    only = (MAIL,)

    assert subscribe("changes", only) == WantedSubscription(
        (ON_MAIL,), topics=Topics.CHANGES
    )
    assert subscribe(f"mention {GROUP}", only) == WantedSubscription(
        (ON_MAIL,), mention="S012"
    )
    assert end("", only) == WantedSubscription((ON_MAIL,))


def test_without_any_app_the_question_is_which() -> None:
    assert subscribe("changes", ()) == Usage(Misuse.NO_APP, "subscribe")
    assert subscribe("all", ()) == Usage(Misuse.NO_APP, "subscribe")
    assert end("", ()) == Usage(Misuse.NO_APP, "unsubscribe")


def test_an_alias_with_the_name_of_a_topic_is_an_alias_where_it_comes_first() -> None:
    aliases = (CHANGES, MAIL)
    named = ResolvedTarget(CHANGES.target, "changes")

    assert subscribe("changes", aliases) == WantedSubscription((named,))
    assert subscribe("mail changes", aliases) == WantedSubscription(
        (ON_MAIL,), topics=Topics.CHANGES
    )


@pytest.mark.parametrize("text", ["maill", "chess changes", "mail, chess and pics"])
def test_what_names_no_app_is_answered_with_the_names_there_are(text: str) -> None:
    assert isinstance(subscribe(text), UnknownAlias)
    assert isinstance(end(text), UnknownAlias)


def test_a_name_that_two_aliases_have_asks_which() -> None:
    assert subscribe("contoso photos changes", (PHOTOS, TWIN)) == Usage(
        Misuse.WHICH_APP, "subscribe", "pics other", ("changes",)
    )


@pytest.mark.parametrize("flight", ["flight Ring", "flight Contoso Photos changes"])
def test_an_app_that_is_named_by_two_aliases_asks_which_of_a_flight_too(
    flight: str,
) -> None:
    assert subscribe(f"contoso photos {flight}", (PHOTOS, TWIN)) == Usage(
        Misuse.WHICH_APP, "subscribe", "pics other", tuple(flight.split())
    )


def test_an_alias_before_the_word_flight_is_the_app_though_the_flight_has_its_own() -> (
    None
):
    assert subscribe("mail flight Insiders changes") == WantedSubscription(
        (ON_MAIL,), "Insiders", Topics.CHANGES
    )


def test_a_group_in_any_other_command_is_read_by_its_name() -> None:
    assert parse(f"halt mail asked by {GROUP} now") == AskChange(
        Verb.HALT, ("mail", "asked", "by", "@release-team", "now")
    )
    assert without_ids("<!subteam^S012>") == "@S012"


@pytest.mark.parametrize(
    "word",
    [
        "@release-team",
        "<!here>",
        "<@U012>",
        "<!subteam^>",
        "<!subteam^s-1>",
        f"x{GROUP}",
    ],
)
def test_nothing_but_a_group_is_one(word: str) -> None:
    assert group_id(word) is None


WORDS = st.lists(
    st.one_of(
        st.sampled_from(
            [
                *("mail", "pics", "all", "changes", "attention", "mention", "flight"),
                *("none", "no", "to", "and", "@here", GROUP, ID, "Contoso", "Mail,"),
            ]
        ),
        st.text(min_size=1, max_size=8).filter(lambda word: word.split() == [word]),
    ),
    max_size=8,
)


@given(WORDS, st.sampled_from([(), (MAIL,), ALIASES]), st.booleans())
@settings(max_examples=1_000, deadline=None)
def test_whatever_is_typed_ends_in_an_app_that_is_named_or_in_an_answer(
    words: list[str], aliases: tuple[Alias, ...], subscribes: bool
) -> None:
    read = subscribe if subscribes else end

    answer = read(" ".join(words), aliases)

    if isinstance(answer, WantedSubscription):
        assert answer.apps
        assert len({app.target for app in answer.apps}) == len(answer.apps)
        known = {alias.target for alias in aliases}
        assert all(app.alias is None or app.target in known for app in answer.apps)
        assert answer.mention in {None, NOBODY, "S012"}
        assert answer.flight is None or len(answer.apps) == 1
    else:
        assert isinstance(answer, Usage | UnknownAlias)
