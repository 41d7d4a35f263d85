"""Reads a checkpoint in the diffusers folder layout into our modules."""

import json
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open

from . import vae
from .clip_text import IGNORED_WEIGHTS, ClipText, ClipTextConfig, empty_prompt_tokens
from .config import ExportError
from .layers import on_meta
from .scheduler import read_scheduler
from .unet import UNet, UNetConfig

_STORED = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
_SHOWN_NAMES = 5


class Weights:
    """The weights of one network: a safetensors file, or several with an index."""

    def __init__(self, folder, stem):
        self.folder = Path(folder)
        self._files = {}  # key -> open file
        for path in self._locate(stem):
            try:
                opened = safe_open(str(path), framework="pt", device="cpu")
            except (OSError, SafetensorError) as error:
                raise ExportError(f"{path}: cannot be read as safetensors: {error}") from None
            for key in opened.keys():
                if key in self._files:
                    raise ExportError(f"{path}: weight {key} is in another file of the same "
                                      "network too")
                self._files[key] = opened
        self._check_index()

    def _locate(self, stem):
        self._index = None
        for variant in ["", ".fp16"]:
            single = self.folder / f"{stem}{variant}.safetensors"
            if single.is_file():
                return [single]
            index = self.folder / f"{stem}.safetensors.index{variant}.json"
            if index.is_file():
                return self._read_index(index)
        hint = ""
        if self.folder.is_dir() and any(self.folder.glob("*.bin")):
            hint = " (.bin files can run code when they are read; convert them to safetensors)"
        raise ExportError(f"{self.folder}: neither {stem}.safetensors nor "
                          f"{stem}.safetensors.index.json is there{hint}")

    def _read_index(self, path):
        try:
            self._index = json.loads(path.read_text(encoding="utf-8"))["weight_map"]
            names = sorted(set(self._index.values()))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ExportError(f"{path}: not an index of safetensors files: {error!r}") from None
        for name in names:
            # A path in a downloaded file must not lead out of the checkpoint.
            if not isinstance(name, str) or Path(name).name != name:
                raise ExportError(f"{path}: {name!r} is not the name of a file beside it")
        return [self.folder / name for name in names]

    def _check_index(self):
        if self._index is not None:
            missing = sorted(set(self._index) - set(self._files))
            if missing:
                raise ExportError(f"{self.folder}: the index names weights that no file holds: "
                                  + _shorten(missing))

    def keys(self):
        return self._files.keys()

    def stored_dtypes(self):
        """The dtypes of all weights. @throws ExportError for one that is not a plain float."""
        found = set()
        for key, opened in self._files.items():
            if key in IGNORED_WEIGHTS:
                continue
            name = opened.get_slice(key).get_dtype()
            if name not in _STORED:
                raise ExportError(f"{self.folder}: weight {key} is stored as {name}; known here: "
                                  + ", ".join(_STORED))
            found.add(_STORED[name])
        return found

    def read(self, key, dtype):
        """One weight, converted; the file is mapped, so nothing is copied where dtypes agree."""
        try:
            stored = self._files[key].get_tensor(key)
        except (OSError, SafetensorError) as error:
            raise ExportError(f"{self.folder}: weight {key} cannot be read: {error}") from None
        if not torch.isfinite(stored).all():
            raise ExportError(f"{self.folder}: weight {key} holds infinities or NaN")
        tensor = stored.to(dtype)
        if tensor is not stored and not torch.isfinite(tensor).all():
            raise ExportError(f"{self.folder}: weight {key} is too large for {_name(dtype)}; "
                              "export with --dtype fp32")
        return tensor


def fill(module, weights, keys, dtype, rename=lambda key: key, keep=()):
    """Puts the weights named by `keys` in place of the module's empty ones.

    `keep` names the module's own entries that the checkpoint does not hold.
    @throws ExportError naming missing and unexpected weights and those of another shape.
    """
    wanted = {name: tensor.shape for name, tensor in module.state_dict().items()
              if name not in keep}
    source = {rename(key): key for key in keys}
    missing = sorted(set(wanted) - set(source))
    unexpected = sorted(source[name] for name in set(source) - set(wanted))
    if missing or unexpected:
        parts = [f"{len(names)} {what}: {_shorten(names)}" for names, what in
                 [(missing, "missing"), (unexpected, "unexpected")] if names]
        raise ExportError(f"{weights.folder}: the weights do not fit config.json; "
                          + "; ".join(parts))
    state = {}
    for name, shape in wanted.items():
        tensor = weights.read(source[name], dtype)
        if tensor.dim() == 4 and tensor.shape == shape + (1, 1):
            tensor = tensor[:, :, 0, 0]  # Old checkpoints hold 1x1 convolutions for linear layers.
        if tensor.shape != shape:
            raise ExportError(f"{weights.folder}: weight {source[name]} has shape "
                              f"{list(tensor.shape)}, config.json asks for {list(shape)}")
        state[name] = tensor.contiguous()
    module.load_state_dict(state, strict=False, assign=True)
    return module.requires_grad_(False)


class Networks:
    """The three networks of a checkpoint, eager, with all that model.json needs to know."""

    def __init__(self, folder, dtype=None, weights=Weights, empty_prompt=None):
        """`dtype` None keeps the stored one: float16 where UNet and VAE are float16 throughout,
        else float32. `weights` opens those of a part, `empty_prompt` runs the text encoder."""
        folder = Path(folder)
        if not folder.is_dir():
            raise ExportError(f"{folder}: no such folder")
        self.scheduler = read_scheduler(folder / "scheduler" / "scheduler_config.json")
        unet_config = UNetConfig(folder / "unet" / "config.json")
        vae_config = vae.VaeConfig(folder / "vae" / "config.json")
        text_config = ClipTextConfig(folder / "text_encoder" / "config.json")
        _check_fit(folder, unet_config, vae_config, text_config)
        self.latent_channels = vae_config.latent_channels
        self.latent_scale = vae_config.scaling_factor
        self.downscale = 8

        unet_weights = weights(folder / "unet", "diffusion_pytorch_model")
        vae_weights = weights(folder / "vae", "diffusion_pytorch_model")
        text_weights = weights(folder / "text_encoder", "model")
        text_weights.stored_dtypes()  # Only to refuse what cannot be read.
        stored = unet_weights.stored_dtypes() | vae_weights.stored_dtypes()
        self.dtype = dtype or (torch.float16 if stored == {torch.float16} else torch.float32)

        self.empty_prompt = (empty_prompt or encode_empty_prompt)(folder, text_config, text_weights)
        self.unet = on_meta(lambda: UNet(unet_config))
        fill(self.unet, unet_weights, unet_weights.keys(), self.dtype, keep=("empty_prompt",))
        self.unet.empty_prompt = self.empty_prompt.to(self.dtype).contiguous()
        self.encoder, self.decoder = _read_vae(vae_config, vae_weights, self.dtype)

    @property
    def by_name(self):
        return {"encoder": self.encoder, "unet": self.unet, "decoder": self.decoder}


def _read_vae(config, weights, dtype):
    def part(*prefixes):
        return [key for key in weights.keys() if key.startswith(prefixes)]

    encoder_keys = part("encoder.", "quant_conv.")
    decoder_keys = part("decoder.", "post_quant_conv.")
    strangers = sorted(set(weights.keys()) - set(encoder_keys) - set(decoder_keys))
    if strangers:
        raise ExportError(f"{weights.folder}: {len(strangers)} unexpected: {_shorten(strangers)}")
    encoder = fill(on_meta(lambda: vae.Encoder(config)), weights, encoder_keys, dtype,
                   vae.module_key)
    decoder = fill(on_meta(lambda: vae.Decoder(config)), weights, decoder_keys, dtype,
                   vae.module_key)
    return encoder, decoder


def read_text_encoder(config, weights, dtype):
    keys = [key for key in weights.keys() if key not in IGNORED_WEIGHTS]
    return fill(on_meta(lambda: ClipText(config)), weights, keys, dtype)


def encode_empty_prompt(folder, config, weights):
    """float32 [1, 2, D]."""
    tokens = empty_prompt_tokens(folder / "tokenizer", config.vocabulary)
    text_encoder = read_text_encoder(config, weights, torch.float32)
    with torch.inference_mode():
        embedding = text_encoder(tokens).to(torch.float32)
    return embedding.clone()


def _check_fit(folder, unet, vae_config, text):
    latent = vae_config.latent_channels
    for what, value, needed in [
            ("unet/config.json: in_channels", unet.in_channels, 2 * latent),
            ("unet/config.json: out_channels", unet.out_channels, latent),
            ("unet/config.json: cross_attention_dim", unet.context_width, text.hidden_size)]:
        if value != needed:
            raise ExportError(f"{folder}/{what} = {value} does not fit the other networks: "
                              f"{needed} is needed")


def _shorten(names):
    rest = len(names) - _SHOWN_NAMES
    return ", ".join(names[:_SHOWN_NAMES]) + (f" and {rest} more" if rest > 0 else "")


def _name(dtype):
    return str(dtype).replace("torch.", "")
