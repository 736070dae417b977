"""Character tables: what each code point is, and the number it brings to a hash."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

#: Code points of the basic plane have a row each; those beyond share 4,096 rows.
N_BASIC: Final = 0x10000
N_ROWS: Final = N_BASIC + 0x1000

# Character classes, the unit of the shape features.
BREAK, SPACE, LOWER, UPPER, DIGIT, UNSPACED, TERMINAL, PAUSE, QUOTE, MONEY, SYMBOL, BRACKET = range(12)
N_CLASSES: Final = 12

# How characters make tokens: skipped, part of a word, or a token of its own.
SKIPPED, WORD, SOLO = range(3)

TABLE_FILE: Final = Path(__file__).with_name("characters.npy")
#: Class and plain lower case of each code point of the basic plane, ``(2, N_BASIC) uint16``. A file, because
#: Python versions know different versions of Unicode, and a model needs the one that it learned with.
TABLE: Final[NDArray[np.uint16]] = np.load(TABLE_FILE, allow_pickle=False)

#: Punctuation that only separates words; every other sign is a token of its own.
_SEPARATORS: Final = frozenset(".,;'\"`’‘“”„-–—()[]、。，…।،؛«։።፣፤፡។၊။")


def rows(codes: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Return the table row of each code point in *codes*."""
    if codes.size and int(codes.max()) >= N_BASIC:
        codes = np.where(codes < N_BASIC, codes, N_BASIC | (codes & 0xFFF))
    return codes.astype(np.int64)  # the type of an index: tables are read twice as fast


def mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Scramble 64-bit *values* one to one (the splitmix64 finaliser, https://prng.di.unimi.it)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _classes() -> NDArray[np.uint8]:
    classes = np.full(N_ROWS, SYMBOL, np.uint8)
    classes[:N_BASIC] = TABLE[0]
    return classes


def _values(classes: NDArray[np.uint8]) -> NDArray[np.uint64]:
    folded = np.arange(N_ROWS, dtype=np.uint64)
    folded[:N_BASIC] = TABLE[1]
    folded[classes == DIGIT] = ord("0")
    return mix(folded + np.uint64(0x9E3779B97F4A7C15))


def _token_kinds(classes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    kinds = np.full(N_ROWS, SOLO, np.uint8)
    kinds[(classes == LOWER) | (classes == UPPER) | (classes == DIGIT)] = WORD
    kinds[(classes == BREAK) | (classes == SPACE)] = SKIPPED
    kinds[[ord(sign) for sign in _SEPARATORS]] = SKIPPED
    return kinds


#: Class of each row, ``(N_ROWS,) uint8``.
CLASSES: Final = _classes()
#: Token kind of each row, ``(N_ROWS,) uint8``.
TOKEN_KINDS: Final = _token_kinds(CLASSES)
#: Hash value of each row's plain lower-case character (digits are all alike), ``(N_ROWS,) uint64``.
VALUES: Final = _values(CLASSES)
