"""The adapters give what ``clean`` gives, in the engines themselves."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import boilerplate

BODY = "The mayor resigned on Monday after eleven years in office, the city council said in a statement."
TEXTS = [f"{BODY}\n\nShare on Facebook", None, BODY, ""]
CLEANED = [None if text is None else boilerplate.clean(text) for text in TEXTS]


def test_there_is_something_to_clean() -> None:
    assert CLEANED == [BODY, None, BODY, ""]


def test_pandas() -> None:
    pd = pytest.importorskip("pandas")
    from boilerplate.adapters.pandas import clean

    for dtype in (object, "string"):
        cleaned = clean(pd.Series(TEXTS, index=list("abcd"), name="text", dtype=dtype))
        assert [None if pd.isna(text) else text for text in cleaned] == CLEANED
        assert (list(cleaned.index), cleaned.name, cleaned.dtype) == (
            list("abcd"),
            "text",
            pd.Series([], dtype=dtype).dtype,
        )
    categories = clean(pd.Series(TEXTS, dtype="category"))
    assert [None if pd.isna(text) else text for text in categories] == CLEANED
    with pytest.raises(boilerplate.DocumentError, match="document 1: text is int"):
        clean(pd.Series(["", 3]))


def test_polars() -> None:
    pl = pytest.importorskip("polars")
    from boilerplate.adapters.polars import clean

    frame = pl.DataFrame({"text": TEXTS})
    assert clean(frame["text"]).to_list() == CLEANED
    lazy = frame.lazy().with_columns(pl.col("text").map_batches(clean, return_dtype=pl.String))
    assert lazy.collect()["text"].to_list() == CLEANED


def test_huggingface() -> None:
    datasets = pytest.importorskip("datasets")
    from boilerplate.adapters.huggingface import cleaner

    rows = {"text": TEXTS, "id": [1, 2, 3, 4]}
    whole = datasets.Dataset.from_dict(rows).map(cleaner(), batched=True)
    assert whole["text"][:] == CLEANED and whole["id"][:] == rows["id"]
    stream = datasets.Dataset.from_dict(rows).to_iterable_dataset().map(cleaner("text"), batched=True)
    assert [row["text"] for row in stream] == CLEANED
    with pytest.raises(TypeError, match="expected a collection"):
        cleaner(remove="sharing")
    everything = datasets.Dataset.from_dict(rows).map(cleaner(remove=[]), batched=True)
    assert everything["text"][:] == TEXTS


@pytest.fixture
def spark(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    sql = pytest.importorskip("pyspark.sql")
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java")
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)  # workers in this environment
    session = sql.SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    yield session
    session.stop()


@pytest.mark.filterwarnings("default")
def test_spark(spark: Any) -> None:
    from boilerplate.adapters.spark import clean

    rows = [(n, text) for n in range(50) for text in TEXTS]
    frame = spark.createDataFrame(rows, "id long, text string").repartition(4)
    cleaned = frame.withColumn("text", clean("text")).collect()
    key = str
    assert sorted([tuple(row) for row in cleaned], key=key) == sorted(
        [(n, text) for n in range(50) for text in CLEANED], key=key
    )


@pytest.mark.filterwarnings("default")
def test_datatrove(tmp_path: Path) -> None:
    data = pytest.importorskip("datatrove.data")
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.readers import JsonlReader
    from datatrove.pipeline.writers import JsonlWriter

    from boilerplate.adapters.datatrove import BoilerplateRemover

    documents = [data.Document(text=text, id=str(n)) for n, text in enumerate(TEXTS) if text is not None]
    step = BoilerplateRemover(exclusion_writer=JsonlWriter(str(tmp_path / "removed"), compression=None))
    kept = JsonlWriter(str(tmp_path / "kept"), compression=None)
    stats = LocalPipelineExecutor([documents, step, kept], logging_dir=str(tmp_path / "logs")).run()

    read = {document.id: document.text for document in JsonlReader(str(tmp_path / "kept"))()}
    assert read == {"0": BODY, "2": BODY}  # datatrove's own reader drops empty documents
    removed = list(JsonlReader(str(tmp_path / "removed"))())
    assert [(d.id, d.text, d.metadata["removed_labels"]) for d in removed] == [("0", "Share on Facebook", ["sharing"])]
    [counted] = [step_stats for step_stats in stats.stats if "Boilerplate" in step_stats.name]
    counts = {name: metric.total for name, metric in counted.stats.items()}
    assert (counts["total"], counts["changed"], counts["removed_sharing"]) == (3, 1, 1)
    assert counts["removed_sharing_characters"] == len("Share on Facebook")
    with pytest.raises(TypeError, match="document '7': text is NoneType"):
        list(BoilerplateRemover().run([*documents * 100, data.Document(text=None, id="7")]))


@pytest.mark.parametrize("engine", ["pandas", "polars", "spark", "datatrove"])
def test_a_missing_engine_is_named_by_its_extra(engine: str) -> None:
    hidden = {"spark": "pyspark"}.get(engine, engine)
    code = f"import sys; sys.modules[{hidden!r}] = None; import boilerplate.adapters.{engine}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert f"boilerplate[{engine}]" in done.stderr
