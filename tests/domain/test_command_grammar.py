"""The grammar of `/rollout`, as a table of what is typed and what is understood."""

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.alias_commands import AddAlias, ListAliases, RemoveAlias
from bot.domain.command_words import QUOTES, fold
from bot.domain.commands import (
    AskChange,
    AskHelp,
    AskHistory,
    AskRules,
    AskStatus,
    AskVersion,
    Command,
    parse,
)
from bot.domain.ramp_commands import AskRamp
from bot.domain.translated_words import COMMANDS
from bot.domain.usage import Misuse, Usage
from bot.domain.verbs import VERBS, Verb

ID = "9NBLGGH4R315"
OTHER = "9WZDNCRFJ3TJ"

UNDERSTOOD: list[tuple[str, Command]] = [
    ("", AskHelp()),
    (" \t\n ", AskHelp()),
    ("“”", AskHelp()),
    ("help", AskHelp()),
    ("HELP me", AskHelp()),
    *(
        (word, AskHelp())
        for word in ["?", "-h", "--help", "Hilfe", "aide", "ayuda", "помощь", "帮助"]
    ),
    *((word, AskVersion()) for word in ("version", "--version", "-v")),
    *(
        (f"{word} mail crash", AskChange(Verb.HALT, ("mail", "crash")))
        for word in ("stop", "Abort", "KILL")
    ),
    ("Finalise mail", AskChange(Verb.FINALIZE, ("mail",))),
    ("status", AskStatus()),
    ("status Mail", AskStatus(("Mail",))),
    (f"status {ID}", AskStatus((ID,))),
    ("STATUS Mail  “Chat”", AskStatus(("Mail", "Chat"))),
    ("history", AskHistory()),
    ("History MAIL", AskHistory(("MAIL",))),
    ("rules", AskRules()),
    ("Rules MAIL", AskRules(("MAIL",))),
    ("rule contoso mail", AskRules(("contoso", "mail"))),
    ("halt", AskChange(Verb.HALT, ())),
    ("please halt mail", AskChange(Verb.HALT, ("mail",))),
    ("/rollout halt mail", AskChange(Verb.HALT, ("mail",))),
    ("halt mail", AskChange(Verb.HALT, ("mail",))),
    ("HALT Mail Crash", AskChange(Verb.HALT, ("Mail", "Crash"))),
    ("  halt \u00a0 mail  ", AskChange(Verb.HALT, ("mail",))),
    ("“halt” ‘mail’ „don't ship“", AskChange(Verb.HALT, ("mail", "don't", "ship"))),
    ("finalize mail all good", AskChange(Verb.FINALIZE, ("mail", "all", "good"))),
    ("set mail 40", AskChange(Verb.SET, ("mail", "40"))),
    ("set mail 12.5 % slowly", AskChange(Verb.SET, ("mail", "12.5", "%", "slowly"))),
    ("ramp", AskRamp()),
    ("Ramp MAIL 10 25", AskRamp(("MAIL", "10", "25"))),
    *(
        (f"{word} mail pause", AskRamp(("mail", "pause")))
        for word in ("ramps", "RampUp", "ramp-up", "please ramp")
    ),
    ("alias", ListAliases()),
    ("alias list", ListAliases()),
    ("ALIAS List all", ListAliases()),
    ("alias remove Mail", RemoveAlias("mail")),
    (f"alias add Mail {ID.lower()}", AddAlias("mail", ID)),
    (f'alias add "mail" "{ID}"', AddAlias("mail", ID)),
    (f"alias add a.b_c-1 {ID}", AddAlias("a.b_c-1", ID)),
    (f"alias add {'x' * 40} {ID}", AddAlias("x" * 40, ID)),
    (f"alias add {ID} {ID}", AddAlias(ID.lower(), ID)),
    (f"alias add mail {ID} flight Beta ring", AddAlias("mail", ID, "Beta ring")),
    (f"alias add mail {ID} FLIGHT “Beta  ring”", AddAlias("mail", ID, "Beta ring")),
    (
        f"alias add mail {ID} flight 43e448df-97c9",
        AddAlias("mail", ID, "43e448df-97c9"),
    ),
]

PAGES = [
    f"https://apps.microsoft.com/detail/{ID}",
    f"https://apps.microsoft.com/detail/{ID.lower()}?hl=en-us&gl=US",
    f"https://www.microsoft.com/en-us/p/some-app/{ID}#activetab=pivot:overviewtab",
    f"https://www.microsoft.com/en-us/p/photoseditor/{ID}",
    f"http://www.microsoft.com/store/apps/{ID}",
    f"HTTPS://www.Microsoft.com/store/apps/{ID}/",
    f"https://partner.microsoft.com/dashboard/products/{ID}/submissions/1152921504621243610",
    f"https://www.microsoft.com/store/launch?productId={ID}",
]

MISUSED: list[tuple[str, Usage]] = [
    ("hlat mail", Usage(Misuse.UNKNOWN_VERB, "hlat", "halt mail")),
    ("finlaize mail", Usage(Misuse.UNKNOWN_VERB, "finlaize", "finalize mail")),
    ("percentage mail 4", Usage(Misuse.UNKNOWN_VERB, "percentage", "set mail 4")),
    ("rampp mail 4", Usage(Misuse.UNKNOWN_VERB, "rampp", "ramp mail 4")),
    ("schedule mail 4", Usage(Misuse.UNKNOWN_VERB, "schedule", "ramp mail 4")),
    ("please", Usage(Misuse.UNKNOWN_VERB, "please")),
    ("done", Usage(Misuse.UNKNOWN_VERB, "done")),
    ("end mail", Usage(Misuse.UNKNOWN_VERB, "end")),
    ("remove mail", Usage(Misuse.UNKNOWN_VERB, "remove")),
    ("anhalten mail", Usage(Misuse.UNKNOWN_VERB, "anhalten", "halt mail")),
    ("post mail", Usage(Misuse.UNKNOWN_VERB, "post")),
    ("half mail", Usage(Misuse.UNKNOWN_VERB, "half")),
    ("start mail", Usage(Misuse.UNKNOWN_VERB, "start")),
    ("statsu mail", Usage(Misuse.UNKNOWN_VERB, "statsu", "status mail")),
    ("Resume mail", Usage(Misuse.NO_WAY_BACK, "Resume", "mail")),
    ("undo", Usage(Misuse.NO_WAY_BACK, "undo")),
    ("undo halt mail", Usage(Misuse.NO_WAY_BACK, "undo", "mail")),
    ("un-halt mail", Usage(Misuse.NO_WAY_BACK, "un-halt", "mail")),
    ("pause Mail", Usage(Misuse.NO_PAUSE, "pause", "mail")),
    ("hold", Usage(Misuse.NO_PAUSE, "hold")),
    ("rollback mail", Usage(Misuse.NO_ROLLBACK, "rollback", "mail")),
    ("roll back mail", Usage(Misuse.NO_ROLLBACK, "roll back", "mail")),
    ("aliases", Usage(Misuse.UNKNOWN_VERB, "aliases", "alias list")),
    (f"add mail {ID}", Usage(Misuse.UNKNOWN_VERB, "add", f"alias add mail {ID}")),
    ("xyzzy mail", Usage(Misuse.UNKNOWN_VERB, "xyzzy")),
    ("halt, mail", Usage(Misuse.UNKNOWN_VERB, "halt,", "halt mail")),
    ("alias remove", Usage(Misuse.ALIAS_SYNTAX, "remove")),
    ("alias add", Usage(Misuse.ALIAS_SYNTAX, "add")),
    ("alias add mail", Usage(Misuse.ALIAS_SYNTAX, "add")),
    ("alias rm mail", Usage(Misuse.ALIAS_SYNTAX, "rm", "alias remove mail")),
    ("alias delete m", Usage(Misuse.ALIAS_SYNTAX, "delete", "alias remove m")),
    ("alias remvoe m", Usage(Misuse.ALIAS_SYNTAX, "remvoe", "alias remove m")),
    ("alias rename m n", Usage(Misuse.ALIAS_SYNTAX, "rename")),
    ("alias xyzzy", Usage(Misuse.ALIAS_SYNTAX, "xyzzy")),
    (
        f"alias add {ID} mail",
        Usage(Misuse.BAD_STORE_ID, "mail", f"alias add mail {ID}"),
    ),
    ("alias add mail calendar", Usage(Misuse.BAD_STORE_ID, "calendar")),
    ("alias add mail photoseditor", Usage(Misuse.BAD_STORE_ID, "photoseditor")),
    (f"alias add mail {ID}0", Usage(Misuse.BAD_STORE_ID, f"{ID}0")),
    *(
        (f"alias add {word} {ID}", Usage(Misuse.RESERVED_ALIAS_NAME, word))
        for word in ("all", "Halt", "stop", "set", "finalise", "and")
    ),
    (f"alias add -mail {ID}", Usage(Misuse.BAD_ALIAS_NAME, "-mail")),
    (f"alias add Kanal€ {ID}", Usage(Misuse.BAD_ALIAS_NAME, "Kanal€")),
    (f"alias add <!channel> {ID}", Usage(Misuse.BAD_ALIAS_NAME, "<!channel>")),
    (f"alias add {'x' * 41} {ID}", Usage(Misuse.BAD_ALIAS_NAME, "x" * 41)),
    (f"alias add mail {ID} flight", Usage(Misuse.ALIAS_SYNTAX, "flight")),
    (
        f"alias add mail {ID} Beta ring",
        Usage(Misuse.ALIAS_SYNTAX, "Beta", f"alias add mail {ID} flight Beta ring"),
    ),
    (
        f"alias add mail {ID} fligth Beta ring",
        Usage(Misuse.ALIAS_SYNTAX, "fligth", f"alias add mail {ID} flight Beta ring"),
    ),
]


@pytest.mark.parametrize(("text", "command"), UNDERSTOOD)
def test_what_the_guide_says_is_understood(text: str, command: Command) -> None:
    assert parse(text) == command


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_of_the_table_is_a_command(verb: Verb) -> None:
    assert parse(f"{verb} mail 40") == AskChange(verb, ("mail", "40"))
    assert parse(verb.upper()) == AskChange(verb, ())


@pytest.mark.parametrize("verb", VERBS)
def test_a_slip_in_a_verb_of_the_table_gets_that_verb(verb: Verb) -> None:
    slipped = f"{verb}{verb[-1]}"

    assert parse(f"{slipped} mail") == Usage(
        Misuse.UNKNOWN_VERB, slipped, f"{verb} mail"
    )


@pytest.mark.parametrize("page", PAGES)
def test_a_store_page_stands_for_its_store_id(page: str) -> None:
    assert parse(f"alias add mail {page}") == AddAlias("mail", ID)


@pytest.mark.parametrize(
    "page",
    [
        f"https://example.com/detail/{ID}",
        f"https://notmicrosoft.com/detail/{ID}",
        f"https://example.com/www.microsoft.com/{ID}",
        "https://apps.microsoft.com/detail/photoseditor",
        "https://apps.microsoft.com/",
    ],
)
def test_any_other_page_stands_for_nothing(page: str) -> None:
    assert parse(f"alias add mail {page}") == Usage(Misuse.BAD_STORE_ID, page)


@pytest.mark.parametrize(("text", "usage"), MISUSED)
def test_what_is_not_understood_gets_the_nearest_command(
    text: str, usage: Usage
) -> None:
    assert parse(text) == usage


def test_an_alias_never_hides_another_apps_store_id() -> None:
    assert parse(f"alias add {OTHER} {ID}") == Usage(Misuse.BAD_ALIAS_NAME, OTHER)


@pytest.mark.parametrize(
    "verb", ["finish", "complete", "done", "end", "hlat", "sett", "pause", "rollback"]
)
def test_a_near_miss_never_acts_by_itself(verb: str) -> None:
    assert isinstance(parse(f"{verb} mail 40"), Usage)


FINAL_WORDS = {
    word: verb
    for verb, rule in VERBS.items()
    if rule.irreversible
    for word in (verb.value, *rule.synonyms)
}
NEAR_WORDS = st.sampled_from(
    [
        "halt",
        "unhalt",
        "anhalten",
        "half",
        "salt",
        "shalt",
        "stop",
        "stopp",
        "kill",
        "skill",
        "finalize",
        "final",
        "finish",
        "finalise",
        "done",
        "end",
        "complete",
        "pause",
        "rollback",
        "delete",
        "remove",
        "release",
        "undo",
        "set",
    ]
)


@given(st.one_of(st.text(), NEAR_WORDS, st.lists(NEAR_WORDS).map(" ".join)))
@settings(max_examples=1_000, deadline=None)
def test_nothing_but_its_own_words_leads_to_a_halt_or_a_finalize(text: str) -> None:
    answer = parse(f"{text} mail")
    word = (text.split() or [""])[0].strip(QUOTES).lower()

    if isinstance(answer, AskChange) and VERBS[answer.verb].irreversible:
        first = next(
            bare for raw in text.split() if (bare := raw.strip(QUOTES).lower())
        )
        assert FINAL_WORDS[first] is answer.verb
    if isinstance(answer, Usage) and answer.hint and word != "alias":
        named, typed = answer.hint.split()[0], answer.word.lower().strip(".,:;!")
        if answer.misuse is Misuse.UNKNOWN_VERB and named in FINAL_WORDS:
            # A slip has the letters of the word itself.
            assert COMMANDS.get(typed) == named or set(typed) <= set(named)


@given(st.text())
@settings(max_examples=1_000, deadline=None)
def test_any_text_at_all_is_answered(text: str) -> None:
    assert isinstance(parse(text), Command | Usage)


def test_ten_thousand_texts_of_all_of_unicode_are_answered() -> None:
    # Hypothesis looks for hard texts, and takes ten times as long for each.
    chance = random.Random(1)  # noqa: S311 - no secret depends on it
    for _ in range(10_000):
        ends = chance.choices((0x7F, 0x3FF, 0xD7FF, 0x10FFFF), k=chance.randint(0, 20))
        text = "".join(chr(chance.randint(0, end)) for end in ends)
        assert isinstance(parse(text), Command | Usage), text


WORDS = st.sampled_from(
    "help status halt set finalize alias add remove list history stop rm mail flight "
    f"40% “ % \0 ? {ID} {OTHER} https://microsoft.com/ xyzzy".split()
)


@given(st.lists(WORDS).map(" ".join))
@settings(max_examples=500, deadline=None)
def test_a_hint_is_a_command_that_is_understood_or_explained(text: str) -> None:
    answer = parse(text)

    if isinstance(answer, Usage) and answer.hint is not None:
        again = parse(answer.hint)
        assert not isinstance(again, Usage) or again.misuse is not Misuse.UNKNOWN_VERB


@pytest.mark.parametrize(
    "word", ["https://microsoft.com/" * 2_000, "h" * 40_000, "9" * 40_000, "'" * 40_000]
)
def test_the_longest_message_is_read_at_once(word: str) -> None:
    # This thread's own time, since a busy machine does not count.
    started = time.thread_time()

    parse(word)
    parse(f"alias add mail {word}")

    assert time.thread_time() - started < 0.5


@pytest.mark.parametrize(
    "typed",
    [
        "beta ring",
        " Beta  Ring ",
        "“Beta ring”",
        "„BETA“ »ring«",
        "« beta ring »",
        "beta \u00a0ring",
    ],
)
def test_two_names_are_one_that_differ_in_what_a_phone_s_keyboard_changes(
    typed: str,
) -> None:
    assert fold(typed) == fold("Beta ring")
    assert fold(typed) != fold("Betaring")


def test_a_quote_within_a_name_is_the_same_whichever_it_is() -> None:
    assert fold("Ann’s ring") == fold("ann's ring")
    assert fold("Anns ring") != fold("ann's ring")
