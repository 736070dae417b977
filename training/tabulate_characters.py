"""Write the table of characters: their class and plain lower case, by the Unicode version of this Python.

``python -m training.tabulate_characters`` writes ``boilerplate/characters.npy``; features change with it, so
that stems, hashed documents and model have to be made anew.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from typing import Final

import numpy as np
from numpy.typing import NDArray

from boilerplate.characters import (
    BRACKET,
    BREAK,
    DIGIT,
    LOWER,
    MONEY,
    N_BASIC,
    PAUSE,
    QUOTE,
    SPACE,
    SYMBOL,
    TABLE_FILE,
    TERMINAL,
    UNSPACED,
    UPPER,
)  # fmt: skip

#: Version of Unicode by which the shipped table was made.
UNICODE_VERSION: Final = "14.0.0"

# Scripts written without spaces between words: each character is a token. So is each syllable of Hangul, whose words
# are short and take particles, and each Hebrew letter, since small words are written together with the next.
_UNSPACED: Final = re.compile(
    "[\u05d0-\u05ea\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff]+"
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
    "՛՜՞": LOWER,  # Armenian marks of tone stand inside words too
    ".!?…。！？।؟۔｡։።፧។៕။": TERMINAL,
    "\"'`": QUOTE,
    "%٪": MONEY,
    "|@#*/\\&_~^•·§†‡": SYMBOL,
}


def plain(character: str) -> str:
    """Return a letter or digit without what is only its form: full or half width, a place in a word, a raised line.

    >>> plain("Ａ"), plain("ｶ"), plain("ﻛ"), plain("！")
    ('A', 'カ', 'ك', '！')
    """
    found = unicodedata.normalize("NFKC", character)
    is_letter = unicodedata.category(character)[0] in "LN"
    return found if is_letter and len(found) == 1 and ord(found) < N_BASIC else character


def table() -> NDArray[np.uint16]:
    """Class and plain lower case of each code point of the basic plane, ``(2, N_BASIC) uint16``."""
    characters = "".join(map(plain, map(chr, range(N_BASIC))))
    classes = np.array([_CATEGORY_CLASSES[unicodedata.category(character)] for character in characters], np.uint16)
    for match in _UNSPACED.finditer(characters):
        classes[match.start() : match.end()] = UNSPACED
    for signs, kind in _EXCEPTIONS.items():
        classes[[ord(sign) for sign in signs]] = kind
    # "İ" is the one character whose lower case is longer than itself.
    lowered = characters.replace("İ", "i").lower().encode("utf-32-le", "surrogatepass")
    return np.stack([classes, np.frombuffer(lowered, np.uint32).astype(np.uint16)])


def main() -> int:
    """Write the table; return the exit status."""
    np.save(TABLE_FILE, table(), allow_pickle=False)
    print(f"{TABLE_FILE}: Unicode {unicodedata.unidata_version}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
