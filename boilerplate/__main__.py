"""Command line: ``python -m boilerplate [--show] [FILE …]``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from boilerplate import BoilerplateError, Label, Segment, classify, clean

_COLOURS: Final = {
    Label.EDITORIAL: "",
    Label.SUBSCRIPTION: "\033[33m",
    Label.SHARING: "\033[36m",
    Label.OTHER: "\033[35m",
}
_RESET: Final = "\033[0m"


def _documents(files: Sequence[str]) -> Iterator[str]:
    if not files:
        yield _decoded("standard input", sys.stdin.buffer.read())
    for file in files:
        yield _decoded(file, Path(file).read_bytes())


def _decoded(name: str, content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BoilerplateError(f"{name}: not UTF-8 ({error}); convert it first") from error


def _shown(segment: Segment, colour: bool) -> str:
    line = f"{segment.label:<12} {segment.probability:.3f}  {segment.text}"
    return f"{_COLOURS[segment.label]}{line}{_RESET}" if colour and _COLOURS[segment.label] else line


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the cleaned text of each file, or its labelled segments; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m boilerplate", description="Print the editorial text of web articles."
    )
    parser.add_argument("files", nargs="*", metavar="FILE", help="text files in UTF-8 (default: standard input)")
    parser.add_argument("--show", action="store_true", help="print every segment with its label and probability")
    options = parser.parse_args(arguments)
    try:
        for text in _documents(options.files):
            if options.show:
                for segment in classify(text):
                    print(_shown(segment, sys.stdout.isatty()))
            else:
                cleaned = clean(text)
                print(cleaned, end="" if cleaned.endswith("\n") or not cleaned else "\n")
    except BrokenPipeError:  # the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, UnicodeEncodeError, BoilerplateError) as error:
        print(f"boilerplate: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
