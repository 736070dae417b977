"""The model: what training learned, and the file that holds it.

A model file is an ``.npz`` archive of plain arrays and one JSON text. It is read with
``allow_pickle=False``: loading executes nothing.
"""

from __future__ import annotations

import hashlib
import io
import json
import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from boilerplate.context import Calibration, Context, Layer, Levels, Network
from boilerplate.errors import ModelError
from boilerplate.features import FINGERPRINT
from boilerplate.labels import LABELS, Thresholds
from boilerplate.recurrence import Recurrence
from boilerplate.scores import N_ROWS, N_SCORES, LinearScores

FORMAT_VERSION: Final = 7
DEFAULT_MODEL: Final = Path(__file__).with_name("model.npz")

#: What the readers of archives and arrays raise at damaged ones.
_READING_ERRORS: Final = (
    OSError, ValueError, EOFError, zipfile.BadZipFile, AttributeError, TypeError, KeyError, NotImplementedError,
    zlib.error, tokenize.TokenError, SyntaxError, MemoryError,
)  # fmt: skip
_RETRAIN: Final = "train it anew with `python -m training.train` or load the model that ships with this version"
_TYPES: Final[dict[str, type]] = {
    "filled": np.uint8, "weights": np.int8, "bias": np.float32,
    "levels": np.float32,
    "hidden_weights": np.float16, "hidden_bias": np.float32,
    "gate_weights": np.float16, "gate_bias": np.float32, "recurrent": np.float16,
    "output_weights": np.float16, "output_bias": np.float32,
}  # fmt: skip


@dataclass(frozen=True)
class Model:
    """Everything that turns features into labels.

    Attributes:
        scores: First stage, n-grams to scores.
        context: Second stage, scores in context to probabilities.
        thresholds: When a segment is called non-editorial.
        metadata: Training-data hash, library versions and figures of the training run.

    """

    scores: LinearScores
    context: Context
    thresholds: Thresholds
    metadata: Mapping[str, Any]


def save_model(model: Model, path: str | PathLike[str]) -> None:
    """Write *model* to *path*; the same model gives the same bytes.

    The weights of the networks are rounded to half precision, which changes probabilities in the third digit.
    """
    network = model.context.network
    steps = model.scores.steps
    filled = steps.any(axis=1)
    arrays: dict[str, NDArray[Any]] = {
        "filled": np.packbits(filled),
        "weights": steps[filled],
        "bias": model.scores.bias,
        "levels": model.context.levels.values,
        "hidden_weights": network.hidden.weights.astype(np.float16),
        "hidden_bias": network.hidden.bias,
        "gate_weights": network.recurrence.weights.astype(np.float16),
        "gate_bias": network.recurrence.bias,
        "recurrent": network.recurrence.recurrent.astype(np.float16),
        "output_weights": network.output.weights.astype(np.float16),
        "output_bias": network.output.bias,
    }
    header: dict[str, Any] = {
        "format_version": FORMAT_VERSION,
        "features": FINGERPRINT,
        "labels": [str(label) for label in LABELS],
        "step": model.scores.step,
        "calibration": model.context.calibration._asdict(),
        "thresholds": model.thresholds._asdict(),
        "metadata": dict(model.metadata),
    }
    header["digest"] = digest(arrays, header)
    arrays["header"] = np.frombuffer(json.dumps(header, sort_keys=True).encode(), np.uint8)
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in arrays.items():
            content = io.BytesIO()
            np.save(content, array, allow_pickle=False)
            # A fixed date: the bytes depend on the model alone.
            entry = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
            archive.writestr(entry, content.getvalue(), zipfile.ZIP_DEFLATED, compresslevel=9)


def load_model(path: str | PathLike[str]) -> Model:
    """Read a model file.

    Raises:
        ModelError: The file is missing, foreign, truncated, changed after it was
            written, or made for other features or labels.

    """
    arrays = _read_arrays(path)
    header = _read_header(path, arrays)
    for name, dtype in _TYPES.items():
        found = arrays[name].dtype if name in arrays else "missing"
        if found != dtype:
            raise ModelError(f"{path}: {name} is {found}, expected {np.dtype(dtype)}; {_RETRAIN}")
    steps = _steps(path, arrays.pop("filled"), arrays.pop("weights"))
    arrays |= {name: array.astype(np.float32) for name, array in arrays.items() if array.dtype == np.float16}
    context = Context(
        Levels(arrays["levels"]),
        Network(
            Layer(arrays["hidden_weights"], arrays["hidden_bias"]),
            Recurrence(arrays["gate_weights"], arrays["gate_bias"], arrays["recurrent"]),
            Layer(arrays["output_weights"], arrays["output_bias"]),
        ),
        Calibration(header["calibration"]["scale"], tuple(header["calibration"]["shifts"])),
    )
    thresholds = header["thresholds"] | {"values": tuple(header["thresholds"]["values"])}
    return Model(
        LinearScores.from_steps(steps, header["step"], arrays["bias"]),
        context,
        Thresholds(**thresholds),
        header["metadata"],
    )


def _read_arrays(path: str | PathLike[str]) -> dict[str, NDArray[Any]]:
    try:
        with Path(path).open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except FileNotFoundError as error:
        raise ModelError(f"{path}: no such file; give the path of a model, or none for the shipped one") from error
    except _READING_ERRORS as error:
        raise ModelError(f"{path}: not a readable model file ({error}); copy it again or {_RETRAIN}") from error
    if "header" not in arrays:
        raise ModelError(f"{path}: not a boilerplate model, it has no header; {_RETRAIN}")
    return arrays


def _read_header(path: str | PathLike[str], arrays: dict[str, NDArray[Any]]) -> dict[str, Any]:
    try:
        header = dict(json.loads(arrays.pop("header").tobytes()))
    except (TypeError, ValueError) as error:
        raise ModelError(
            f"{path}: the header is no JSON object ({error}); copy the file again or {_RETRAIN}"
        ) from error
    expected = {
        "format_version": FORMAT_VERSION,
        "features": FINGERPRINT,
        "labels": [str(label) for label in LABELS],
        "digest": digest(arrays, header),
    }
    for key, value in expected.items():
        found = header.get(key)
        if found != value:
            raise ModelError(f"{path}: {key} is {found!r}, expected {value!r}; {_RETRAIN}")
    return header


def _steps(path: str | PathLike[str], filled: NDArray[np.uint8], weights: NDArray[np.int8]) -> NDArray[np.int8]:
    """The weights of every row, ``(N_ROWS, N_SCORES)``, from those of the filled rows, ``(n_filled, N_SCORES)``."""
    rows = np.unpackbits(filled).view(np.bool_)
    for name, found, expected in (
        ("filled", rows.shape, (N_ROWS,)),
        ("weights", weights.shape, (int(np.count_nonzero(rows)), N_SCORES)),
    ):
        if found != expected:
            raise ModelError(f"{path}: shape of {name} is {found}, expected {expected}; {_RETRAIN}")
    words = np.zeros(N_ROWS, np.uint64)  # a row is one word of eight weights: filled at once, with no index in between
    words[rows] = np.ascontiguousarray(weights).view(np.uint64).ravel()
    return words.view(np.int8).reshape(N_ROWS, N_SCORES)


def digest(arrays: Mapping[str, NDArray[Any]], header: Mapping[str, Any]) -> str:
    """SHA-256 of *arrays* and of the *header* without its own digest, hexadecimal: tells a file that was changed."""
    found = hashlib.sha256(json.dumps({k: v for k, v in header.items() if k != "digest"}, sort_keys=True).encode())
    for name in sorted(arrays):
        found.update(name.encode())
        found.update(np.ascontiguousarray(arrays[name]).tobytes())
    return found.hexdigest()
