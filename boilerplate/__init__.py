r"""Tell what a newsroom wrote from what its website asks of the reader.

>>> import boilerplate
>>> boilerplate.clean("The ferry to Corran will not sail before April.\nShare on Facebook")
'The ferry to Corran will not sail before April.'
"""

from boilerplate.classifier import Classifier, classify, classify_many, clean, clean_many
from boilerplate.errors import BoilerplateError, DocumentError, DocumentWarning, ModelError, WorkerError
from boilerplate.labels import Label, Probabilities, Segment

__all__ = [
    "BoilerplateError",
    "Classifier",
    "DocumentError",
    "DocumentWarning",
    "Label",
    "ModelError",
    "Probabilities",
    "Segment",
    "WorkerError",
    "classify",
    "classify_many",
    "clean",
    "clean_many",
]
