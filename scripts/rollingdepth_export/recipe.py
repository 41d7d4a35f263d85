"""Weights that are not there: how each is made of those of a checkpoint, written down."""

import torch

# What the program knows (src/checkpoint/recipe.hpp). Values are float32 until the last step.
#   ["take", KEY, ...]          the checkpoint's weight, by the first of these names that it has
#   ["reshape", R, [SIZE, ...]]
#   ["permute", R, [AXIS, ...]]
#   ["repeat", R, TIMES]        one after the other
#   ["rows", R, FIRST, LAST]    of the first axis, without the last
#   ["mul", R, R]               broadcast
#   ["cat", AXIS, R, ...]
#   ["run", NETWORK, MODULE, [ARGUMENT, ...]]  what a network of the package gives, in float32


class Recipe:
    """Stands for a tensor where the checkpoint's readers work on one."""

    def __init__(self, recorder, steps, shape, dtype):
        self.recorder, self.steps, self.dtype = recorder, steps, dtype
        self.shape = torch.Size(shape)

    def _with(self, steps, shape):
        return Recipe(self.recorder, steps, shape, self.dtype)

    def _meta(self):
        return torch.empty(self.shape, device="meta")

    def dim(self):
        return len(self.shape)

    def to(self, dtype):
        return Recipe(self.recorder, self.steps, self.shape, dtype)

    def float(self):
        return self.to(torch.float32)

    def reshape(self, *shape):
        shape = self._meta().reshape(*shape).shape
        return self._with(["reshape", self.steps, list(shape)], shape)

    def flatten(self, *axes):
        return self.reshape(self._meta().flatten(*axes).shape)

    def squeeze(self, axis):
        return self.reshape(self._meta().squeeze(axis).shape)

    def permute(self, *axes):
        return self._with(["permute", self.steps, list(axes)], self._meta().permute(*axes).shape)

    def repeat(self, times):
        return self._with(["repeat", self.steps, times], self._meta().repeat(times).shape)

    def __getitem__(self, index):
        shape = self._meta()[index].shape
        if isinstance(index, slice):
            first, last, step = index.indices(self.shape[0])
            assert step == 1
            return self._with(["rows", self.steps, first, last], shape)
        if shape.numel() != self.shape.numel():
            raise ValueError(f"no recipe for {index} of {list(self.shape)}")
        return self.reshape(shape)

    def __mul__(self, other):
        return self._with(["mul", self.steps, other.steps], (self._meta() * other._meta()).shape)

    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        assert function is torch.cat, function
        parts, axis = args[0], (kwargs or {})["dim"]
        shape = torch.cat([part._meta() for part in parts], dim=axis).shape
        return parts[0]._with(["cat", axis, *(part.steps for part in parts)], shape)

    def contiguous(self):
        """A tensor that takes the weight's place in a network, and is known again in its file."""
        return self.recorder.place(self)


class Recorder:
    """Hands out recipes, and finds them again in what a network was written to."""

    def __init__(self):
        self.weights = {}  # Shapes by the checkpoint's keys.
        self._placed = []

    def take(self, keys, shape, dtype):
        """@param keys the names that the weight may have, the one that it has here first."""
        self.weights[keys[0]] = list(shape)
        return Recipe(self, ["take", *keys], shape, dtype)

    def run(self, network, module, arguments, shape):
        return Recipe(self, ["run", network, module, arguments], shape, torch.float32)

    def place(self, recipe):
        """Zeros behind a number in the first two bytes."""
        self._placed.append(recipe)
        tensor = torch.zeros(recipe.shape, dtype=recipe.dtype)
        tensor.view(-1)[:1].view(torch.int16)[0] = len(self._placed)
        return tensor

    def find(self, record):
        """The recipe that belongs to the bytes of a tensor, or None for one with values."""
        number = int.from_bytes(record[:2], "little")
        if not 0 < number <= len(self._placed):
            return None
        recipe = self._placed[number - 1]
        size = recipe.shape.numel() * recipe.dtype.itemsize
        return None if len(record) != size or any(record[2:66]) else recipe
