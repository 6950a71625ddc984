"""JAX's side, jitted, on the processor."""

import importlib.util
import os

import jax
import jax.numpy as jnp

spec = importlib.util.spec_from_file_location("data", os.path.join(os.path.dirname(__file__), "data.py"))
data = importlib.util.module_from_spec(spec)
spec.loader.exec_module(data)
INNER = 10_000


def array(shape, seed, scale=1.0):
    return jnp.asarray(data.array(shape, seed, scale))


def training(step, state):
    """A step that is given its own result, in place of the old one."""
    run = jax.jit(step, donate_argnums=0)

    def once():
        nonlocal state
        state = jax.block_until_ready(run(state))

    return data.measure(once)


def calls(f, *args):
    run = jax.jit(f)
    return data.measure(lambda: jax.block_until_ready(run(*args)))


def scalar():
    slope = jax.grad(lambda w: (w - 3) ** 2)
    run = jax.jit(lambda w: jax.lax.fori_loop(0, INNER, lambda _, w: w - 0.1 * slope(w), w))
    return data.measure(lambda: jax.block_until_ready(run(0.0)), per=INNER)


def rosenbrock(n):
    def run():
        slope = jax.grad(lambda x: jnp.sum((1 - x[:-1]) ** 2 + 100 * (x[1:] - x[:-1] ** 2) ** 2))

        def step(t, state):
            x, m, v = state
            g = slope(x)
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
            p = t + 1.0
            return x - 0.01 * (m / (1 - 0.9**p)) / (jnp.sqrt(v / (1 - 0.999**p)) + 1e-8), m, v

        # the other sides compute in float64 here
        with jax.enable_x64(True):
            start = (jnp.full(n, -1.0), jnp.zeros(n), jnp.zeros(n))
            many = jax.jit(lambda s: jax.lax.fori_loop(0, INNER, step, s))
            return data.measure(lambda: jax.block_until_ready(many(start)), per=INNER)

    return run


def regression():
    x, y = array((10000, 100), 1), array((10000,), 2)
    slope = jax.grad(lambda w: jnp.mean((x @ w - y) ** 2))
    return training(lambda w: w - 0.01 * slope(w), array((100,), 3, 0.1))


def mlp(sizes, batch):
    def run():
        x, y = array((batch, sizes[0]), 1), jnp.asarray(data.one_hot(batch, sizes[-1]))
        parameters = [
            (array((m, n), i + 2, m**-0.5), array((n,), i + 9, 0.1)) for i, (m, n) in enumerate(zip(sizes, sizes[1:]))
        ]

        def loss(parameters):
            h = x
            for i, (w, b) in enumerate(parameters):
                h = h @ w + b
                if i + 1 < len(parameters):
                    h = jax.nn.relu(h)
            return -jnp.sum(y * jax.nn.log_softmax(h)) / batch

        slope = jax.grad(loss)
        return training(lambda p: jax.tree.map(lambda a, g: a - 0.1 * g, p, slope(p)), parameters)

    return run


def matmul(n):
    return lambda: calls(jnp.matmul, array((n, n), 1), array((n, n), 2))


def logistic():
    x, w = array((1000, 50), 1), array((50,), 3, 0.1)
    y = (jnp.arange(1000) % 2).astype(jnp.float32)
    return w, lambda w: jnp.mean(jax.nn.softplus(x @ w) - y * (x @ w))


def hessian():
    w, loss = logistic()
    return calls(jax.hessian(loss), w)


def hvp():
    w, loss = logistic()
    return calls(lambda w, v: jax.jvp(jax.grad(loss), (w,), (v,))[1], w, array((50,), 4))


def transformer():
    d, heads, length, batch = 128, 4, 64, 8
    x = array((batch, length, d), 1)
    shapes = [(d, 3 * d), (d, d), (d, 4 * d), (4 * d, d)]
    parameters = [array(s, i + 2, s[0] ** -0.5) for i, s in enumerate(shapes)]

    def normalized(x):
        c = x - x.mean(-1, keepdims=True)
        return c * jax.lax.rsqrt((c**2).mean(-1, keepdims=True) + 1e-5)

    def loss(parameters):
        qkv, out, up, down = parameters
        parts = jnp.split(normalized(x) @ qkv, 3, -1)
        q, k, v = (t.reshape(batch, length, heads, d // heads).transpose(0, 2, 1, 3) for t in parts)
        scores = jax.nn.softmax(q @ k.swapaxes(-1, -2) * (d // heads) ** -0.5)
        h = x + (scores @ v).transpose(0, 2, 1, 3).reshape(batch, length, d) @ out
        y = h + jax.nn.relu(normalized(h) @ up) @ down
        return jnp.mean(y**2)

    slope = jax.grad(loss)
    return training(lambda p: [a - 0.1 * g for a, g in zip(p, slope(p))], parameters)


def eight(x):
    return jnp.maximum(jnp.abs((x * 2 + 1) * 0.5 - 3) * 0.25 - 0.1, 0)


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
        "chain of 8 on 10⁷": lambda: training(eight, array((10_000_000,), 1)),
        "chain of 8 on 10⁷, a new array": lambda: calls(eight, array((10_000_000,), 1)),
        "call of a compiled scalar function": lambda: calls(lambda x: jnp.sin(x) * x, jnp.float32(0.5)),
    }
)
