"""Reads values out of JSON objects so that every mistake names the file and the key."""

import json
import math
from pathlib import Path

KINDS = {dict: "an object", list: "a list", str: "text", bool: "true or false", float: "a number",
         int: "a whole number"}

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
        if kind is float and is_number(value):
            return float(value)
        if isinstance(value, kind) and (kind is bool or not isinstance(value, bool)):
            return value
        raise ReportError(f"{self.where}: '{key}' is not {KINDS[kind]}")

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

    def numbers(self, keys):
        """Those of `keys` that are there with a finite or infinite number, else None for null."""
        found = {}
        for key in keys:
            if key in self.values:
                value = INFINITIES.get(str(self.values[key])) or self.get(key, float)
                found[key] = None if value is None or math.isnan(value) else value
        return found


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


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
    except (json.JSONDecodeError, RecursionError) as error:
        raise ReportError(f"{path}: not JSON: {error}") from None
