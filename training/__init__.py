"""Training, evaluation and data checks of the boilerplate model (not part of the wheel)."""
