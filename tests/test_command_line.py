"""The command ``python -m boilerplate``."""

import io
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from boilerplate.__main__ import main

BUFFERED = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}


def test_files_are_cleaned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "article.txt"
    path.write_text("The mayor resigned on Monday.\nShare on Facebook\n", encoding="utf-8")
    assert main([str(path)]) == 0
    assert capsys.readouterr().out == "The mayor resigned on Monday.\n"


def test_standard_input_and_show(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"The mayor resigned.\nShare on Facebook")))
    assert main(["--show"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("editorial") and first.endswith("The mayor resigned.")
    assert second.startswith("sharing") and "\033" not in second


def test_problems_are_told_on_standard_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "none.txt")]) == 1
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9")
    assert main([str(tmp_path / "latin.txt")]) == 1
    missing, undecoded = capsys.readouterr().err.splitlines()
    assert missing.startswith("boilerplate: ") and "none.txt" in missing
    assert undecoded.startswith(f"boilerplate: {tmp_path / 'latin.txt'}: not UTF-8") and "convert" in undecoded


def test_files_after_one_that_is_missing_are_cleaned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"The mayor resigned.\nShare on Facebook")))
    assert main([str(tmp_path / "none.txt"), "-"]) == 1
    printed = capsys.readouterr()
    assert printed.out == "The mayor resigned.\n" and "none.txt" in printed.err


def test_a_reader_that_has_seen_enough_is_no_problem(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_text("The mayor resigned on Monday.\n" * 20_000, encoding="utf-8")
    command = shlex.join([sys.executable, "-m", "boilerplate", "--show", str(path)])
    done = subprocess.run(["bash", "-c", f"{command} | head -n 1"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("editorial") and done.stderr == ""


def test_a_reader_that_is_gone_is_no_problem() -> None:
    command = f"(sleep 1; echo The mayor resigned.) | {shlex.quote(sys.executable)} -m boilerplate | true"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True, env=BUFFERED)
    assert done.stderr == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_output_that_cannot_be_written_is_told() -> None:
    command = f"echo The mayor resigned. | {shlex.quote(sys.executable)} -m boilerplate > /dev/full"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, env=BUFFERED)
    assert done.returncode == 1
    assert done.stderr.startswith("boilerplate: ") and len(done.stderr.splitlines()) == 1


def test_what_is_empty_prints_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty.txt").write_text("")
    assert main([str(tmp_path / "empty.txt")]) == 0
    assert capsys.readouterr().out == ""
