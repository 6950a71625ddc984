"""PyTorch's side, eager, as its tutorials write it."""

import importlib.util
import os

import torch

spec = importlib.util.spec_from_file_location("data", os.path.join(os.path.dirname(__file__), "data.py"))
data = importlib.util.module_from_spec(spec)
spec.loader.exec_module(data)
F = torch.nn.functional


def leaf(shape, seed, scale=1.0):
    return torch.from_numpy(data.array(shape, seed, scale)).requires_grad_()


def fixed(shape, seed, scale=1.0):
    return torch.from_numpy(data.array(shape, seed, scale))


def descend(parameters, loss, rate):
    def step():
        gradients = torch.autograd.grad(loss(), parameters)
        with torch.no_grad():
            for p, g in zip(parameters, gradients):
                p -= rate * g

    return step


def scalar():
    w = torch.tensor(0.0, dtype=torch.float64, requires_grad=True)
    return data.measure(descend([w], lambda: (w - 3) ** 2, 0.1))


def rosenbrock(n):
    def run():
        x = torch.full((n,), -1.0, dtype=torch.float64, requires_grad=True)
        adam = torch.optim.Adam([x], lr=0.01)

        def step():
            adam.zero_grad()
            (((1 - x[:-1]) ** 2) + 100 * (x[1:] - x[:-1] ** 2) ** 2).sum().backward()
            adam.step()

        return data.measure(step)

    return run


def regression():
    x, y, w = fixed((10000, 100), 1), fixed((10000,), 2), leaf((100,), 3, 0.1)
    return data.measure(descend([w], lambda: ((x @ w - y) ** 2).mean(), 0.01))


def mlp(sizes, batch):
    def run():
        x, y = fixed((batch, sizes[0]), 1), torch.from_numpy(data.one_hot(batch, sizes[-1]))
        parameters = []
        for i, (m, n) in enumerate(zip(sizes, sizes[1:])):
            parameters += [leaf((m, n), i + 2, m**-0.5), leaf((n,), i + 9, 0.1)]

        def loss():
            h = x
            for i in range(0, len(parameters), 2):
                h = torch.addmm(parameters[i + 1], h, parameters[i])
                if i + 2 < len(parameters):
                    h = F.relu(h)
            return -(y * F.log_softmax(h, -1)).sum() / batch

        return data.measure(descend(parameters, loss, 0.1))

    return run


def matmul(n):
    def run():
        a, b = fixed((n, n), 1), fixed((n, n), 2)
        return data.measure(lambda: a @ b)

    return run


def logistic():
    x, w = fixed((1000, 50), 1), leaf((50,), 3, 0.1)
    y = (torch.arange(1000) % 2).float()
    return x, y, w


def hessian():
    x, y, w = logistic()
    f = torch.func.hessian(lambda w: (F.softplus(x @ w) - y * (x @ w)).mean())
    return data.measure(lambda: f(w))


def hvp():
    x, y, w = logistic()
    v = fixed((50,), 4)

    def run():
        z = x @ w
        (g,) = torch.autograd.grad((F.softplus(z) - y * z).mean(), w, create_graph=True)
        torch.autograd.grad(g, w, v)

    return data.measure(run)


def transformer():
    d, heads, length, batch = 128, 4, 64, 8
    x = fixed((batch, length, d), 1)
    shapes = [(d, 3 * d), (d, d), (d, 4 * d), (4 * d, d)]
    parameters = [leaf(s, i + 2, s[0] ** -0.5) for i, s in enumerate(shapes)]
    qkv, out, up, down = parameters

    def loss():
        q, k, v = (t.reshape(batch, length, heads, d // heads).transpose(1, 2) for t in (F.layer_norm(x, (d,)) @ qkv).chunk(3, -1))
        scores = torch.softmax(q @ k.transpose(-1, -2) * (d // heads) ** -0.5, -1)
        h = x + (scores @ v).transpose(1, 2).reshape(batch, length, d) @ out
        y = h + F.relu(F.layer_norm(h, (d,)) @ up) @ down
        return (y**2).mean()

    return data.measure(descend(parameters, loss, 0.1))


def chain():
    x = fixed((10_000_000,), 1)

    @torch.no_grad()
    def run():
        torch.clamp(torch.abs((x * 2 + 1) * 0.5 - 3) * 0.25 - 0.1, min=0)

    return data.measure(run)


def chain_in_place():
    x = fixed((10_000_000,), 1)

    @torch.no_grad()
    def run():
        x.mul_(2).add_(1).mul_(0.5).sub_(3).abs_().mul_(0.25).sub_(0.1).clamp_(min=0)

    return data.measure(run)


torch.set_num_threads(int(os.environ.get("THREADS", "1")))
data.report(
    {
        "scalar descent, a step": scalar,
        "Rosenbrock with Adam 2-D, a step": rosenbrock(2),
        "Rosenbrock with Adam 100-D, a step": rosenbrock(100),
        "linear regression 10000×100, a step": regression,
        "MLP 64-64-10 batch 32, a step": mlp([64, 64, 10], 32),
        "MLP 784-512-256-10 batch 128, a step": mlp([784, 512, 256, 10], 128),
        **{f"matmul {n}": matmul(n) for n in (64, 128, 256, 512, 1024)},
        "logistic Hessian d=50": hessian,
        "logistic Hessian-vector product d=50": hvp,
        "transformer block, a step": transformer,
        "chain of 8 on 10⁷": chain_in_place,
        "chain of 8 on 10⁷, a new array": chain,
    }
)
