"""Choices and documents for all tests."""

import pytest
from hypothesis import settings

from training.documents import DATA_FOLDER, Document, read_data

# How long an example takes says more of what else the machine does than of the code.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture(scope="module")
def written() -> list[Document]:
    """The Dutch documents of ``data/``."""
    return read_data(DATA_FOLDER, "nl")
