"""Whatever the export does not understand is refused by name."""

import json
import unittest

import torch

from fixtures import TEXT, UNET, VAE, CheckpointTest
from rollingdepth_export.checkpoint import Networks
from rollingdepth_export.config import ExportError

# file, key, value
CONFIGS = [
    ("unet/config.json", "_class_name", "UNet3DConditionModel"),
    ("unet/config.json", "num_attention_heads", 8),
    ("unet/config.json", "attention_head_dim", [2, 4]),
    ("unet/config.json", "attention_head_dim", 3),
    ("unet/config.json", "attention_head_dim", True),
    ("unet/config.json", "down_block_types", ["DownBlock2D"] * 3 + ["AttnDownBlock2D"]),
    ("unet/config.json", "up_block_types", ["UpBlock2D"] * 3),
    ("unet/config.json", "mid_block_type", None),
    ("unet/config.json", "class_embed_type", "timestep"),
    ("unet/config.json", "addition_embed_type", "text_time"),
    ("unet/config.json", "time_embedding_type", "fourier"),
    ("unet/config.json", "resnet_time_scale_shift", "scale_shift"),
    ("unet/config.json", "act_fn", "mish"),
    ("unet/config.json", "only_cross_attention", True),
    ("unet/config.json", "dual_cross_attention", True),
    ("unet/config.json", "cross_attention_dim", [24, 24, 24, 24]),
    ("unet/config.json", "layers_per_block", [1, 2, 2, 2]),
    ("unet/config.json", "norm_num_groups", 5),
    ("unet/config.json", "use_linear_projection", 1),
    ("unet/config.json", "a_setting_of_tomorrow", 1),
    ("vae/config.json", "_class_name", "AutoencoderTiny"),
    ("vae/config.json", "down_block_types",
     ["DownEncoderBlock2D"] * 3 + ["AttnDownEncoderBlock2D"]),
    ("vae/config.json", "block_out_channels", [8, 16, 16]),
    ("vae/config.json", "shift_factor", 0.1),
    ("vae/config.json", "latents_mean", [0.0]),
    ("vae/config.json", "mid_block_add_attention", False),
    ("vae/config.json", "scaling_factor", -1),
    ("vae/config.json", "a_setting_of_tomorrow", 1),
    ("text_encoder/config.json", "hidden_act", "relu"),
    ("text_encoder/config.json", "architectures", ["CLIPTextModelWithProjection"]),
    ("text_encoder/config.json", "model_type", "t5"),
    ("text_encoder/config.json", "num_attention_heads", 7),
    ("text_encoder/config.json", "a_setting_of_tomorrow", 1),
    ("scheduler/scheduler_config.json", "_class_name", "PNDMScheduler"),
    ("scheduler/scheduler_config.json", "thresholding", True),
    ("scheduler/scheduler_config.json", "trained_betas", [0.1]),
    ("scheduler/scheduler_config.json", "beta_schedule", "sigmoid"),
    ("scheduler/scheduler_config.json", "prediction_type", "flow"),
    ("scheduler/scheduler_config.json", "timestep_spacing", "karras"),
    ("scheduler/scheduler_config.json", "rescale_betas_zero_snr", True),
    ("scheduler/scheduler_config.json", "beta_end", 2.0),
    ("scheduler/scheduler_config.json", "num_train_timesteps", 0),
    ("scheduler/scheduler_config.json", "a_setting_of_tomorrow", 1),
]


class RefusalTest(CheckpointTest):
    def assert_refused(self, *words):
        with self.assertRaises(ExportError) as caught:
            Networks(self.checkpoint)
        message = str(caught.exception)
        for word in words:
            self.assertIn(str(word), message)
        self.assertNotIn("\n", message)

    def test_configuration_that_is_not_understood(self):
        for file, key, value in CONFIGS:
            with self.subTest(file=file, key=key, value=value):
                intact = (self.checkpoint / file).read_text()
                self.edit_config(file, **{key: value})
                self.assert_refused(self.checkpoint / file, f"{key} = {json.dumps(value)}",
                                    "not supported")
                (self.checkpoint / file).write_text(intact)

    def test_key_that_must_be_there(self):
        self.edit_config("unet/config.json", block_out_channels=...)
        self.assert_refused("block_out_channels = (not set)")

    def test_unknown_key_without_a_value_passes(self):
        self.edit_config("unet/config.json", a_setting_of_tomorrow=None)
        Networks(self.checkpoint)

    def test_networks_that_do_not_fit_each_other(self):
        self.edit_config("unet/config.json", in_channels=4)
        self.assert_refused("in_channels = 4", "8 is needed")

    def test_config_that_is_missing_or_broken(self):
        path = self.checkpoint / "vae" / "config.json"
        for text in ["{", "[]"]:
            path.write_text(text)
            self.assert_refused(path)
        path.unlink()
        self.assert_refused(path, "no such file")

    def test_vocabulary_without_the_two_tokens(self):
        path = self.checkpoint / "tokenizer" / "vocab.json"
        path.write_text('{"<|startoftext|>": 512, "<|endoftext|>": 514}')
        self.assert_refused(path, "<|endoftext|> = 514")
        path.unlink()
        self.assert_refused(path, "no such file")

    def test_missing_weight(self):
        def drop(weights):
            del weights["mid_block.resnets.0.conv1.weight"]
            return weights

        self.edit_weights(UNET, drop)
        self.assert_refused(self.checkpoint / "unet",
                            "1 missing: mid_block.resnets.0.conv1.weight")

    def test_unexpected_weight(self):
        for file, key in [(UNET, "add_embedding.linear_1.weight"), (VAE, "encoder.extra"),
                          (VAE, "loss.logvar"), (TEXT, "text_projection.weight")]:
            with self.subTest(file=file, key=key):
                self.edit_weights(file, lambda weights: {**weights, key: torch.zeros(1)})
                self.assert_refused((self.checkpoint / file).parent, f"1 unexpected: {key}")
                self.edit_weights(file, lambda weights: {name: tensor for name, tensor
                                                         in weights.items() if name != key})

    def test_weight_of_another_shape(self):
        self.edit_weights(VAE, lambda weights: {**weights, "quant_conv.bias": torch.zeros(7)})
        self.assert_refused("quant_conv.bias has shape [7]", "[8]")

    def test_weight_that_is_not_finite(self):
        self.edit_weights(UNET, lambda weights: {
            **weights, "conv_in.bias": torch.full_like(weights["conv_in.bias"], float("nan"))})
        self.assert_refused("conv_in.bias", "NaN")

    def test_weight_that_is_not_a_plain_float(self):
        for dtype, name in [(torch.int8, "I8"), (torch.float64, "F64")]:
            self.edit_weights(UNET, lambda weights: {
                **weights, "conv_in.bias": weights["conv_in.bias"].to(dtype)})
            self.assert_refused("conv_in.bias is stored as " + name)

    def test_weight_too_large_for_float16(self):
        self.edit_weights(VAE, lambda weights: {
            **weights, "quant_conv.bias": torch.full([8], 1e6)})
        with self.assertRaisesRegex(ExportError, "quant_conv.bias is too large for float16"):
            Networks(self.checkpoint, torch.float16)

    def test_weights_file_that_is_missing_or_broken(self):
        path = self.checkpoint / UNET
        path.write_bytes(path.read_bytes()[:1000])
        self.assert_refused(path, "cannot be read as safetensors")
        path.rename(path.with_name("diffusion_pytorch_model.bin"))
        self.assert_refused(path.parent, "convert them to safetensors")

    def test_index_that_leads_elsewhere_or_promises_too_much(self):
        index = self.shard(UNET)
        intact = index.read_text()
        content = json.loads(intact)
        content["weight_map"]["conv_in.bias"] = "../vae/diffusion_pytorch_model.safetensors"
        index.write_text(json.dumps(content))
        self.assert_refused(index, "../vae/")
        content = json.loads(intact)
        content["weight_map"]["not.there"] = content["weight_map"]["conv_in.bias"]
        index.write_text(json.dumps(content))
        self.assert_refused("not.there")
        index.write_text("{}")
        self.assert_refused(index, "not an index")


if __name__ == "__main__":
    unittest.main()
