"""The version of ragws. pyproject.toml reads it from here: the package runs from a checkout."""

VERSION = "0.1.0"
