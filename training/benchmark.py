"""Measure speed and memory beside peers: ``python -m training.benchmark``.

Everything runs in one process on the same text (a slow peer on a part of it), in turns, so that
a machine whose speed drifts drifts for all; the median of the turns counts.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from threadpoolctl import threadpool_info, threadpool_limits

from boilerplate import Classifier, clean, clean_many
from boilerplate.model import DEFAULT_MODEL
from training.documents import DATA_FOLDER, Document, read_data, write_block

REPORT = Path(__file__).with_name("speed.md")
README = DATA_FOLDER.parent / "README.md"
_TURNS = 5
_SLOW_STEP = 40  # a slow peer gets every fortieth text
_CORPUS_CHARACTERS = 20_000_000
_SCALE_TURNS = 3
_STREAM_DOCUMENTS = 1_000_000
_POLICY = re.compile(
    "terms of use|privacy policy|cookie policy|uses cookies|use of cookies|use cookies|javascript", re.IGNORECASE
)
_FRESH = """
import sys, time
start = time.perf_counter()
import boilerplate
boilerplate.clean(open(sys.argv[1], encoding="utf-8").read())
print(time.perf_counter() - start, *(line for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""
_STREAM = """
import sys
import boilerplate
text = open(sys.argv[1], encoding="utf-8").read()
n_documents = int(sys.argv[2])
done = sum(1 for _ in boilerplate.clean_many(f"{n} {text}" for n in range(n_documents)))
assert done == n_documents
print(*(line for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


def paragraphs_per_second(run: Callable[[], object], n_paragraphs: int) -> float:
    """Paragraphs that one call of *run* gets through in a second."""
    start = time.perf_counter()
    run()
    return n_paragraphs / (time.perf_counter() - start)


def c4_rules(texts: Sequence[str]) -> list[str]:
    """Apply the C4 line rules (Raffel et al. 2020): end in punctuation, five words, no policy phrase."""
    return [
        "\n".join(
            line
            for line in text.split("\n")
            if line.endswith((".", "!", "?", '"')) and len(line.split()) > 4 and not _POLICY.search(line)
        )
        for text in texts
    ]


def train_fasttext(lines: Sequence[str], labels: Sequence[object], epochs: int = 5) -> Any:
    """Train fastText with word bigrams.

    The binding's own ``predict`` breaks on current numpy; ``model.f.multilinePredict`` below it does not.
    """
    import fasttext

    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        file.writelines(f"__label__{label} {line}\n" for line, label in zip(lines, labels))
        file.flush()
        return fasttext.train_supervised(file.name, wordNgrams=2, epoch=epochs, thread=1, seed=0, verbose=0)


def fasttext_peer(documents: Sequence[Document]) -> Callable[[Sequence[str]], object]:
    """Train fastText on *documents*; return its line classifier."""
    model = train_fasttext([line for d in documents for line in d.segments], "".join(d.labels for d in documents))
    return lambda lines: model.f.multilinePredict([f"{line}\n" for line in lines], 1, 0.0, "strict")


def winnow_peer() -> Callable[[Sequence[str]], object]:
    """Return winnow-md's cleaning of whole documents."""
    import winnow

    return lambda texts: [winnow.clean(text) for text in texts]


def peers(documents: Sequence[Document], texts: list[str]) -> Iterator[tuple[str, Callable[[], object], int]]:
    """Yield name, run and number of paragraphs of this package and of each peer that is installed."""
    classifier = Classifier.load()
    lines = [line for text in texts for line in text.split("\n") if line]
    yield "boilerplate, `classify_many`", lambda: sum(map(len, classifier.classify_many(texts))), len(lines)
    yield "C4 line rules", lambda: c4_rules(texts), len(lines)
    try:
        classify_lines = fasttext_peer(documents)
        yield "fastText, word bigrams (lines given, no context)", lambda: classify_lines(lines), len(lines)
    except ImportError:
        print("fastText is not installed and left out", file=sys.stderr)
    try:
        clean_texts = winnow_peer()
        few = texts[::_SLOW_STEP]
        yield "winnow-md", lambda: clean_texts(few), n_paragraphs_of(few)
    except ImportError:
        print("winnow-md is not installed and left out", file=sys.stderr)


def n_paragraphs_of(texts: Sequence[str]) -> int:
    """Paragraphs of all *texts*."""
    return sum(text.count("\n\n") + 1 for text in texts)


def benchmark_texts(documents: Sequence[Document], n_paragraphs: int) -> list[str]:
    """Mixed-language articles whose paragraphs have about 200 bytes."""
    long = [[s for s in d.segments if len(s.encode()) > 90] for d in documents]
    texts = ["\n\n".join(segments) for segments in long if len(segments) > 2]
    n_turns = n_paragraphs // n_paragraphs_of(texts) + 1
    return [f"{turn} {text}" for turn in range(n_turns) for text in texts]


def speed_rows(documents: Sequence[Document]) -> Iterator[str]:
    """Rows of the table of speeds."""
    texts = benchmark_texts(documents, 60_000)
    n_paragraphs = n_paragraphs_of(texts)
    size = sum(len(text.encode()) for text in texts) / n_paragraphs
    runs = list(peers(documents, texts))
    speeds: dict[str, list[float]] = {name: [] for name, *_ in runs}
    for _ in range(_TURNS):
        for name, run, n in runs:
            speeds[name].append(paragraphs_per_second(run, n))
    yield f"{n_paragraphs:,} paragraphs of {size:.0f} bytes on average; median of {_TURNS} turns."
    yield ""
    yield "| system | paragraphs/s | of this package |"
    yield "| --- | --- | --- |"
    own = median(speeds[runs[0][0]])
    for name, values in speeds.items():
        yield f"| {name} | {median(values):,.0f} | {median(values) / own:.3f} |"
    yield ""
    bytes_per_second = own * size
    hours = 1e12 / bytes_per_second / 3600
    yield f"One core gets through {bytes_per_second / 1e6:.1f} MB/s: a terabyte of text costs {hours:.0f} core-hours."


def scale_rows(documents: Sequence[Document]) -> Iterator[str]:
    """Rows of the table of time per character by size of document and number of documents."""
    texts = benchmark_texts(documents, _CORPUS_CHARACTERS // 100)
    corpus = "\n\n".join(texts)[:_CORPUS_CHARACTERS]
    yield f"{len(corpus):,} characters of articles, cut into documents of equal size; best of {_SCALE_TURNS} turns."
    yield ""
    yield "| characters of a document | documents | ns per character |"
    yield "| --- | --- | --- |"
    for size in (1_000, 10_000, 100_000, 1_000_000, len(corpus)):
        cut = [corpus[start : start + size] for start in range(0, len(corpus), size)]
        yield f"| {size:,} | {len(cut):,} | {_nanoseconds(partial(_drain, cut), _SCALE_TURNS, len(corpus)):.0f} |"
    yield ""
    yield "| documents of 3,000 characters | ns per character |"
    yield "| --- | --- |"
    cut = [corpus[start : start + 3_000] for start in range(0, len(corpus), 3_000)]
    for n_documents in (10, 1_000, 100_000, _STREAM_DOCUMENTS):
        turns = max(1, 1_000 // n_documents)
        run = partial(_drain_repeated, cut, n_documents)
        yield f"| {n_documents:,} | {_nanoseconds(run, turns, 3_000 * n_documents):.0f} |"


def _drain(texts: Iterable[str]) -> None:
    for _ in clean_many(texts):
        pass


def _drain_repeated(texts: Sequence[str], n_documents: int) -> None:
    _drain(texts[n % len(texts)] for n in range(n_documents))


def _nanoseconds(run: Callable[[], object], times: int, characters: int) -> float:
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        taken.append(time.perf_counter() - start)
    return min(taken) / characters * 1e9


def process_rows(documents: Sequence[Document]) -> Iterator[str]:
    """Rows of the table of single calls, fresh processes, several processes and memory."""
    short = sorted((d for d in documents if 2_000 < len(d.text) < 4_000), key=lambda d: len(d.segments))
    article = short[len(short) // 2].text  # of the median number of segments
    clean(article)
    yield "| figure | value |"
    yield "| --- | --- |"
    warm = _nanoseconds(partial(clean, article), 300, 1) / 1e6
    yield f"| short article of {len(article):,} characters, warm | {warm:.2f} ms |"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "article.txt"
        path.write_text(article, encoding="utf-8")
        fresh = [_run(_FRESH, str(path)).split() for _ in range(_TURNS)]
        yield f"| fresh process: import, load, first `clean` | {median(float(f[0]) for f in fresh):.3f} s |"
        yield f"| its peak memory | {median(float(f[2]) for f in fresh) / 1024:.0f} MB |"
        for n_documents in (10_000, _STREAM_DOCUMENTS):
            peak = float(_run(_STREAM, str(path), str(n_documents)).split()[1]) / 1024
            yield f"| peak memory of a stream of {n_documents:,} documents | {peak:.0f} MB |"
    texts = [f"{n} {article}" for n in range(30_000)]
    turns = [(_seconds(texts, 1), _seconds(texts, 2)) for _ in range(_TURNS)]
    yield f"| two processes against one | {median(one / two for one, two in turns):.2f} times |"
    kernels = {str(found.get("architecture")) for found in threadpool_info() if found["user_api"] == "blas"}
    yield f"| kernels of the BLAS below numpy | {', '.join(sorted(kernels))} |"
    yield f"| model file | {DEFAULT_MODEL.stat().st_size / 1e6:.1f} MB |"


def _run(code: str, *arguments: str) -> str:
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    return done.stdout


def _seconds(texts: Sequence[str], n_jobs: int) -> float:
    # The first result starts the processes; they are not part of a corpus' cost.
    results = clean_many(texts, n_jobs=n_jobs)
    next(results)
    start = time.perf_counter()
    for _ in results:
        pass
    return time.perf_counter() - start


def main(arguments: Sequence[str] | None = None) -> int:
    """Print and write the benchmark; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m training.benchmark", description=__doc__)
    parser.add_argument("--report", type=Path, default=REPORT)
    parser.add_argument("--readme", type=Path, default=README, help="page whose block of speeds is written anew")
    options = parser.parse_args(arguments)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    documents = read_data(DATA_FOLDER)
    with threadpool_limits(1):  # a core is one thread
        rows = [*speed_rows(documents), "", *process_rows(documents)]
        write_block(options.readme, "speed", "\n".join(rows))
        page = "\n".join(["# Speed", "", *rows, "", *scale_rows(documents)]) + "\n"
    print(page)
    options.report.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
