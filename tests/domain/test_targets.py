"""Which app, percentage and reason the words of a command mean."""

import pytest

from bot.domain.app_names import ResolvedTarget, resolve_target
from bot.domain.commands import AskChange
from bot.domain.requests import Alias
from bot.domain.rollout import Change
from bot.domain.submissions import Target
from bot.domain.targets import ResolvedChange, ResolvedChanges, resolve_changes
from bot.domain.usage import Misuse, UnknownAlias, Usage
from bot.domain.verbs import Verb

ID = "9NBLGGH4R315"
OTHER = "9WZDNCRFJ3TJ"
MAIN = "main"
MAIL = Alias("mail", Target(MAIN, ID), "Mail")
BETA = Alias("mail-beta", Target(MAIN, ID, "f-1"), "Mail", "Beta")
CHAT = Alias("chat", Target(MAIN, "9WZDNCRFJ3TJ"), "Chat")

ONE = [MAIL]
TWO = [CHAT, MAIL]
AS_MAIL = ResolvedTarget(MAIL.target, "mail")
HALT = Change(Verb.HALT)


def resolve(
    text: str, aliases: list[Alias], verb: Verb = Verb.HALT
) -> ResolvedChanges | UnknownAlias | Usage:
    return resolve_changes(AskChange(verb, tuple(text.split())), aliases, MAIN)


def read(
    text: str, aliases: list[Alias], verb: Verb = Verb.HALT
) -> ResolvedChange | UnknownAlias | Usage:
    """Return the one change; only a reason without an app gets a remark."""
    answer = resolve(text, aliases, verb)
    if not isinstance(answer, ResolvedChanges):
        return answer
    [change] = answer.each
    assert not answer.everything
    left_out = bool(text) and change.chosen.word not in text.lower().replace(ID, "")
    assert bool(answer.remarks) == (bool(change.reason) and left_out and ID not in text)
    return change


def to(percentage: float, reason: str = "") -> ResolvedChange:
    return ResolvedChange(AS_MAIL, Change(Verb.SET, percentage), reason)


def test_an_alias_and_a_store_id_name_an_app() -> None:
    assert resolve_target("MAIL", TWO, MAIN) == AS_MAIL
    assert resolve_target("mail-beta", [MAIL, BETA], MAIN) == ResolvedTarget(
        BETA.target, "mail-beta"
    )
    assert resolve_target(ID.lower(), [], MAIN) == ResolvedTarget(
        Target(MAIN, ID), None
    )
    page = f"https://apps.microsoft.com/detail/{ID}"
    assert resolve_target(page, TWO, MAIN) == ResolvedTarget(Target(MAIN, ID), None)


def test_an_alias_keeps_its_account_and_a_store_id_is_of_the_account_asked() -> None:
    elsewhere = Alias("mail", Target("other", ID), "Mail")

    assert resolve_target("mail", [elsewhere], MAIN) == ResolvedTarget(
        Target("other", ID), "mail"
    )
    assert resolve_target(ID, [elsewhere], "third") == ResolvedTarget(
        Target("third", ID), None
    )


def test_an_unknown_name_gets_the_nearest_ones_or_all() -> None:
    assert resolve_target("mial", TWO, MAIN) == UnknownAlias(
        "mial", ("mail",), near=True
    )
    assert resolve_target("xyzzy", TWO, MAIN) == UnknownAlias(
        "xyzzy", ("chat", "mail"), near=False
    )
    assert resolve_target("xyzzy", [], MAIN) == UnknownAlias("xyzzy")


@pytest.mark.parametrize("verb", [Verb.HALT, Verb.FINALIZE])
def test_the_words_behind_the_app_are_the_reason(verb: Verb) -> None:
    assert read("Mail crash on Start", TWO, verb) == ResolvedChange(
        AS_MAIL, Change(verb), "crash on Start"
    )
    assert read(ID, TWO, verb) == ResolvedChange(
        ResolvedTarget(Target(MAIN, ID), None), Change(verb), ""
    )


def test_where_there_is_one_alias_the_app_may_be_left_out_if_nothing_follows() -> None:
    assert read("", ONE) == ResolvedChange(AS_MAIL, HALT, "")


@pytest.mark.parametrize("verb", [Verb.HALT, Verb.FINALIZE])
@pytest.mark.parametrize("text", ["crash on start", "photos crash on start", "beta"])
def test_a_first_word_that_names_no_app_gets_the_command_with_the_alias_put_in(
    text: str, verb: Verb
) -> None:
    assert read(text, ONE, verb) == UnknownAlias(
        text.split(maxsplit=1)[0], ("mail",), command=f"{verb} mail {text}"
    )


def test_a_slip_in_the_alias_gets_the_command_with_the_alias_in_its_place() -> None:
    assert read("mial crash", TWO) == UnknownAlias(
        "mial", ("mail",), near=True, command="halt mail crash"
    )
    assert read("mial to 40", TWO, Verb.SET) == UnknownAlias(
        "mial", ("mail",), near=True, command="set mail 40"
    )


@pytest.mark.parametrize("text", ["40 MAIL", "40 % mail now", "to 40 percent mail"])
def test_an_app_behind_the_percentage_is_asked_to_stand_before_it(text: str) -> None:
    assert read(text, ONE, Verb.SET) == Usage(Misuse.NO_APP, "40", "set mail 40")
    assert read(text.replace("mail", OTHER).replace("MAIL", OTHER), ONE, Verb.SET) == (
        Usage(Misuse.NO_APP, "40", f"set {OTHER} 40")
    )


@pytest.mark.parametrize(
    "word", ["mial", "mai", "maill", "Mial", "9NBLGGH4R31", "9nblggh4r3155"]
)
@pytest.mark.parametrize("verb", Verb)
def test_a_mistyped_app_never_acts_on_the_only_alias(word: str, verb: Verb) -> None:
    for rest in ("", " 40", " crash on start"):
        answer = read(word + rest, ONE, verb)

        assert isinstance(answer, UnknownAlias)
        assert answer.name == word


def test_one_word_that_is_no_app_is_not_taken_for_a_reason() -> None:
    assert read("xyzzy", ONE) == UnknownAlias(
        "xyzzy", ("mail",), command="halt mail xyzzy"
    )


@pytest.mark.parametrize("text", ["games 40", "games 12,5 % slowly", "the 40 %"])
def test_a_word_before_the_percentage_is_an_app_and_not_a_bad_percentage(
    text: str,
) -> None:
    answer = read(text, ONE, Verb.SET)

    name, percentage = text.split()[:2]
    assert answer == UnknownAlias(
        name, ("mail",), command=f"set mail {' '.join(text.split()[1:])}"
    )
    assert percentage in (answer.command or "")


def test_an_app_that_is_left_out_is_asked_for() -> None:
    assert read("", []) == Usage(Misuse.NO_APP, "halt", "")
    assert read("", TWO) == Usage(Misuse.WHICH_APP, "halt", "chat mail")
    assert read("crash on start", TWO) == UnknownAlias("crash", ("chat", "mail"))
    assert read("40 slowly", TWO, Verb.SET) == Usage(
        Misuse.WHICH_APP, "set", "chat mail", ("40", "slowly")
    )
    assert read("40", [], Verb.SET) == Usage(Misuse.NO_APP, "set", "")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("mail 40", to(40)),
        ("mail 40%", to(40)),
        ("mail 40 %", to(40)),
        ("mail 40 percent", to(40)),
        ("mail 12.5 %", to(12.5)),
        ("mail 12,5", to(12.5)),
        ("mail to 40", to(40)),
        ("mail = 40", to(40)),
        ("mail at 40 % crash rate is low", to(40, "crash rate is low")),
        ("mail 40 % of us", to(40, "of us")),
        ("mail 100", to(100)),
        ("mail 0.01", to(0.01)),
        ("mail ٤٠", to(40)),
        ("40", to(40)),
        ("40 % slowly", to(40, "slowly")),
        ("12.5 %", to(12.5)),
        ("to 40", to(40)),
    ],
)
def test_a_percentage_is_read_with_and_without_the_app(
    text: str, wanted: ResolvedChange
) -> None:
    assert read(text, ONE, Verb.SET) == wanted


@pytest.mark.parametrize(
    ("text", "usage"),
    [
        ("", Usage(Misuse.NO_PERCENTAGE, "mail")),
        ("mail", Usage(Misuse.NO_PERCENTAGE, "mail")),
        ("mail to", Usage(Misuse.NO_PERCENTAGE, "mail")),
        (ID, Usage(Misuse.NO_PERCENTAGE, ID)),
        ("mail 0", Usage(Misuse.ZERO_PERCENT, "0")),
        ("0", Usage(Misuse.ZERO_PERCENT, "0")),
        ("mail 0,00%", Usage(Misuse.ZERO_PERCENT, "0,00%")),
        ("mail 100.01", Usage(Misuse.OVER_100_PERCENT, "100.01")),
        ("mail 1000", Usage(Misuse.OVER_100_PERCENT, "1000")),
        ("mail nan", Usage(Misuse.BAD_PERCENTAGE, "nan")),
        ("mail inf", Usage(Misuse.BAD_PERCENTAGE, "inf")),
        ("mail 1e3", Usage(Misuse.BAD_PERCENTAGE, "1e3")),
        ("mail -5", Usage(Misuse.BAD_PERCENTAGE, "-5")),
        ("mail 33.333", Usage(Misuse.BAD_PERCENTAGE, "33.333")),
        ("mail half", Usage(Misuse.BAD_PERCENTAGE, "half")),
        ("mail %", Usage(Misuse.BAD_PERCENTAGE, "%")),
        ("40 mail", Usage(Misuse.NO_APP, "40", "set mail 40")),
        ("40% MAIL now", Usage(Misuse.NO_APP, "40%", "set mail 40%")),
    ],
)
def test_a_percentage_that_cannot_be_is_explained(text: str, usage: Usage) -> None:
    assert read(text, ONE, Verb.SET) == usage


def test_an_alias_that_is_a_number_is_an_alias() -> None:
    forty = Alias("40", Target(MAIN, ID), "Forty")

    assert read("40", [forty], Verb.SET) == Usage(Misuse.NO_PERCENTAGE, "40")
    assert read("40 50", [forty], Verb.SET) == ResolvedChange(
        ResolvedTarget(Target(MAIN, ID), "40"), Change(Verb.SET, 50), ""
    )
