"""ccstack: a hybrid contact center as one typed blueprint."""

__version__ = "0.1.0"
