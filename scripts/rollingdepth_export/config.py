"""Reads a config.json so that no key goes unnoticed."""

import json
from pathlib import Path


class ExportError(Exception):
    """Something that the person at the keyboard can act on; its text is the whole message."""


class UsageError(ExportError):
    """An option that does not fit the checkpoint; exit code 2."""


class Config:
    """A JSON object of which every key must be asked for, declared harmless, or refused.

    A setting that we do not know may change what the network computes, so `finish` refuses it: a
    package that silently differs from its checkpoint is worse than none.
    """

    opened = None  # Where a list, every Config that is made, for a template.

    def __init__(self, path):
        self.path = Path(path)
        if Config.opened is not None:
            Config.opened.append(self)
        try:
            self._values = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise ExportError(f"{self.path}: no such file; is this a checkpoint in the diffusers "
                              "folder layout?") from None
        except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
            raise ExportError(f"{self.path}: cannot be read as JSON: {error}") from None
        if not isinstance(self._values, dict):
            raise ExportError(f"{self.path}: not a JSON object")
        self._seen = set()
        self._asked = {}  # Key -> what it may be, and what it is where it is absent.

    def refuse(self, key, why):
        """Raises the error that names the file, the key and the value."""
        value = json.dumps(self._values[key]) if key in self._values else "(not set)"
        raise ExportError(f"{self.path}: {key} = {value} is not supported: {why}")

    def get(self, key, default=None):
        """The value of `key`, or `default` where it is absent."""
        self._seen.add(key)
        value = self._values.get(key, default)
        self._asked[key] = {"allowed": [value], "default": default}
        return value

    def one_of(self, key, allowed, default):
        """The value of `key`, which must equal one of `allowed` in value and type."""
        value = self.get(key, default)
        if not any(type(value) is type(choice) and value == choice for choice in allowed):
            self.refuse(key, "known here: " + ", ".join(json.dumps(choice) for choice in allowed))
        return value

    def accept(self, key, allowed, default):
        """Like one_of, of values that all mean the same."""
        self.one_of(key, allowed, default)
        self._asked[key]["allowed"] = list(allowed)

    def integer(self, key, default=None, least=1):
        """An integer not below `least`; absent without a default is refused."""
        value = self.get(key, default)
        if not _is_int(value) or value < least:
            self.refuse(key, f"an integer of at least {least} is needed")
        return value

    def number(self, key, default=None):
        """An integer or a real number, returned as float."""
        value = self.get(key, default)
        if not _is_int(value) and not isinstance(value, float):
            self.refuse(key, "a number is needed")
        return float(value)

    def boolean(self, key, default):
        return self.one_of(key, [True, False], default)

    def integers(self, key, length=None, default=None):
        """A list of positive integers; a single one is repeated where `length` is given."""
        value = self.get(key, default)
        if _is_int(value) and length is not None:
            value = [value] * length
        well_formed = isinstance(value, list) and value and all(_is_int(v) and v > 0 for v in value)
        if not well_formed:
            self.refuse(key, "positive integers are needed")
        if length is not None and len(value) != length:
            self.refuse(key, f"{length} values are needed, one per block")
        return value

    def harmless(self, *keys):
        """Declares keys that do not change what the network computes."""
        self._seen.update(keys)

    def conditions(self):
        """{"keys": what each may be and is where it is absent, "harmless": [key, ...]}."""
        return {"keys": dict(sorted(self._asked.items())),
                "harmless": sorted(self._seen - set(self._asked))}

    def finish(self):
        """Refuses the first key that nobody has asked for; null means unused and passes."""
        for key in sorted(self._values):
            if key not in self._seen and self._values[key] is not None:
                self.refuse(key, "this key is unknown, and it may change what the network computes")


def _is_int(value):
    return isinstance(value, int) and not isinstance(value, bool)
