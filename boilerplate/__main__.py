"""Command line: ``python -m boilerplate [--show] [FILE …]``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
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


def _text(file: str) -> str:
    """Read a *file*, or standard input for ``-``."""
    name, content = ("standard input", sys.stdin.buffer.read()) if file == "-" else (file, Path(file).read_bytes())
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BoilerplateError(f"{name}: not UTF-8 ({error}); convert it first") from error


def _shown(segment: Segment, colour: bool) -> str:
    line = f"{segment.label:<12} {segment.probability:.3f}  {segment.text}"
    return f"{_COLOURS[segment.label]}{line}{_RESET}" if colour and _COLOURS[segment.label] else line


def _print(text: str, show: bool) -> None:
    if show:
        for segment in classify(text):
            print(_shown(segment, sys.stdout.isatty()))
    else:
        cleaned = clean(text)
        print(cleaned, end="" if cleaned.endswith("\n") or not cleaned else "\n")


def _tell(error: Exception) -> None:
    print(f"boilerplate: {error}", file=sys.stderr)


def _drop_output() -> None:
    """Let Python end without a second complaint of what cannot be written."""
    with suppress(OSError):  # a stream without a file of the system
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the cleaned text of each file, or its labelled segments; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m boilerplate", description="Print the editorial text of web articles."
    )
    parser.add_argument("files", nargs="*", metavar="FILE", help="text files in UTF-8 (default: -, standard input)")
    parser.add_argument("--show", action="store_true", help="print every segment with its label and probability")
    options = parser.parse_args(arguments)
    status = 0
    try:
        for file in options.files or ["-"]:
            try:
                text = _text(file)
            except (OSError, BoilerplateError) as error:
                _tell(error)
                status = 1
            else:
                _print(text, options.show)
        print(end="", flush=True)  # problems show here, not when Python ends
    except BrokenPipeError:  # the reader has seen enough
        _drop_output()
    except OSError as error:
        _tell(error)
        _drop_output()
        status = 1
    except (UnicodeEncodeError, BoilerplateError) as error:
        _tell(error)
        status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
