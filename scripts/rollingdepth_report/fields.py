"""Reads values out of JSON objects so that every mistake names the file and the key."""

import json
import math
from pathlib import Path

KINDS = {dict: "an object", list: "a list", str: "text", bool: "true or false",
         float: "a finite number", int: "a whole number of 0 and above"}
MOST_WHOLE, MOST = 2**63 - 1, 1e300  # What is scaled and added stays finite.

# As `compare` writes what JSON has no number for.
INFINITIES = {"inf": math.inf, "-inf": -math.inf}


class ReportError(Exception):
    """Something that the person at the keyboard can act on; its text is the whole message."""


class Fields:
    """A JSON object together with the words that say where it stands."""

    def __init__(self, values, where):
        if not isinstance(values, dict):
            raise ReportError(f"{where}: not an object")
        self.values = values
        self.where = where

    def __contains__(self, key):
        return self.values.get(key) is not None

    def get(self, key, kind, default=None):
        """The value of `key`, of that kind; `default` where it is absent or null."""
        value = self.values.get(key)
        if value is None:
            return default
        if not is_of_kind(value, kind):
            raise ReportError(f"{self.where}: '{key}' is not {KINDS[kind]}")
        return float(value) if kind is float else value

    def need(self, key, kind):
        """As `get`. @throws ReportError where the key is absent."""
        if key not in self:
            raise ReportError(f"{self.where}: '{key}' is missing")
        return self.get(key, kind)

    def part(self, key):
        """The object under `key`."""
        return Fields(self.need(key, dict), f"{self.where}: {key}")

    def parts(self, key):
        """The objects of the list under `key`."""
        return [Fields(item, f"{self.where}: {key}[{index}]")
                for index, item in enumerate(self.need(key, list))]

    def texts(self, key):
        """The list of text under `key`; empty where it is absent or null."""
        values = self.get(key, list, [])
        if not all(isinstance(value, str) for value in values):
            raise ReportError(f"{self.where}: '{key}' is not a list of text")
        return values

    def numbers(self, keys):
        """Those of `keys` that are there with a finite or infinite number, else None for null."""
        return {key: INFINITIES.get(str(self.values[key])) or self.get(key, float)
                for key in keys if key in self.values}


def is_of_kind(value, kind):
    """No format has whole numbers below 0 or of more than 64 bits, or numbers above MOST."""
    if isinstance(value, bool):
        return kind is bool
    if kind is int:
        return isinstance(value, int) and 0 <= value <= MOST_WHOLE
    if kind is float:
        return (isinstance(value, int) and abs(value) <= MOST_WHOLE or
                isinstance(value, float) and abs(value) <= MOST)
    return isinstance(value, kind)


def read_json(path):
    """The JSON object in a file, as Fields. @throws ReportError naming the file."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ReportError(f"{path}: no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ReportError(f"{path}: cannot be read: {error}") from None
    try:
        return Fields(json.loads(text), str(path))
    except (ValueError, RecursionError) as error:
        raise ReportError(f"{path}: not JSON: {error}") from None
