"""Commands that name several apps, an app by its displayed name, or `all`."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.app_names import AmbiguousName, NamedApps, split_apps
from bot.domain.command_words import ALL
from bot.domain.commands import AskChange, parse
from bot.domain.requests import Alias
from bot.domain.submissions import Target
from bot.domain.targets import ResolvedChanges, resolve_changes
from bot.domain.usage import Misuse, UnknownAlias, Usage
from bot.domain.verbs import VERBS, Verb

MAIN = "main"
ID = "9NPHOTO00002"
OTHER = "9WZDNCRFJ3TJ"
MAIL = Alias("mail", Target(MAIN, "9NMAIL000001"), "Contoso Mail")
BETA = Alias("beta", Target(MAIN, "9NMAIL000001", "f-1"), "Contoso Mail", "Insiders")
PHOTOS = Alias("pics", Target(MAIN, ID), "Contoso Photos")
NOTES = Alias("notes", Target(MAIN, "9NNOTES00003"), "Notes & “Lists”, Ben’s")
ALIASES = (BETA, MAIL, NOTES, PHOTOS)


def resolve(
    text: str, aliases: tuple[Alias, ...] = ALIASES
) -> ResolvedChanges | UnknownAlias | Usage:
    ask = parse(text)
    assert isinstance(ask, AskChange)
    return resolve_changes(ask, aliases, MAIN)


def changes(text: str, aliases: tuple[Alias, ...] = ALIASES) -> ResolvedChanges:
    found = resolve(text, aliases)
    assert isinstance(found, ResolvedChanges)
    return found


def apps(found: ResolvedChanges) -> list[str]:
    return [one.chosen.word for one in found.each]


@pytest.mark.parametrize(
    ("text", "named", "reason"),
    [
        ("halt mail beta", ["mail", "beta"], ""),
        ("halt mail beta crash on start", ["mail", "beta"], "crash on start"),
        ("halt mail, beta crash", ["mail", "beta"], "crash"),
        ("halt mail,beta crash", ["mail", "beta"], "crash"),
        ("halt mail , beta: crash", ["mail", "beta"], "crash"),
        ("halt mail and beta crash", ["mail", "beta"], "crash"),
        ("halt mail, beta, and pics crash", ["mail", "beta", "pics"], "crash"),
        ("halt mail & beta", ["mail", "beta"], ""),
        ("halt mail，beta 闪退", ["mail", "beta"], "闪退"),
        ("halt mail、beta", ["mail", "beta"], ""),
        ("halt mail und beta Absturz", ["mail", "beta"], "Absturz"),
        ("halt mail et beta plante", ["mail", "beta"], "plante"),
        ("halt mail и beta", ["mail", "beta"], ""),
        ("halt MAIL Beta", ["mail", "beta"], ""),
        ("halt “mail”, “beta”", ["mail", "beta"], ""),
        (f"halt mail {ID}", ["mail", ID], ""),
        (f"halt mail https://apps.microsoft.com/detail/{ID} x", ["mail", ID], "x"),
        ("halt mail mail crash", ["mail"], "crash"),
        ("halt mail contoso mail crash", ["mail"], "crash"),
        ("halt mail: beta ring crashes", ["mail"], "beta ring crashes"),
        ("halt mail/beta crash", ["mail", "beta"], "crash"),
        ("halt mail w/o a reason", ["mail"], "w/o a reason"),
        ("halt mail! crash", ["mail"], "crash"),
        ("halt mail. crash", ["mail"], "crash"),
        # A build number has twelve signs, too.
        ("halt mail KB1234567890", ["mail"], "KB1234567890"),
        ("halt mail all customers", ["mail"], "all customers"),
        ("finalize mail beta", ["mail", "beta"], ""),
        ("set mail beta 20%", ["mail", "beta"], ""),
        ("set mail and beta to 20 % slowly", ["mail", "beta"], "slowly"),
        ("set mail,beta 12,5", ["mail", "beta"], ""),
    ],
)
def test_all_leading_words_that_name_apps_are_meant(
    text: str, named: list[str], reason: str
) -> None:
    found = changes(text)

    assert apps(found) == named
    assert {one.reason for one in found.each} == {reason}
    assert (found.everything, found.remarks) == (False, ())


@pytest.mark.parametrize(
    ("name", "alias"),
    [
        ("Contoso Photos", "pics"),
        ("contoso  PHOTOS", "pics"),
        ("“Contoso Photos”", "pics"),
        ("'contoso' 'photos'", "pics"),
        ("Contoso Mail", "mail"),
        ("Contoso Mail, flight Insiders", "beta"),
        ("contoso mail flight insiders", "beta"),
        ("contoso mail insiders", "beta"),
        ("Notes & Lists, Ben's", "notes"),
        ("notes & “lists”, ben’s", "notes"),
    ],
)
def test_the_displayed_name_is_an_apps_name(name: str, alias: str) -> None:
    assert apps(changes(f"halt {name}")) == [alias]
    assert apps(changes(f"halt {name} crash on start")) == [alias]
    assert changes(f"halt {name} crash").each[0].reason == "crash"
    assert apps(changes(f"set {name} 40%")) == [alias]
    assert apps(changes(f"halt {name}, pics")) == list(dict.fromkeys([alias, "pics"]))


def test_the_longest_displayed_name_counts() -> None:
    beta = Alias("mb", Target(MAIN, OTHER), "Contoso Mail Beta")

    assert apps(changes("halt contoso mail beta", (MAIL, beta))) == ["mb"]
    assert apps(changes("halt contoso mail crash", (MAIL, beta))) == ["mail"]


def test_a_displayed_name_that_several_apps_have_is_asked_about() -> None:
    twin = Alias("twin", Target(MAIN, OTHER), "contoso photos")

    assert resolve("halt Contoso Photos crash", (PHOTOS, twin)) == Usage(
        Misuse.WHICH_APP, "halt", "pics twin", ("crash",)
    )
    # The apps that were named before it are in the command of each choice.
    assert resolve("halt mail, contoso photos x", (MAIL, PHOTOS, twin)) == Usage(
        Misuse.WHICH_APP, "halt", "pics twin", ("mail", "x")
    )
    # Two aliases of one app are no two apps.
    same = Alias("snaps", PHOTOS.target, "Contoso Photos")
    assert apps(changes("halt Contoso Photos", (PHOTOS, same))) == ["pics"]


def test_a_displayed_name_that_begins_with_another_apps_alias_is_asked_about() -> None:
    brand = Alias("contoso", Target(MAIN, OTHER), "Contoso Suite")

    assert resolve("halt contoso photos", (brand, PHOTOS)) == Usage(
        Misuse.WHICH_APP, "halt", "contoso pics"
    )
    assert apps(changes("halt contoso crash", (brand, PHOTOS))) == ["contoso"]


def test_an_alias_stands_before_a_displayed_name_of_one_word() -> None:
    other = Alias("x", Target(MAIN, OTHER), "Mail")

    assert apps(changes("halt mail", (MAIL, other))) == ["mail"]


@pytest.mark.parametrize("name", ["!!!", "“”", "“…”, :"])
def test_an_app_that_is_called_by_signs_alone_is_named_by_no_sign(name: str) -> None:
    signs = Alias("signs", Target(MAIN, OTHER), name.replace("…", ""))

    for text in ("halt ! crash", "halt “” crash", f"halt {name} crash", "halt :"):
        assert isinstance(resolve(text, (MAIL, signs)), UnknownAlias)
    assert apps(changes("halt signs", (MAIL, signs))) == ["signs"]


def test_a_flight_is_not_named_by_its_apps_name() -> None:
    answer = resolve("halt contoso mail crash", (BETA, NOTES))

    assert isinstance(answer, UnknownAlias)


@pytest.mark.parametrize(
    ("text", "near", "command"),
    [
        ("halt contoso fotos crash", ("pics",), "halt pics crash"),
        ("halt photos crash", ("pics",), "halt pics crash"),
        ("halt insiders crash", ("beta",), "halt beta crash"),
    ],
)
def test_what_resembles_a_displayed_name_gets_its_alias(
    text: str, near: tuple[str, ...], command: str | None
) -> None:
    answer = resolve(text)

    assert isinstance(answer, UnknownAlias)
    assert (answer.known, answer.near, answer.command) == (near, True, command)


@pytest.mark.parametrize(
    ("text", "named", "unknown"),
    [
        ("halt photo, mail crash", ["mail"], ["photo"]),
        ("halt chess and mail", ["mail"], ["chess"]),
        ("halt mail, chess, beta crash", ["mail", "beta"], ["chess"]),
        ("halt chess,mail", ["mail"], ["chess"]),
        ("set mail, chess 40%", ["mail"], ["chess"]),
        ("set mail chess to 40", ["mail"], ["chess"]),
    ],
)
def test_an_unknown_app_among_others_is_told_and_the_others_are_meant(
    text: str, named: list[str], unknown: list[str]
) -> None:
    found = changes(text)

    assert apps(found) == named
    assert [one.name for one in found.remarks if isinstance(one, UnknownAlias)] == (
        unknown
    )


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("halt note, mail crash", "halt notes"),
        ("finalize mail, note, beta", "finalize notes"),
        ("set mail note 12,50%", "set notes 12.5%"),
    ],
)
def test_a_mistyped_app_among_others_gets_the_command_for_it_alone(
    text: str, command: str
) -> None:
    assert changes(text).remarks == (
        UnknownAlias("note", ("notes",), near=True, command=command),
    )


def test_a_mistyped_app_that_resembles_several_gets_no_command() -> None:
    novel = Alias("noted", Target(MAIN, OTHER), "Chess")

    [remark] = changes("halt mail, note, beta", (*ALIASES, novel)).remarks

    assert isinstance(remark, UnknownAlias)
    assert (sorted(remark.known), remark.command) == (["noted", "notes"], None)


@pytest.mark.parametrize(
    ("text", "word", "hint"),
    [
        ("halt mail and chess crash", "chess", None),
        ("halt mail, crash on start", "crash", None),
        ("halt mail note crash", "note", "halt notes"),
        ("halt mail crash in beta", "beta", "halt beta"),
        ("halt mail crash, beta too", "beta", "halt beta"),
        ("halt mail or pics", "pics", "halt pics"),
        ("halt mail, not pics", "pics", None),
        ("halt mail but not pics", "pics", None),
        ("set mail 20% beta 40%", "beta", None),
    ],
)
def test_a_reason_that_may_begin_with_an_app_is_told(
    text: str, word: str, hint: str | None
) -> None:
    found = changes(text)

    assert found.remarks == (Usage(Misuse.TAKEN_AS_REASON, word, hint, ("mail",)),)
    assert apps(found) == ["mail"]


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("halt the mail app", "halt mail app"),
        ("halt rollout of mail and beta now", "halt mail beta now"),
        ("set percentage mail 20", "set mail 20"),
        ("halt not mail", None),
        ("halt anything but mail", None),
    ],
)
def test_an_app_that_does_not_come_first_gets_the_command_in_which_it_does(
    text: str, command: str | None
) -> None:
    answer = resolve(text)

    assert isinstance(answer, UnknownAlias)
    assert (answer.name, answer.near, answer.command) == (
        text.split()[1],
        True,
        command,
    )


def test_a_makers_name_alone_leads_to_no_app() -> None:
    every = ("beta", "mail", "notes", "pics")

    assert resolve("halt contoso") == UnknownAlias("contoso", every)
    assert resolve("halt Contoso Chess") == UnknownAlias("Contoso", every)
    answer = resolve("halt contoso chess", (MAIL,))
    assert isinstance(answer, UnknownAlias)
    assert not answer.near


def test_a_flight_behind_its_app_is_asked_about_and_an_unknown_one_gets_no_card() -> (
    None
):
    for text in ("halt mail flight insiders", "halt mail insiders"):
        assert resolve(text) == Usage(Misuse.WHICH_APP, "halt", "mail beta")
    assert resolve("halt mail flight dogfood") == Usage(
        Misuse.UNKNOWN_FLIGHT, "9NMAIL000001"
    )
    assert apps(changes("halt mail: flight mode crashes")) == ["mail"]
    ring = Alias("ring", BETA.target, "Contoso Mail", "ring")
    assert apps(changes("halt mail ring", (MAIL, ring))) == ["mail", "ring"]


def test_the_reason_of_an_app_that_is_left_out_is_told() -> None:
    found = changes("set 20% chess", (MAIL,))

    assert found.remarks == (Usage(Misuse.TAKEN_AS_REASON, "chess", None, ("mail",)),)


@pytest.mark.parametrize(
    "word", ["all", "Everything", "*", "alles", "tout", "все", "全部"]
)
def test_all_is_said_in_other_words_too(word: str) -> None:
    assert changes(f"halt {word} crash").everything
    answer = resolve(f"halt {word} but mail")
    assert answer == Usage(Misuse.ALL_OR_SOME, "halt", rest=("mail",))
    answer = resolve(f"finalize {word}")
    assert isinstance(answer, Usage)
    assert answer.misuse is Misuse.NAME_EACH


@pytest.mark.parametrize("verb", ["halt", "stop", "set"])
def test_all_is_every_alias_once_and_only_what_is_in_progress(verb: str) -> None:
    same = Alias("snaps", PHOTOS.target, "Contoso Photos")
    percent = " 20%" if verb == "set" else ""

    found = changes(f"{verb} ALL{percent} crash", (*ALIASES, same))

    assert found.everything
    assert apps(found) == ["beta", "mail", "notes", "pics"]
    assert {one.reason for one in found.each} == {"crash"}


def test_all_is_not_finalized_and_not_mixed_with_names() -> None:
    names = tuple(alias.name for alias in ALIASES)

    assert resolve("finalize all") == Usage(Misuse.NAME_EACH, "finalize", rest=names)
    assert resolve("finalize all mail") == Usage(
        Misuse.NAME_EACH, "finalize", rest=names
    )
    assert resolve("halt all mail, beta") == Usage(
        Misuse.ALL_OR_SOME, "halt", rest=("mail", "beta")
    )
    assert resolve("set all") == Usage(Misuse.NO_PERCENTAGE, "all")
    assert resolve("halt all", ()) == Usage(Misuse.NO_APP, "halt", "")


def test_an_alias_of_an_earlier_version_stands_before_the_word_of_the_grammar() -> None:
    every = Alias("all", Target(MAIN, OTHER), "Everything")
    joiner = Alias("and", Target(MAIN, OTHER), "Android")

    assert apps(changes("halt all", (every, MAIL))) == ["all"]
    assert not changes("halt all", (every, MAIL)).everything
    assert apps(changes("halt and crash", (*ALIASES, joiner))) == ["and"]
    assert apps(changes("halt mail and beta", (*ALIASES, joiner))) == ["mail", "beta"]


def test_words_are_split_for_a_look_too() -> None:
    words = ("Contoso", "Photos,", "mail")

    named = split_apps(words, ALIASES, MAIN)

    assert isinstance(named, NamedApps)
    assert [app.word for app in named.apps] == ["pics", "mail"]
    twin = Alias("twin", Target(MAIN, OTHER), "contoso photos")
    assert split_apps(words, (PHOTOS, twin), MAIN) == AmbiguousName(
        "contoso photos", ("pics", "twin"), ("mail",)
    )


WORDS = st.lists(
    st.one_of(
        st.text(min_size=1, max_size=4),
        st.sampled_from(
            f"mail chat beta pics mial all and , & und 40 40% % to at 0 100 {ID} "
            f"{OTHER} mail, pics: mail,pics contoso photos Contoso Photos, photos "
            "flight insiders notes lists, ben's “pics” crash KB1234567890".split()
        ),
    ),
    max_size=8,
)
CHANNELS = st.sampled_from([(), (MAIL,), (MAIL, PHOTOS), ALIASES])


def _named(words: list[str], alias: Alias | None, app_id: str) -> bool:
    """Return whether a text names a target in any of the three ways."""
    text = " ".join(words).casefold()
    forms = [app_id]
    if alias is not None:
        flight = f" flight {alias.flight_name}" if alias.flight_name else ""
        forms += [alias.name, f"{alias.app_name}{flight}"]
        forms += [f"{alias.app_name} {alias.flight_name}"] if flight else []
    return any(_plain(form) in _plain(text) for form in forms)


def _plain(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


@given(WORDS, st.sampled_from(Verb), CHANNELS)
@settings(max_examples=2_000, deadline=None)
def test_whatever_is_typed_a_card_is_only_for_an_app_that_it_names(
    words: list[str], verb: Verb, aliases: tuple[Alias, ...]
) -> None:
    answer = resolve_changes(AskChange(verb, tuple(words)), aliases, MAIN)

    assert isinstance(answer, ResolvedChanges | UnknownAlias | Usage)
    if not isinstance(answer, ResolvedChanges):
        return
    assert len({one.chosen.target for one in answer.each}) == len(answer.each) > 0
    for one in answer.each:
        known = {alias.name: alias for alias in aliases}
        alias = known.get(one.chosen.alias or "")
        assert (one.chosen.alias is None) == (alias is None)
        assert alias is None or alias.target == one.chosen.target
        if answer.everything:
            assert words[0].casefold().strip(",:") in ALL
            assert not VERBS[verb].asks_twice
        elif not _named(words, alias, one.chosen.target.app_id):
            # Nothing is named: nothing follows the verb, or the percentage does.
            assert len(aliases) == 1
            assert not words or verb is Verb.SET
            number = next((w for w in words if w[0].isdigit()), None)
            before = words[: words.index(number)] if number else []
            assert all(word.lower() in {"to", "at", "="} for word in before)
        assert one.change.verb is verb
        percentage = one.change.percentage
        assert (percentage is None) == (verb is not Verb.SET)
        assert percentage is None or 0 < percentage <= 100


@given(WORDS, st.sampled_from(Verb), CHANNELS)
@settings(max_examples=1_000, deadline=None)
def test_a_hint_leads_to_the_verb_that_was_typed_and_to_no_other(
    words: list[str], verb: Verb, aliases: tuple[Alias, ...]
) -> None:
    answer = resolve_changes(AskChange(verb, tuple(words)), aliases, MAIN)

    remarks = answer.remarks if isinstance(answer, ResolvedChanges) else (answer,)
    for remark in remarks:
        hint = remark.hint if isinstance(remark, Usage) else remark.command
        if hint and not (
            isinstance(remark, Usage) and remark.misuse is Misuse.WHICH_APP
        ):
            assert hint.split()[0] == verb.value
