"""Translated words: what names a command in German, French, Russian or Chinese.

Commands are English: a word of these is answered with the command that it names, and
does nothing by itself. Only words for the very thing stand for a halt or a finalize.
They are compared in lower case; accents may be left out.
"""

import re
from types import MappingProxyType
from typing import Final

from bot.domain.usage import Misuse

_COMMANDS: Final = {
    "halt": (
        "anhalten anhalte halte stoppen stoppe stopp arrêter arrete arrêtez arrêt "
        "stopper stoppez остановить останови остановите остановка стоп прекратить "
        "прервать 停止 停 终止 中止"
    ),
    "finalize": (
        "finalisieren finalisiere abschließen abschliessen finaliser finalisez "
        "завершить заверши финализировать 完成推出"
    ),
    "set": (
        "setzen setze festlegen ändern erhöhen définir régler fixer passer augmenter "
        "установить установи задать задай изменить увеличить 设置 设定 设为 调整 提高"
    ),
    "ramp": (
        "rampe zeitplan stufenplan stufen palier paliers planifier план график "
        "расписание этапы 计划 分阶段 逐步"
    ),
    "status": (
        "stand zustand zeigen zeige statut état afficher voir montrer статус состояние "
        "показать покажи 状态 查看 显示"
    ),
    "history": (
        "verlauf historie protokoll historique journal история журнал 历史 记录 "
        "历史记录"
    ),
    "alias list": "aliasse aliasnamen псевдонимы 别名",
    "subscribe": "abonnieren folgen abonner suivre подписаться следить 订阅 关注",
    "unsubscribe": (
        "abbestellen entfolgen désabonner отписаться 取消订阅 取消关注 退订"
    ),
    "rules": "regel regeln règle règles правило правила 规则",
    "lock": (
        "sperren sperre verrouiller verrou bloquer блокировать заблокировать "
        "блокировка заморозить 锁定 冻结"
    ),
    "unlock": "entsperren freigeben déverrouiller débloquer разблокировать 解锁",
    "language": "sprache langue язык 语言",
    "version": "версия 版本",
}
_IMPOSSIBLE: Final = {
    Misuse.NO_PAUSE: (
        "pausieren unterbrechen suspendre приостановить приостанови пауза 暂停"
    ),
    Misuse.NO_ROLLBACK: "zurückrollen откатить откат 回滚 回退",
    Misuse.NO_WAY_BACK: (
        "fortsetzen weitermachen rückgängig reprendre continuer возобновить "
        "продолжить 恢复 继续 撤销"
    ),
}
_WITHOUT_ACCENTS: Final = str.maketrans("äöüéèêàçйё", "aoueeeacие")
# Chinese needs no blank between a word and what follows it.
_CHINESE_FIRST: Final = re.compile(r"([\u4e00-\u9fff]+)([^\u4e00-\u9fff].*)")


def without_accents(word: str) -> str:
    """Return a word as a keyboard without accents types it."""
    return word.translate(_WITHOUT_ACCENTS)


# The command that each word names.
COMMANDS: Final = MappingProxyType(
    {
        without_accents(word): command
        for command, words in _COMMANDS.items()
        for word in words.split()
    }
)
# What the Store does not have.
IMPOSSIBLE: Final = MappingProxyType(
    {
        without_accents(word): misuse
        for misuse, words in _IMPOSSIBLE.items()
        for word in words.split()
    }
)


def split_chinese(word: str) -> tuple[str, str] | None:
    """Return a Chinese word and what follows it at once; None for any other."""
    found = _CHINESE_FIRST.fullmatch(word)
    return None if found is None else (found[1], found[2])
