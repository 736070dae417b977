"""The model file: round trip, and every kind of wrong file refused by name."""

import json
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from boilerplate import Classifier, ModelError
from boilerplate.model import DEFAULT_MODEL, digest, load_model, save_model


def rewritten(path: Path, **changes: object) -> Path:
    """The shipped model with some header entries changed."""
    with np.load(DEFAULT_MODEL) as archive:
        arrays = {name: archive[name] for name in archive.files}
    header = json.loads(arrays["header"].tobytes()) | changes
    arrays["header"] = np.frombuffer(json.dumps(header).encode(), np.uint8)
    np.savez(path, **arrays)
    return path


def test_saving_what_was_loaded_gives_the_same_bytes(tmp_path: Path) -> None:
    save_model(load_model(DEFAULT_MODEL), tmp_path / "model.npz")
    assert (tmp_path / "model.npz").read_bytes() == DEFAULT_MODEL.read_bytes()


def test_networks_held_in_half_precision_work_in_single() -> None:
    network = load_model(DEFAULT_MODEL).context.network
    recurrence = network.recurrence
    for weights in (network.hidden.weights, recurrence.weights, recurrence.recurrent, network.output.weights):
        assert weights.dtype == np.float32


def test_the_shipped_model_is_small_and_says_where_it_came_from() -> None:
    assert DEFAULT_MODEL.stat().st_size < 4_000_000
    metadata = Classifier.load().metadata
    assert {"data_sha256", "libraries", "documents", "held_out", "held_out_in_new_languages"} <= set(metadata)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"format_version": 99}, "format_version is 99, expected 7"),
        ({"features": "old"}, "features is 'old', expected"),
        ({"labels": ["good", "bad"]}, "labels is"),
        ({"digest": "0"}, "digest is '0', expected"),
    ],
)
def test_a_mismatch_is_refused_by_name(tmp_path: Path, changes: dict[str, object], problem: str) -> None:
    with pytest.raises(ModelError, match=problem):
        Classifier.load(rewritten(tmp_path / "model.npz", **changes))


@pytest.mark.parametrize(
    ("constant", "problem"),
    [
        ("N_ROWS", r"shape of filled is \(\d+,\), expected \(3,\)"),
        ("N_SCORES", r"shape of weights is \(\d+, 8\), expected \(\d+, 3\)"),
    ],
)
def test_arrays_of_another_size_are_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, constant: str, problem: str
) -> None:
    monkeypatch.setattr(f"boilerplate.model.{constant}", 3)
    with pytest.raises(ModelError, match=problem):
        load_model(DEFAULT_MODEL)


@pytest.mark.parametrize("name", ["filled", "weights", "levels", "output_bias"])
def test_arrays_of_another_type_or_none_are_refused_by_name(tmp_path: Path, name: str) -> None:
    for changed, problem in ((None, "missing"), (np.zeros(3, np.int16), "int16")):
        with np.load(DEFAULT_MODEL) as archive:
            arrays = {key: archive[key] for key in archive.files if key != name}
        arrays |= {} if changed is None else {name: changed}
        header = json.loads(arrays.pop("header").tobytes())
        header["digest"] = digest(arrays, header)
        arrays["header"] = np.frombuffer(json.dumps(header).encode(), np.uint8)
        np.savez(tmp_path / "model.npz", **arrays)
        with pytest.raises(ModelError, match=f"{name} is {problem}, expected"):
            load_model(tmp_path / "model.npz")


def test_missing_foreign_truncated_and_tampered_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such file"):
        Classifier.load(tmp_path / "none.npz")
    foreign = tmp_path / "foreign.npz"
    np.savez(foreign, a=np.zeros(3))
    with pytest.raises(ModelError, match="not a boilerplate model, it has no header"):
        Classifier.load(foreign)
    text = tmp_path / "text.npz"
    text.write_text("not a model")
    with pytest.raises(ModelError, match="not a readable model file"):
        Classifier.load(text)
    truncated = tmp_path / "truncated.npz"
    truncated.write_bytes(DEFAULT_MODEL.read_bytes()[:-1000])
    with pytest.raises(ModelError, match="not a readable model file"):
        Classifier.load(truncated)
    pickled = tmp_path / "pickled.npz"
    np.savez(pickled, header=np.array([{}], dtype=object))
    with pytest.raises(ModelError, match="not a readable model file"):
        Classifier.load(pickled)


def test_a_changed_header_is_refused(tmp_path: Path) -> None:
    thresholds = {"odds": 0.0, "offset": 0.0, "values": [1, 1, 1]}
    changed: list[dict[str, object]] = [{"thresholds": thresholds}, {"metadata": []}, {"more": 1}]
    for changes in changed:
        with pytest.raises(ModelError, match="digest"):
            Classifier.load(rewritten(tmp_path / "model.npz", **changes))
    listed = tmp_path / "listed.npz"
    with np.load(DEFAULT_MODEL) as archive:
        arrays = {name: archive[name] for name in archive.files}
    np.savez(listed, **arrays | {"header": np.frombuffer(b"[1]", np.uint8)})
    with pytest.raises(ModelError, match="no JSON object"):
        Classifier.load(listed)


@pytest.mark.parametrize("seed", range(20))
def test_a_damaged_file_is_refused(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    content = bytearray(DEFAULT_MODEL.read_bytes())
    for place in rng.integers(0, len(content), 400).tolist():
        content[place] ^= int(rng.integers(1, 256))
    damaged = tmp_path / "damaged.npz"
    damaged.write_bytes(content)
    with pytest.raises(ModelError):
        Classifier.load(damaged)


def test_what_is_done_to_the_metadata_does_not_change_the_classifier() -> None:
    classifier = Classifier.load()
    before = json.dumps(classifier.metadata)
    classifier.metadata["libraries"]["numpy"] = "none"  # type: ignore[index]
    assert json.dumps(classifier.metadata) == before


def test_changed_weights_are_refused(tmp_path: Path) -> None:
    with np.load(DEFAULT_MODEL) as archive:
        arrays = {name: archive[name] for name in archive.files}
    arrays["bias"] = arrays["bias"] + 1
    changed = tmp_path / "model.npz"
    np.savez(changed, **arrays)
    with pytest.raises(ModelError, match="digest"):
        Classifier.load(changed)
    assert zipfile.is_zipfile(changed)


def test_a_pickled_classifier_is_the_same() -> None:
    text = "Share on Facebook\n\nThe ferry will not run before April."
    loaded = Classifier.load()
    assert pickle.loads(pickle.dumps(loaded)).classify(text) == loaded.classify(text)


def test_pickled_weights_are_sent_once_and_packed_anew() -> None:
    scores = load_model(DEFAULT_MODEL).scores
    content = pickle.dumps(scores)
    assert len(content) < 1.1 * scores.steps.nbytes
    assert np.array_equal(pickle.loads(content).packed, scores.packed)
