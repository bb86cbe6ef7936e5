"""Words of four languages are answered with the command that they name."""

import pytest

from bot.domain.commands import AskChange, AskHelp, parse
from bot.domain.requests import Alias
from bot.domain.submissions import Target
from bot.domain.targets import ResolvedChanges, resolve_changes
from bot.domain.translated_words import COMMANDS, IMPOSSIBLE
from bot.domain.usage import Misuse, Usage
from bot.domain.verbs import VERBS

MAIL = Alias("mail", Target("main", "9NMAIL000001"), "Contoso Mail")


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ("anhalten stoppen stopp STOPPEN Anhalten stoppen!", "halt"),
        ("arrêter arrete Arrêtez arreter arrêt stopper", "halt"),
        ("остановить Стоп остановите", "halt"),
        ("停止 终止", "halt"),
        ("abschließen abschliessen finalisieren", "finalize"),
        ("finaliser finalisez завершить 完成推出", "finalize"),
        ("setzen ändern andern définir definir установить задать 设置 设为", "set"),
        ("rampe paliers план 计划", "ramp"),
        ("Stand statut état etat статус 状态 查看", "status"),
        ("Verlauf historique журнал 历史", "history"),
        ("sperren verrouiller заблокировать 锁定", "lock"),
        ("entsperren déverrouiller deverrouiller разблокировать 解锁", "unlock"),
        ("Sprache langue язык 语言", "language"),
        ("abonnieren suivre подписаться 订阅", "subscribe"),
        ("abbestellen désabonner отписаться 退订", "unsubscribe"),
        ("regeln règles regles правила 规则", "rules"),
        ("aliasse псевдонимы 别名", "alias list"),
    ],
)
def test_a_word_of_another_language_is_answered_with_its_command(
    typed: str, command: str
) -> None:
    for word in typed.split():
        hint = f"{command} mail"
        assert parse(f"{word} mail") == Usage(Misuse.UNKNOWN_VERB, word, hint)


@pytest.mark.parametrize(
    ("typed", "misuse"),
    [
        ("pausieren suspendre приостановить 暂停", Misuse.NO_PAUSE),
        ("zurückrollen zuruckrollen откатить 回滚", Misuse.NO_ROLLBACK),
        ("fortsetzen reprendre продолжить 继续", Misuse.NO_WAY_BACK),
    ],
)
def test_what_the_store_does_not_have_is_explained_in_any_language(
    typed: str, misuse: Misuse
) -> None:
    for word in typed.split():
        assert parse(f"{word} mail") == Usage(misuse, word, "mail")


@pytest.mark.parametrize("word", ["hilfe", "Aide", "помощь", "справка", "帮助"])
def test_help_is_given_in_any_language(word: str) -> None:
    assert parse(word) == AskHelp()


def test_chinese_needs_no_blank_behind_a_word() -> None:
    assert parse("停止mail 崩溃") == Usage(
        Misuse.UNKNOWN_VERB, "停止", "halt mail 崩溃"
    )
    assert parse("停止") == Usage(Misuse.UNKNOWN_VERB, "停止", "halt")
    assert parse("暂停mail") == Usage(Misuse.NO_PAUSE, "暂停", "mail")


OTHERS = (
    "fertig beenden ende fin finir terminer конец готово 完成 结束 löschen supprimer "
    "удалить 删除"
)


@pytest.mark.parametrize("word", OTHERS.split())
def test_nothing_irreversible_is_meant_by_a_word_that_does_not_name_it(
    word: str,
) -> None:
    assert parse(f"{word} mail") == Usage(Misuse.UNKNOWN_VERB, word)


def test_no_word_acts_or_hides_a_command() -> None:
    for word in (*COMMANDS, *IMPOSSIBLE):
        assert isinstance(parse(f"{word} mail"), Usage), word
        assert word not in VERBS


def test_what_is_pointed_at_is_a_command() -> None:
    for word in COMMANDS:
        answer = parse(word)
        assert isinstance(answer, Usage)
        again = parse(answer.hint or "?!")
        assert not isinstance(again, Usage) or again.misuse is not Misuse.UNKNOWN_VERB


@pytest.mark.parametrize(
    ("text", "percentage"),
    [
        ("set mail auf 12,5 % langsam", 12.5),
        ("set mail auf 12,5\u00a0% langsam", 12.5),
        ("set mail à 12,5\u202f% langsam", 12.5),
        ("set mail до 40 процентов langsam", 40),
        ("set mail 到 40％ langsam", 40),
        ("set mail 40 ％ langsam", 40),
        ("set mail 40 Prozent langsam", 40),
        ("set mail 40 pourcent langsam", 40),
    ],
)
def test_a_percentage_is_read_as_each_language_writes_it(
    text: str, percentage: float
) -> None:
    ask = parse(text)
    assert isinstance(ask, AskChange)

    found = resolve_changes(ask, [MAIL], "main")

    assert isinstance(found, ResolvedChanges)
    [wanted] = found.each
    assert (wanted.change.percentage, wanted.reason) == (percentage, "langsam")
