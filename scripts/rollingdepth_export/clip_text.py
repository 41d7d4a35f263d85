"""CLIP's text encoder, run once over the empty prompt: its output is a constant of the UNet."""

import json
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .config import Config, ExportError

IGNORED_WEIGHTS = {"text_model.embeddings.position_ids"}
EMPTY_PROMPT = ("<|startoftext|>", "<|endoftext|>")


class ClipTextConfig:
    """What text_encoder/config.json says; anything else that it might say is refused."""

    def __init__(self, path):
        config = Config(path)
        config.accept("architectures", [["CLIPTextModel"], None], None)
        config.accept("model_type", ["clip_text_model"], "clip_text_model")
        self.hidden_size = config.integer("hidden_size", 512)
        self.intermediate_size = config.integer("intermediate_size", 2048)
        self.layers = config.integer("num_hidden_layers", 12)
        self.heads = config.integer("num_attention_heads", 8)
        self.positions = config.integer("max_position_embeddings", 77, least=2)
        self.vocabulary = config.integer("vocab_size", 49408)
        self.activation = config.one_of("hidden_act", ["gelu", "quick_gelu"], "quick_gelu")
        self.eps = config.number("layer_norm_eps", 1e-5)
        if self.hidden_size % self.heads:
            config.refuse("num_attention_heads", f"{self.hidden_size} channels cannot be split so")
        # Of training, of the tokenizer, or of the projection, which the UNet does not read.
        config.harmless("_name_or_path", "attention_dropout", "dropout", "bos_token_id",
                        "eos_token_id", "pad_token_id", "initializer_factor", "initializer_range",
                        "projection_dim", "torch_dtype", "dtype", "transformers_version")
        config.finish()


class Linear(nn.Linear):
    """In float64: the result, rounded to float32, is then the same on every processor, and so is
    the package. A layer's weights are widened for its call only."""

    def forward(self, x: Tensor) -> Tensor:
        bias = self.bias
        assert bias is not None
        return F.linear(x, self.weight.double(), bias.double())


class LayerNorm(nn.LayerNorm):
    """In float64."""

    def forward(self, x: Tensor) -> Tensor:
        return F.layer_norm(x, self.normalized_shape, self.weight.double(), self.bias.double(),
                            self.eps)


class SelfAttention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.q_proj = Linear(width, width)
        self.k_proj = Linear(width, width)
        self.v_proj = Linear(width, width)
        self.out_proj = Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        q = self.q_proj(x).unflatten(-1, [self.heads, -1]).transpose(1, 2)
        k = self.k_proj(x).unflatten(-1, [self.heads, -1]).transpose(1, 2)
        v = self.v_proj(x).unflatten(-1, [self.heads, -1]).transpose(1, 2)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.out_proj(y.transpose(1, 2).flatten(2))


class Mlp(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.quick = config.activation == "quick_gelu"
        self.fc1 = Linear(config.hidden_size, config.intermediate_size)
        self.fc2 = Linear(config.intermediate_size, config.hidden_size)

    def forward(self, x: Tensor) -> Tensor:
        y = self.fc1(x)
        return self.fc2(y * torch.sigmoid(1.702 * y) if self.quick else F.gelu(y))


class Layer(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.layer_norm1 = LayerNorm(config.hidden_size, eps=config.eps)
        self.self_attn = SelfAttention(config.hidden_size, config.heads)
        self.layer_norm2 = LayerNorm(config.hidden_size, eps=config.eps)
        self.mlp = Mlp(config)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.self_attn(self.layer_norm1(x))
        return x + self.mlp(self.layer_norm2(x))


class ClipText(nn.Module):
    """tokens int64 [B, T] -> float64 [B, T, D], the last hidden state after the final norm."""

    def __init__(self, config: ClipTextConfig):
        super().__init__()
        self.text_model = nn.Module()
        self.text_model.embeddings = nn.Module()
        self.text_model.embeddings.token_embedding = nn.Embedding(
            config.vocabulary, config.hidden_size)
        self.text_model.embeddings.position_embedding = nn.Embedding(
            config.positions, config.hidden_size)
        self.text_model.encoder = nn.Module()
        self.text_model.encoder.layers = nn.ModuleList(
            [Layer(config) for _ in range(config.layers)])
        self.text_model.final_layer_norm = LayerNorm(config.hidden_size, eps=config.eps)

    def forward(self, tokens: Tensor) -> Tensor:
        positions = torch.arange(tokens.shape[1])
        embeddings = self.text_model.embeddings
        tokens, positions = (embeddings.token_embedding(tokens),
                             embeddings.position_embedding(positions))
        x = (tokens.float() + positions.float()).double()
        for layer in self.text_model.encoder.layers:
            x = layer(x)
        return self.text_model.final_layer_norm(x)


def empty_prompt_tokens(tokenizer_folder, vocabulary_size):
    """int64 [1, 2]: the start and the end token, all that CLIP makes of an empty prompt."""
    path = Path(tokenizer_folder) / "vocab.json"
    try:
        vocabulary = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ExportError(f"{path}: no such file; the start and end tokens are looked up in it"
                          ) from None
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ExportError(f"{path}: cannot be read as JSON: {error}") from None
    tokens = []
    for word in EMPTY_PROMPT:
        number = vocabulary.get(word) if isinstance(vocabulary, dict) else None
        if not isinstance(number, int) or not 0 <= number < vocabulary_size:
            raise ExportError(f"{path}: {word} = {json.dumps(number)} is not a token of a "
                              f"vocabulary of {vocabulary_size}")
        tokens.append(number)
    return torch.tensor([tokens], dtype=torch.int64)
