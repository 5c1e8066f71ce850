"""The phantom's network in plain PyTorch, for training: the graph and tensor names of Gemma3ForConditionalGeneration.

Pixels and ids in, hidden states and logits out. `export.py` checks it against Transformers.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn


@dataclass(frozen=True)
class Shape:
    """Sizes. Every sixth of Gemma's layers is global; here every third of six."""

    vocab: int = 2560
    hidden: int = 256
    ff: int = 640
    layers: int = 6
    heads: int = 4
    kv_heads: int = 2
    head_dim: int = 64
    window: int = 256
    pattern: int = 3
    theta_local: float = 1e4
    theta_global: float = 1e6
    factor: float = 8.0
    image: int = 256
    patch: int = 8
    v_hidden: int = 192
    v_ff: int = 768
    v_layers: int = 6
    v_heads: int = 6
    picture_tokens: int = 64

    def is_global(self, layer):
        return (layer + 1) % self.pattern == 0


class RmsNorm(nn.Module):
    """Gemma's: everything in f32, times (1 + weight), then back."""

    def __init__(self, size):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(size))

    def forward(self, x):
        y = x.float()
        y = y * torch.rsqrt(y.pow(2).mean(-1, keepdim=True) + 1e-6)
        return (y * (1.0 + self.weight.float())).to(x.dtype)


class VisionAttention(nn.Module):
    def __init__(self, s):
        super().__init__()
        self.heads = s.v_heads
        for name in ("q_proj", "k_proj", "v_proj", "out_proj"):
            setattr(self, name, nn.Linear(s.v_hidden, s.v_hidden))

    def forward(self, x):
        b, p, c = x.shape
        q, k, v = (f(x).view(b, p, self.heads, -1).transpose(1, 2) for f in (self.q_proj, self.k_proj, self.v_proj))
        return self.out_proj(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, p, c))


class VisionMlp(nn.Module):
    def __init__(self, s):
        super().__init__()
        self.fc1 = nn.Linear(s.v_hidden, s.v_ff)
        self.fc2 = nn.Linear(s.v_ff, s.v_hidden)

    def forward(self, x):
        return self.fc2(F.gelu(self.fc1(x), approximate="tanh"))


class VisionLayer(nn.Module):
    def __init__(self, s):
        super().__init__()
        self.layer_norm1 = nn.LayerNorm(s.v_hidden, eps=1e-6)
        self.self_attn = VisionAttention(s)
        self.layer_norm2 = nn.LayerNorm(s.v_hidden, eps=1e-6)
        self.mlp = VisionMlp(s)

    def forward(self, x):
        x = x + self.self_attn(self.layer_norm1(x))
        return x + self.mlp(self.layer_norm2(x))


class Embeddings(nn.Module):
    def __init__(self, s):
        super().__init__()
        self.patch_embedding = nn.Conv2d(3, s.v_hidden, s.patch, s.patch)
        self.position_embedding = nn.Embedding((s.image // s.patch) ** 2, s.v_hidden)

    def forward(self, pixels):
        x = self.patch_embedding(pixels).flatten(2).transpose(1, 2)
        return x + self.position_embedding.weight.to(x.dtype)


class Encoder(nn.Module):
    def __init__(self, s):
        super().__init__()
        self.layers = nn.ModuleList(VisionLayer(s) for _ in range(s.v_layers))


class VisionTower(nn.Module):
    def __init__(self, s):
        super().__init__()
        self.embeddings = Embeddings(s)
        self.encoder = Encoder(s)
        self.post_layernorm = nn.LayerNorm(s.v_hidden, eps=1e-6)

    def forward(self, pixels):
        x = self.embeddings(pixels)
        for layer in self.encoder.layers:
            x = layer(x)
        return self.post_layernorm(x)


class Projector(nn.Module):
    def __init__(self, s):
        super().__init__()
        self.side = s.image // s.patch
        self.pool = self.side // math.isqrt(s.picture_tokens)
        self.mm_input_projection_weight = nn.Parameter(torch.zeros(s.v_hidden, s.hidden))
        self.mm_soft_emb_norm = RmsNorm(s.v_hidden)

    def forward(self, seen):
        b, _, c = seen.shape
        x = seen.transpose(1, 2).reshape(b, c, self.side, self.side)
        x = F.avg_pool2d(x, self.pool).flatten(2).transpose(1, 2)
        return self.mm_soft_emb_norm(x) @ self.mm_input_projection_weight.to(x.dtype)


def rotate(x, cos, sin):
    a, b = x.chunk(2, -1)
    return x * cos + torch.cat((-b, a), -1) * sin


class Attention(nn.Module):
    def __init__(self, s):
        super().__init__()
        self.s = s
        self.q_proj = nn.Linear(s.hidden, s.heads * s.head_dim, bias=False)
        self.k_proj = nn.Linear(s.hidden, s.kv_heads * s.head_dim, bias=False)
        self.v_proj = nn.Linear(s.hidden, s.kv_heads * s.head_dim, bias=False)
        self.o_proj = nn.Linear(s.heads * s.head_dim, s.hidden, bias=False)
        self.q_norm = RmsNorm(s.head_dim)
        self.k_norm = RmsNorm(s.head_dim)

    def forward(self, x, cos, sin, mask):
        b, t, _ = x.shape
        q = self.q_norm(self.q_proj(x).view(b, t, -1, self.s.head_dim)).transpose(1, 2)
        k = self.k_norm(self.k_proj(x).view(b, t, -1, self.s.head_dim)).transpose(1, 2)
        v = self.v_proj(x).view(b, t, -1, self.s.head_dim).transpose(1, 2)
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        n = self.s.heads // self.s.kv_heads
        k, v = k.repeat_interleave(n, 1), v.repeat_interleave(n, 1)
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, scale=self.s.head_dim**-0.5)
        return self.o_proj(y.transpose(1, 2).reshape(b, t, -1))


class Mlp(nn.Module):
    def __init__(self, s):
        super().__init__()
        self.gate_proj = nn.Linear(s.hidden, s.ff, bias=False)
        self.up_proj = nn.Linear(s.hidden, s.ff, bias=False)
        self.down_proj = nn.Linear(s.ff, s.hidden, bias=False)

    def forward(self, x):
        return self.down_proj(F.gelu(self.gate_proj(x), approximate="tanh") * self.up_proj(x))


class Layer(nn.Module):
    def __init__(self, s):
        super().__init__()
        self.self_attn = Attention(s)
        self.mlp = Mlp(s)
        for name in ("input", "post_attention", "pre_feedforward", "post_feedforward"):
            setattr(self, f"{name}_layernorm", RmsNorm(s.hidden))

    def forward(self, x, cos, sin, mask):
        x = x + self.post_attention_layernorm(self.self_attn(self.input_layernorm(x), cos, sin, mask))
        return x + self.post_feedforward_layernorm(self.mlp(self.pre_feedforward_layernorm(x)))


class TextModel(nn.Module):
    def __init__(self, s):
        super().__init__()
        self.s = s
        self.embed_tokens = nn.Embedding(s.vocab, s.hidden, padding_idx=0)
        self.layers = nn.ModuleList(Layer(s) for _ in range(s.layers))
        self.norm = RmsNorm(s.hidden)

    def tables(self, positions):
        """cos, sin `[b, 1, t, d]` for local and global layers."""
        out = []
        for theta, factor in ((self.s.theta_local, 1.0), (self.s.theta_global, self.s.factor)):
            step = torch.arange(0, self.s.head_dim, 2, device=positions.device).float() / self.s.head_dim
            angle = positions[:, None, :, None].float() * (theta**-step / factor)
            angle = torch.cat((angle, angle), -1)
            out.append((angle.cos().to(torch.bfloat16), angle.sin().to(torch.bfloat16)))
        return out

    def forward(self, x, positions, block):
        local, full = masks(positions, block, self.s.window)
        tables = self.tables(positions)
        for i, layer in enumerate(self.layers):
            far = self.s.is_global(i)
            cos, sin = tables[far]
            x = layer(x, cos.to(x.dtype), sin.to(x.dtype), full if far else local)
        return self.norm(x)


def masks(positions, block, window):
    """Local and global masks `[b, 1, t, t]`: causal, both ways inside a picture (`block` > 0), sliding for local."""
    index = torch.arange(positions.shape[1], device=positions.device)
    causal = index[:, None] >= index[None, :]
    same = (block[:, :, None] == block[:, None, :]) & (block[:, :, None] > 0)
    full = causal[None] | same
    near = positions[:, None, :] > positions[:, :, None] - window
    return (full & near)[:, None], full[:, None]


class Gemma3(nn.Module):
    """`model.*` of the checkpoint."""

    def __init__(self, s):
        super().__init__()
        self.vision_tower = VisionTower(s)
        self.multi_modal_projector = Projector(s)
        self.language_model = TextModel(s)


class Phantom(nn.Module):
    """The whole network; the head is the embedding."""

    def __init__(self, s=Shape()):
        super().__init__()
        self.s = s
        self.model = Gemma3(s)
        self.apply(self._init)
        nn.init.normal_(self.model.multi_modal_projector.mm_input_projection_weight, std=s.v_hidden**-0.5)

    @staticmethod
    def _init(m):
        if isinstance(m, nn.Linear | nn.Conv2d):
            nn.init.normal_(m.weight, std=0.5 * (m.weight[0].numel()) ** -0.5)
            if m.bias is not None:
                nn.init.zeros_(m.bias)
        elif isinstance(m, nn.Embedding):
            nn.init.normal_(m.weight, std=0.04)

    def see(self, grey):
        """Grey u8 `[n, 256, 256]` -> tower output `[n, patches, v_hidden]`."""
        pixels = (grey.float() - 127.5) / 127.5
        return self.model.vision_tower(pixels[:, None].expand(-1, 3, -1, -1).to(memory_format=torch.contiguous_format))

    def hidden(self, ids, rows, place, positions):
        """Decoder states. `rows` `[n * picture_tokens, hidden]`; `place` `[b, t]`: row for a picture's token, -1 elsewhere."""
        text = self.model.language_model
        x = text.embed_tokens(ids) * self.s.hidden**0.5
        is_picture = place >= 0
        x = torch.where(is_picture[..., None], rows[place.clamp(min=0)].to(x.dtype), x)
        block = torch.where(is_picture, place // self.s.picture_tokens + 1, 0)
        return text(x, positions, block)

    def logits(self, hidden):
        return hidden @ self.model.language_model.embed_tokens.weight.to(hidden.dtype).T
