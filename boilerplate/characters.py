"""Character tables: what each code point is, and the number it brings to a hash."""

from __future__ import annotations

import re
import unicodedata
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

# Scripts written without spaces between words: each character is a token.
_UNSPACED: Final = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+"
)
_CATEGORY_CLASSES: Final = {
    **dict.fromkeys(("Cc", "Zl", "Zp"), BREAK),
    **dict.fromkeys(("Zs", "Cf", "Cs"), SPACE),
    **dict.fromkeys(("Ll", "Lo", "Lm", "Mn", "Mc", "Me", "Nl", "Cn", "Co"), LOWER),
    **dict.fromkeys(("Lu", "Lt"), UPPER),
    **dict.fromkeys(("Nd", "No"), DIGIT),
    **dict.fromkeys(("Po", "Pd", "Pc"), PAUSE),
    **dict.fromkeys(("Pi", "Pf"), QUOTE),
    **dict.fromkeys(("Ps", "Pe"), BRACKET),
    **dict.fromkeys(("Sm", "Sk", "So"), SYMBOL),
    "Sc": MONEY,
}
_EXCEPTIONS: Final = {
    "\t": SPACE,
    "\u00ad\u200c\u200d": LOWER,  # soft hyphen and joiners stand inside words (Persian, Hindi)
    ".!?…。！？।؟۔｡։": TERMINAL,
    "\"'`": QUOTE,
    "%٪": MONEY,
    "|@#*/\\&_~^•·§†‡": SYMBOL,
}
#: Punctuation that only separates words; every other sign is a token of its own.
_SEPARATORS: Final = frozenset(".,;'\"`’‘“”„-–—()[]、。，…।،؛«")


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


def _classes(characters: str) -> NDArray[np.uint8]:
    found = map(_CATEGORY_CLASSES.__getitem__, map(unicodedata.category, characters))
    classes = np.full(N_ROWS, SYMBOL, np.uint8)
    classes[:N_BASIC] = np.fromiter(found, np.uint8, N_BASIC)
    for match in _UNSPACED.finditer(characters):
        classes[match.start() : match.end()] = UNSPACED
    for signs, kind in _EXCEPTIONS.items():
        classes[[ord(sign) for sign in signs]] = kind
    return classes


def _values(characters: str, classes: NDArray[np.uint8]) -> NDArray[np.uint64]:
    # "İ" is the one character whose lower case is longer than itself.
    lowered = characters.replace("İ", "i").lower().encode("utf-32-le", "surrogatepass")
    folded = np.arange(N_ROWS, dtype=np.uint64)
    folded[:N_BASIC] = np.frombuffer(lowered, np.uint32)
    folded[classes == DIGIT] = ord("0")
    return mix(folded + np.uint64(0x9E3779B97F4A7C15))


def _token_kinds(classes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    kinds = np.full(N_ROWS, SOLO, np.uint8)
    kinds[(classes == LOWER) | (classes == UPPER) | (classes == DIGIT)] = WORD
    kinds[(classes == BREAK) | (classes == SPACE)] = SKIPPED
    kinds[[ord(sign) for sign in _SEPARATORS]] = SKIPPED
    return kinds


_CHARACTERS: Final = "".join(map(chr, range(N_BASIC)))
#: Class of each row, ``(N_ROWS,) uint8``.
CLASSES: Final = _classes(_CHARACTERS)
#: Token kind of each row, ``(N_ROWS,) uint8``.
TOKEN_KINDS: Final = _token_kinds(CLASSES)
#: Hash value of each row's lower-case character (digits are all alike), ``(N_ROWS,) uint64``.
VALUES: Final = _values(_CHARACTERS, CLASSES)
