"""Errors of the package: one base to catch them all."""

from __future__ import annotations


class BoilerplateError(Exception):
    """Base of every error that the package raises of its own."""


class ModelError(BoilerplateError):
    """A model file is not what this version can use; the message says what to do."""


class DocumentError(BoilerplateError):
    """A document could not be processed.

    Attributes:
        position: Index of the document among those given to the call, from 0.

    """

    def __init__(self, message: str, position: int) -> None:
        super().__init__(f"document {position}: {message}")
        self.position = position
        self._message = message

    def __reduce__(self) -> tuple[type[DocumentError], tuple[str, int]]:
        return type(self), (self._message, self.position)


class DocumentWarning(UserWarning):
    """A document could not be processed and got an empty result; the message gives its position."""


class WorkerError(BoilerplateError):
    """A worker process died; the documents after the last result were not processed."""
