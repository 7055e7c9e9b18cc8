"""Makes gpt.json: what PyTorch gives for a small model of ours, in double precision.

    python make.py > gpt.json

The model is nanoGPT's with bias=False and the tanh form of GELU, written out. The file has the parameters under nanoGPT's
names, inputs, targets, logits, the mean loss, every gradient, and the losses before each of ten steps of torch.optim.AdamW
with a limit of 1 on the gradient's norm. The context is longer than a strip of our attention, so that its borders are met.
"""

import json

import torch
import torch.nn.functional as F

V, T, D, LAYERS, HEADS, BATCH = 11, 40, 8, 2, 2, 2
# Our base width over this one: what matrices and the last gain learn faster by, and decay slower per unit of their rate.
NARROWING = 64 / D
RATE, DECAY = 0.003, 0.1

torch.manual_seed(7)
torch.set_default_dtype(torch.float64)


def parameters():
    p = {"transformer.wte.weight": torch.randn(V, D) * 0.3, "transformer.wpe.weight": torch.randn(T, D) * 0.3}
    for i in range(LAYERS):
        h = f"transformer.h.{i}."
        p[h + "ln_1.weight"] = 1 + 0.2 * torch.randn(D)
        p[h + "attn.c_attn.weight"] = torch.randn(3 * D, D) * 0.4
        p[h + "attn.c_proj.weight"] = torch.randn(D, D) * 0.4
        p[h + "ln_2.weight"] = 1 + 0.2 * torch.randn(D)
        p[h + "mlp.c_fc.weight"] = torch.randn(4 * D, D) * 0.4
        p[h + "mlp.c_proj.weight"] = torch.randn(D, 4 * D) * 0.4
    p["transformer.ln_f.weight"] = 1 + 0.2 * torch.randn(D)
    return {name: tensor.requires_grad_() for name, tensor in p.items()}


def logits_of(p, tokens):
    x = p["transformer.wte.weight"][tokens] + p["transformer.wpe.weight"]
    for i in range(LAYERS):
        h = f"transformer.h.{i}."
        y = F.layer_norm(x, (D,), p[h + "ln_1.weight"])
        q, k, v = F.linear(y, p[h + "attn.c_attn.weight"]).split(D, 2)
        q, k, v = (z.view(BATCH, T, HEADS, D // HEADS).transpose(1, 2) for z in (q, k, v))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(BATCH, T, D)
        x = x + F.linear(y, p[h + "attn.c_proj.weight"])
        y = F.layer_norm(x, (D,), p[h + "ln_2.weight"])
        y = F.gelu(F.linear(y, p[h + "mlp.c_fc.weight"]), approximate="tanh")
        x = x + F.linear(y, p[h + "mlp.c_proj.weight"])
    return F.layer_norm(x, (D,), p["transformer.ln_f.weight"]) @ p["transformer.wte.weight"].T


def flat(tensor):
    return [round(x, 17) for x in tensor.detach().flatten().tolist()]


p = parameters()
inputs, targets = torch.randint(0, V, (2, BATCH, T))
out = {
    "versions": {"torch": torch.__version__},
    "shape": {"vocab": V, "context": T, "width": D, "layers": LAYERS, "heads": HEADS},
    "parameters": {name: flat(tensor) for name, tensor in p.items()},
    "inputs": inputs.flatten().tolist(),
    "targets": targets.flatten().tolist(),
}
logits = logits_of(p, inputs)
loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten())
loss.backward()
out["logits"], out["loss"] = flat(logits), loss.item()
out["gradients"] = {name: flat(tensor.grad) for name, tensor in p.items()}

matrices = [t for name, t in p.items() if ".c_" in name]
final = [p["transformer.ln_f.weight"]]
others = [t for name, t in p.items() if ".c_" not in name and "ln_f" not in name]
optimiser = torch.optim.AdamW(
    [
        {"params": matrices, "lr": RATE * NARROWING, "weight_decay": DECAY / NARROWING},
        {"params": final, "lr": RATE * NARROWING, "weight_decay": 0},
        {"params": others, "lr": RATE, "weight_decay": 0},
    ],
    betas=(0.9, 0.99),
    eps=1e-8,
)
out["learning_rate"], out["weight_decay"], out["losses"], out["norms"] = RATE, DECAY, [], []
for _ in range(10):
    optimiser.zero_grad()
    loss = F.cross_entropy(logits_of(p, inputs).flatten(0, 1), targets.flatten())
    loss.backward()
    out["losses"].append(loss.item())
    out["norms"].append(torch.nn.utils.clip_grad_norm_(p.values(), 1.0).item())
    optimiser.step()
print(json.dumps(out, separators=(",", ":")))
