"""The features once more, plain and obvious: what the fast ones must agree with exactly."""

import math

from boilerplate import characters as ch
from boilerplate.scores import OPENING_SHARE, LinearScores
from boilerplate.shapes import OWN_NAMES
from boilerplate.stems import RARITY, RARITY_STEPS, STEM_BITS
from boilerplate.tokens import (
    _END,
    _FACTORS,
    _MULTIPLIER,
    _PREFIXES,
    _START,
    BUCKET_BITS,
    N_BUCKETS,
    OPENING_TOKENS,
    visible,
)

MODULUS = 1 << 64
_CLASS_OF = {
    "upper": ch.UPPER, "lower": ch.LOWER, "digit": ch.DIGIT, "unspaced": ch.UNSPACED, "terminal": ch.TERMINAL,
    "pause": ch.PAUSE, "quote": ch.QUOTE, "money": ch.MONEY, "symbol": ch.SYMBOL, "bracket": ch.BRACKET,
    "space": ch.SPACE,
}  # fmt: skip


def row(character: str) -> int:
    code = ord(character)
    return code if code < ch.N_BASIC else ch.N_BASIC + code % 4096


def tokens_of(text: str) -> list[str]:
    return [token for token, _ in tokens_and_rests_of(text)]


def tokens_and_rests_of(text: str) -> list[tuple[str, str]]:
    """Each token, and what is seen of the segment from its first character on."""
    tokens: list[tuple[str, str]] = []
    inside = False
    shown = visible(text)
    for place, character in enumerate(shown):
        kind = ch.TOKEN_KINDS[row(character)]
        if kind == ch.WORD and inside:
            tokens[-1] = (tokens[-1][0] + character, tokens[-1][1])
        elif kind != ch.SKIPPED:
            tokens.append((character, shown[place:]))
        inside = kind == ch.WORD
    return tokens


def is_unspaced(token: str) -> bool:
    return bool(ch.CLASSES[row(token[0])] == ch.UNSPACED)


def hash_of(token: str) -> int:
    return sum(int(ch.VALUES[row(c)]) * pow(_MULTIPLIER, k, MODULUS) for k, c in enumerate(token)) % MODULUS


def buckets_of(text: str) -> list[list[int]]:
    """Buckets of the n-grams of each kind, one a token."""
    tokens = tokens_and_rests_of(text)
    hashes = [int(_START), *(hash_of(token) for token, _ in tokens), int(_END)]
    factors = [int(factor) for factor in _FACTORS]
    kinds: list[list[int]] = [[] for _ in range(3 + len(_PREFIXES))]
    for before, word, after, (token, rest) in zip(hashes, hashes[1:], hashes[2:], tokens):
        stem = rest if is_unspaced(token) else token
        bigram = word * factors[1] + after * factors[2]
        values = [word * factors[0], bigram, bigram + before * factors[3]]
        values += [hash_of(stem[:length]) * factors[4 + k] for k, length in enumerate(_PREFIXES)]
        for kind, value in zip(kinds, values):
            kind.append(value % MODULUS >> (64 - BUCKET_BITS))
    return kinds


def stems_of(text: str) -> list[int]:
    """Buckets of the stems: first six characters of words of three and more, pairs where words are not spaced."""
    _, pairs, _, _, prefixes = buckets_of(text)
    stems = []
    for token, pair, prefix in zip(tokens_of(text), pairs, prefixes):
        if is_unspaced(token) or len(token) >= 3:
            stems.append((pair if is_unspaced(token) else prefix) >> (BUCKET_BITS - STEM_BITS))
    return stems


def echoes_of(document: list[str], editorial: list[float]) -> list[tuple[float, float]]:
    """Shares of each segment's stems that stand elsewhere, in editorial and in other segments."""
    stems = [[bucket >> 2 for bucket in stems_of(text)] for text in document]
    found = []
    for own, probability in zip(stems, editorial):
        among_editorial = among_others = 0.0
        for stem in own:
            standing = [p for of_segment, p in zip(stems, editorial) for other in of_segment if other == stem]
            standing.remove(probability)
            among_editorial += sum(standing) / (1 + len(standing))
            among_others += sum(1 - p for p in standing) / (1 + len(standing))
        found.append((among_editorial / max(len(own), 1), among_others / max(len(own), 1)))
    return found


def scores_of(text: str, scores: LinearScores) -> list[float]:
    """The scores of a segment: every n-gram once, those of the opening once more."""
    kinds = buckets_of(text)
    steps, totals = scores.steps, [float(value) for value in scores.bias]
    for rows, share, offset in ((kinds, 1.0, 0), ([k[:OPENING_TOKENS] for k in kinds], OPENING_SHARE, N_BUCKETS)):
        n_ngrams = sum(map(len, rows))
        for row_number in (bucket + offset for kind in rows for bucket in kind):
            for label in range(len(totals)):
                weight = float(steps[row_number, label]) * scores.step
                totals[label] += weight * share / math.sqrt(n_ngrams)
    return totals


def shapes_of(text: str) -> dict[str, float]:
    """The shapes of a segment by itself."""
    shown = visible(text)
    classes = [int(ch.CLASSES[row(c)]) for c in shown]
    tokens = tokens_of(text)
    shapes = {name: classes.count(number) / len(shown) for name, number in _CLASS_OF.items()}
    del shapes["lower"]
    capitals = sum(ch.CLASSES[row(token[0])] == ch.UPPER for token in tokens)
    shapes["length"] = math.log1p(len(text))
    shapes["tokens"] = math.log1p(len(tokens))
    shapes["token_length"] = min(len(shown) / max(len(tokens), 1), 20) / 10
    stems = stems_of(text)
    shapes["rarity"] = sum(int(RARITY[stem]) for stem in stems) / RARITY_STEPS / max(len(stems), 1)
    shapes["sentences"] = math.log1p(classes.count(ch.TERMINAL))
    shapes["capitalised"] = capitals / max(len(tokens), 1)
    for name in OWN_NAMES:
        place, _, kind = name.partition("_")
        if place in ("first", "last"):
            shapes[name] = float(classes[0 if place == "first" else -1] == _CLASS_OF[kind])
    return shapes
