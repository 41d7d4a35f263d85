"""What the networks promise beyond the recorded cases."""

import unittest

import torch
import torch.nn.functional as F

from fixtures import DATA, ROOT, CheckpointTest, unet_output
from rollingdepth_export.check import load_network, relative_difference
from rollingdepth_export.checkpoint import Networks
from rollingdepth_export.layers import Attention, Upsample, attend_in_blocks


class SnippetTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.networks = Networks(DATA / "checkpoints" / "b")
        generator = torch.Generator().manual_seed(3)
        cls.sample = torch.randn(6, 8, 6, 9, generator=generator)

    def run_unet(self, sample, views):
        with torch.inference_mode():
            return self.networks.unet(sample, 999, views)

    def test_snippets_of_a_batch_do_not_see_each_other(self):
        together = self.run_unet(self.sample, 3)
        apart = torch.cat([self.run_unet(half, 3) for half in self.sample.split(3)])
        self.assertLess(relative_difference(together, apart), 1e-5)

    def test_frames_of_a_snippet_see_each_other(self):
        together = self.run_unet(self.sample, 2)
        apart = self.run_unet(self.sample, 1)
        self.assertGreater(relative_difference(together, apart), 1e-3)

    def test_order_of_frames_in_a_snippet_does_not_matter(self):
        turned = self.run_unet(self.sample[[2, 1, 0]], 3)[[2, 1, 0]]
        self.assertLess(relative_difference(turned, self.run_unet(self.sample[:3], 3)), 1e-5)

    def test_timestep_matters(self):
        with torch.inference_mode():
            early = self.networks.unet(self.sample, 1, 3)
        self.assertGreater(relative_difference(early, self.run_unet(self.sample, 3)), 1e-3)


class PrepareTest(unittest.TestCase):
    """What prepare() sums beforehand changes the order of sums and nothing else."""

    # 6x8 cells double at every level; 5x9 do not, and take the way without sums.
    def test_prepared_networks_give_the_same(self):
        generator = torch.Generator().manual_seed(5)
        for folder in [DATA / "models" / "a", DATA / "models" / "b"]:
            for height, width in [(6, 8), (5, 9)]:
                inputs = {"unet": (torch.randn(6, 8, height, width, generator=generator), 999, 3),
                          "decoder": (torch.randn(2, 4, height, width, generator=generator),)}
                for name, arguments in inputs.items():
                    with self.subTest(folder=folder.name, network=name, height=height), \
                            torch.inference_mode():
                        network = load_network(folder, name)
                        expected = network(*arguments)
                        network.prepare()
                        self.assertLess(relative_difference(network(*arguments), expected), 1e-5)

    def test_four_small_kernels_give_what_one_gives_on_the_enlarged_picture(self):
        generator = torch.Generator().manual_seed(6)
        upsample = Upsample(3).requires_grad_(False)
        x = torch.randn(2, 3, 4, 5, generator=generator)
        expected = upsample(x, 8, 10)
        upsample.prepare()
        self.assertEqual(tuple(upsample.kernels.shape), (12, 3, 2, 2))
        self.assertLess(relative_difference(upsample(x, 8, 10), expected), 1e-6)


class AttentionTest(unittest.TestCase):
    # 1100 queries make two whole blocks and a part; the keys' mean is larger than their spread.
    # float64 goes the way of bfloat16.
    def test_blocks_give_what_one_kernel_gives(self):
        generator = torch.Generator().manual_seed(7)
        q = torch.randn(2, 1100, 3, 8, generator=generator).transpose(1, 2)
        k = torch.randn(2, 3, 40, 8, generator=generator) + 5
        v = torch.randn(2, 3, 40, 8, generator=generator)
        expected = F.scaled_dot_product_attention(q, k, v)
        for dtype in [torch.float32, torch.float64]:
            got = attend_in_blocks(q.to(dtype), k.to(dtype), v.to(dtype))
            self.assertEqual(got.shape, expected.shape)
            self.assertLess(relative_difference(got.float(), expected), 1e-5)

    def test_blocks_in_bfloat16_are_as_near_as_the_kernel(self):
        torch.manual_seed(8)
        layer = Attention(32, 2, 32, qkv_bias=False).requires_grad_(False)
        layer.to_q.weight *= 6  # Scores of about 3, so that attention picks some keys.
        x = torch.randn(1, 600, 32)
        expected = layer(x, x)
        layer, x = layer.bfloat16(), x.bfloat16()
        blocks = relative_difference(layer(x, x).float(), expected)
        layer.few_keys = 600
        kernel = relative_difference(layer(x, x).float(), expected)
        self.assertNotEqual(blocks, kernel)
        self.assertLess(blocks, 1.5 * kernel)


class ConversionTest(unittest.TestCase):
    """The committed packages, converted when they are loaded."""

    # bfloat16 has 8 bits of mantissa and these weights are random: 5 % of the largest value.
    # float16 has 11: 1 %.
    def test_packages_run_in_half_precision(self):
        generator = torch.Generator().manual_seed(4)
        for folder in [DATA / "models" / "a", DATA / "models" / "b"]:
            inputs = {"encoder": (torch.rand(2, 3, 40, 72, generator=generator) * 2 - 1,),
                      "unet": (torch.randn(6, 8, 5, 9, generator=generator), 999, 3),
                      "decoder": (torch.randn(2, 4, 5, 9, generator=generator),)}
            for name, arguments in inputs.items():
                for dtype, bound in [(torch.bfloat16, 0.05), (torch.float16, 0.01)]:
                    with self.subTest(folder=folder.name, network=name, dtype=dtype), \
                            torch.inference_mode():
                        expected = load_network(folder, name)(*arguments)
                        converted = load_network(folder, name).to(dtype)
                        got = converted(arguments[0].to(dtype), *arguments[1:])
                        depth = name == "decoder"  # Whose steps would show.
                        self.assertEqual(got.dtype, torch.float32 if depth else dtype)
                        self.assertLess(relative_difference(got, expected), bound)


class LayoutTest(CheckpointTest):
    """Other ways to store the same network give the same output."""

    def assert_same_as_before(self, before, bound=1e-6):
        after = Networks(self.checkpoint)
        self.assertLess(relative_difference(unet_output(after), unet_output(before)), bound)
        frame = torch.linspace(-1, 1, 3 * 16 * 24).reshape(1, 3, 16, 24)
        with torch.inference_mode():
            latent = before.encoder(frame)
            self.assertLess(relative_difference(after.encoder(frame), latent), bound)
            self.assertLess(relative_difference(after.decoder(latent), before.decoder(latent)),
                            bound)

    def test_projections_may_be_convolutions(self):
        before = Networks(self.checkpoint)
        self.edit_config("unet/config.json", use_linear_projection=False)
        self.edit_weights("unet/diffusion_pytorch_model.safetensors", lambda weights: {
            key: tensor[:, :, None, None] if key.endswith(("proj_in.weight", "proj_out.weight"))
            else tensor for key, tensor in weights.items()})
        self.assert_same_as_before(before)

    def test_vae_attention_may_have_its_old_names(self):
        before = Networks(self.checkpoint)
        old = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}

        def rename(weights):
            renamed = {}
            for key, tensor in weights.items():
                for new_name, old_name in old.items():
                    if f"attentions.0.{new_name}." in key:
                        key = key.replace(new_name, old_name)
                        if key.endswith("weight"):
                            tensor = tensor[:, :, None, None]
                        break
                renamed[key] = tensor
            return renamed

        self.edit_weights("vae/diffusion_pytorch_model.safetensors", rename)
        self.assert_same_as_before(before)

    def test_weights_may_be_in_several_files(self):
        before = Networks(self.checkpoint)
        for file in ["unet/diffusion_pytorch_model.safetensors",
                     "vae/diffusion_pytorch_model.safetensors",
                     "text_encoder/model.safetensors"]:
            self.shard(file)
        self.assert_same_as_before(before, bound=1e-9)

    def test_a_single_number_of_heads_serves_every_block(self):
        self.edit_config("unet/config.json", attention_head_dim=[4, 4, 4, 4])
        before = Networks(self.checkpoint)
        self.edit_config("unet/config.json", attention_head_dim=4)
        self.assert_same_as_before(before, bound=1e-9)

    def test_number_of_heads_matters(self):
        before = unet_output(Networks(self.checkpoint))
        self.edit_config("unet/config.json", attention_head_dim=8)
        after = unet_output(Networks(self.checkpoint))
        self.assertGreater(relative_difference(after, before), 1e-4)

    def test_activation_of_the_text_encoder_matters(self):
        before = Networks(self.checkpoint).empty_prompt
        self.edit_config("text_encoder/config.json", hidden_act="gelu")
        after = Networks(self.checkpoint).empty_prompt
        self.assertGreater(relative_difference(after, before), 1e-5)

    def test_depth_of_transformers_follows_the_config(self):
        # The second block of each transformer is a copy of the first, so only the keys matter.
        self.edit_config("unet/config.json", transformer_layers_per_block=2)
        self.edit_weights("unet/diffusion_pytorch_model.safetensors", lambda weights: {
            **weights, **{key.replace("transformer_blocks.0", "transformer_blocks.1"):
                          tensor.clone() for key, tensor in weights.items()
                          if "transformer_blocks.0" in key}})
        unet = Networks(self.checkpoint).unet
        self.assertEqual(len(unet.mid_block.attentions[0].transformer_blocks), 2)


if __name__ == "__main__":
    unittest.main()
