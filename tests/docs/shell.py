"""What a console block tells the reader to type, taken apart as a shell would."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field

SEPARATORS = {"|", "||", "&", "&&", ";", "(", ")", "<(", "do", "done", "for"}

REDIRECTIONS = {"<", ">", ">>", ">&", "&>"}


@dataclass
class Command:
    """One line to type, and what the page says it prints."""

    line: str
    output: list[str] = field(default_factory=list)


def commands(text: str) -> list[Command]:
    """The lines of a block that are typed: those after `$ ` where there are any, else all of them."""
    lines = text.replace("\\\n", " ").splitlines()
    if not any(line.startswith("$ ") for line in lines):
        return [Command(line) for line in lines if line.strip() and not line.lstrip().startswith("#")]
    found: list[Command] = []
    for line in lines:
        if line.startswith("$ "):
            found.append(Command(line.removeprefix("$ ")))
        elif found:
            found[-1].output.append(line)
    return found


def programs(line: str) -> Iterator[list[str]]:
    """Each program that a line starts, with its arguments: without redirections and variables set before it."""
    words: list[str] = []
    for word in [*_words(line), ";"]:
        if word not in SEPARATORS:
            words.append(word)
            continue
        while words and re.fullmatch(r"\w+=.*", words[0]):
            words.pop(0)
        if words:
            yield words
        words = []


def calls(line: str, program: str) -> Iterator[list[str]]:
    """Arguments of each call of a Python program in a line, also by `-m`, or in a word that another program runs."""
    for words in programs(line):
        if words[0] == program:
            yield words[1:]
        elif ["-m", program] in (words[at : at + 2] for at in range(len(words))):
            yield words[words.index("-m") + 2 :]
        elif program in words[1:-1] and re.fullmatch(r"[a-z-]+", words[words.index(program) + 1]):
            yield words[words.index(program) + 1 :]  # as in `ssh there seehear serve`
        for word in words:
            if word.startswith(f"{program} "):
                yield from calls(word, program)  # as in `sbatch --wrap 'seehear ...'`


def _words(line: str) -> Iterator[str]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words = list(lexer)
    for at, word in enumerate(words):
        follows = at > 0 and words[at - 1] in REDIRECTIONS
        precedes = word.isdigit() and at + 1 < len(words) and words[at + 1] in REDIRECTIONS
        if not (word in REDIRECTIONS or follows or precedes):
            yield word
