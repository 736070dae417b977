"""Labels → cleaned text: what is left when segments go."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from boilerplate.labels import LABELS, Label, Segment

#: What ``clean`` removes unless told otherwise.
NON_EDITORIAL = frozenset(LABELS) - {Label.EDITORIAL}


def check_remove(remove: Iterable[Label | str]) -> frozenset[Label]:
    """Return *remove* as labels.

    Raises:
        ValueError: A value names no label.
        TypeError: *remove* is a single string, not a collection of labels.

    """
    if isinstance(remove, str):
        raise TypeError(f"remove is the string {remove!r}; expected a collection of labels such as [{remove!r}]")
    try:
        return frozenset(map(Label, remove))
    except ValueError as error:
        raise ValueError(f"{error}; expected labels among {', '.join(LABELS)}") from None


def check_threshold(threshold: float | None) -> float | None:
    """Return *threshold* unchanged.

    Raises:
        ValueError: It is outside [0, 1] or not a number.

    """
    if threshold is not None and not 0 <= threshold <= 1:
        raise ValueError(f"threshold is {threshold!r}; expected a fraction in [0, 1], or None for the learned rule")
    return threshold


def is_removed(segment: Segment, remove: Collection[Label], threshold: float | None) -> bool:
    """Tell whether *segment* goes.

    Without a *threshold* its label decides; with one, the summed probability of the labels
    in *remove*.
    """
    if threshold is None:
        return segment.label in remove
    return sum(p for label, p in zip(LABELS, segment.probabilities) if label in remove) >= threshold and bool(remove)


def join_kept(text: str, segments: Sequence[Segment], remove: Collection[Label], threshold: float | None) -> str:
    """Return *text* without the removed *segments*.

    Kept segments stay as they are; where segments between two of them go, the larger of the
    separators around the gap stays. Nothing removed gives *text* itself.
    """
    removed = [is_removed(segment, remove, threshold) for segment in segments]
    if not any(removed):
        return text
    pieces: list[str] = []
    separator, end = "", 0
    for segment, gone in zip(segments, removed):
        separator = max(separator, text[end : segment.start], key=len)
        end = segment.end
        if not gone:
            # Before the first kept segment only white space that was there at the very start stays.
            pieces += [separator if pieces or segment is segments[0] else "", segment.text]
            separator = ""
    if pieces and not removed[-1]:
        pieces.append(text[end:])
    return "".join(pieces)
