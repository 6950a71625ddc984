"""Fits the polynomials of the vector math kernels and writes coefficients.ts.

    python bench/kernels/fit.py packages/downhill/src/compile/wasm/math/coefficients.ts

Needs mpmath. Each polynomial is the minimax fit of a smooth remainder, by Remez exchange with a weight that turns the
error of the polynomial into a relative error of the function. The degree is the least that meets the target: 2^-28 for
float32 (f32x4), 2^-58 for float64 (f64x2), 2^-38 for float64 code whose result is rounded to float32 (low).
"""

import struct
import sys

from mpmath import (
    asin, atan, bernoulli, cbrt, cos, erf, erfc, exp, floor, log, loggamma, lu_solve, matrix, mp, mpf, nstr, pi,
    sin, sinh, sqrt, tanh,
)

mp.dps = 70


def remez(f, weight, a, b, degree, steps=12):
    """Coefficients p and the weighted error E of the best polynomial for f on [a, b]."""
    n = degree + 2
    a, b = mpf(a), mpf(b)
    size = 40 * n
    grid = [(a + b) / 2 - (b - a) / 2 * cos(pi * k / size) for k in range(size + 1)]
    values = [f(x) for x in grid]
    weights = [weight(x) for x in grid]
    nodes = [round(size * k / (n - 1)) for k in range(n)]
    best = None
    for _ in range(steps):
        rows = matrix(n, n)
        right = matrix(n, 1)
        for r, k in enumerate(nodes):
            u = (grid[k] - a) / (b - a)
            for c in range(degree + 1):
                rows[r, c] = u**c
            rows[r, degree + 1] = (-1) ** r / weights[k]
            right[r] = values[k]
        solved = lu_solve(rows, right)
        p = [solved[c] for c in range(degree + 1)]
        errors = [(values[k] - horner(p, (x - a) / (b - a))) * weights[k] for k, x in enumerate(grid)]
        worst = max(abs(e) for e in errors)
        if best is None or worst < best[1]:
            best = (p, worst)
        if worst < abs(solved[degree + 1]) * mpf("1.01"):
            break
        # One extremum in each run of equal signs; keep n of them in a row, the largest.
        extrema = []
        for k, e in enumerate(errors):
            if extrema and (errors[extrema[-1]] > 0) == (e > 0):
                if abs(e) > abs(errors[extrema[-1]]):
                    extrema[-1] = k
            else:
                extrema.append(k)
        while len(extrema) > n:
            extrema.pop(0 if abs(errors[extrema[0]]) < abs(errors[extrema[-1]]) else -1)
        if len(extrema) < n:
            break
        nodes = extrema
    p, worst = best
    return rescale(p, a, b), worst


def horner(p, x):
    y = mpf(0)
    for c in reversed(p):
        y = y * x + c
    return y


def rescale(p, a, b):
    """Coefficients in x of a polynomial in (x - a) / (b - a)."""
    out = [mpf(0)] * len(p)
    for c in reversed(p):
        nxt = [mpf(0)] * len(p)
        for k in range(len(p)):
            nxt[k] += out[k] * (-a) / (b - a)
            if k + 1 < len(p):
                nxt[k + 1] += out[k] / (b - a)
        nxt[0] += c
        out = nxt
    return out


def fit(f, weight, a, b, bits):
    for degree in range(1, 30):
        p, worst = remez(f, weight, a, b, degree)
        if worst < mpf(2) ** -bits:
            return p, worst
    raise SystemExit("no fit")


def single(x):
    return struct.unpack("f", struct.pack("f", float(x)))[0]


FORMATS = {"f32x4": (28, single), "f64x2": (58, float), "low": (38, float)}
tiny = mpf(10) ** -18


def safe(x):
    return x if abs(x) > tiny else tiny


def odd(g):
    """P of g(x) = x + x^3 P(x^2), as a function of z = x^2, and its weight for a relative error."""

    def f(z):
        x = sqrt(safe(z))
        return (g(x) - x) / x**3

    def w(z):
        x = sqrt(safe(z))
        return x**3 / g(x)

    return f, w


def log_tail(z):
    s = sqrt(safe(z))
    return (log((1 + s) / (1 - s)) - 2 * s) / s**3


def log_tail2(z):
    s = sqrt(safe(z))
    return (log((1 + s) / (1 - s)) / (2 * s) - 1 - safe(z) / 3) / safe(z) ** 2


def cos_tail(z):
    x = sqrt(safe(z))
    return (cos(x) - 1 + x**2 / 2) / x**4


ln2 = log(2)
smax2 = ((sqrt(2) - 1) / (sqrt(2) + 1)) ** 2 * mpf("1.0001")
half = ln2 / 2 * mpf("1.0001")
quarter = (pi / 4) ** 2 * mpf("1.0001")
PIVOT = 2


def scaled_erfc(t):
    """(x + 2) exp(x^2) erfc(x) at x = 2 (1 + t) / (1 - t)."""
    x = PIVOT * (1 + t) / (1 - t)
    return (x + PIVOT) * exp(x * x) * erfc(x)


def to_t(x):
    return (mpf(x) - PIVOT) / (mpf(x) + PIVOT)


def lgamma_part(x):
    """loggamma(x) / ((x - 1) (x - 2)) on [1, 2], in u = x - 1.5."""
    y = x + mpf("1.5")
    for root in (1, 2):
        if abs(y - root) < mpf(10) ** -20:
            y = root + mpf(10) ** -20
    return loggamma(y) / ((y - 1) * (y - 2))


TABLES = [
    ("EXP", "exp(r) = 1 + r + r² P(r) on |r| <= ln(2)/2",
     lambda r: (exp(safe(r)) - 1 - safe(r)) / safe(r) ** 2, lambda r: r * r / exp(r) + tiny, -half, half,
     ["f32x4", "f64x2", "low"]),
    ("LOG", "log((1+s)/(1-s)) = 2s + s³ P(s²) on |s| <= (√2-1)/(√2+1)",
     log_tail, lambda z: safe(z) / 2, 0, smax2, ["f32x4", "f64x2", "low"]),
    ("LOG_TAIL", "log((1+s)/(1-s)) = 2s (1 + z/3 + z² P(z)), z = s², to 2^-68",
     log_tail2, lambda z: safe(z) ** 2 * 1024, 0, smax2, ["f64x2"]),
    ("SIN", "sin(r) = r + r³ P(r²) on |r| <= π/4", *odd(sin), 0, quarter, ["f64x2", "low"]),
    ("COS", "cos(r) = 1 - r²/2 + r⁴ P(r²) on |r| <= π/4",
     cos_tail, lambda z: safe(z) ** 2 / cos(sqrt(safe(z))), 0, quarter, ["f64x2", "low"]),
    ("ASIN", "asin(x) = x + x³ P(x²) on |x| <= 1/2", *odd(asin), 0, mpf("0.2501"), ["f32x4", "f64x2"]),
    ("ATAN", "atan(x) = x + x³ P(x²) on |x| <= 1/2", *odd(atan), 0, mpf("0.2501"), ["f32x4", "f64x2"]),
    ("TANH", "tanh(x) = x + x³ P(x²) on |x| <= 0.625", *odd(tanh), 0, mpf("0.3907"), ["f32x4"]),
    ("SINH", "sinh(x) = x + x³ P(x²) on |x| <= 1", *odd(sinh), 0, mpf("1.0001"), ["f32x4", "f64x2"]),
    ("ERF", "erf(x) = x P(x²) on |x| <= 1/2",
     lambda z: erf(sqrt(safe(z))) / sqrt(safe(z)), lambda z: 1, 0, mpf("0.2501"), ["f64x2", "low"]),
    ("ERFC", "(x+2) exp(x²) erfc(x) = P((x-2)/(x+2)) from x = 1/2 until erfc underflows",
     scaled_erfc, lambda t: 1 / scaled_erfc(t), to_t("0.4999"), {"f64x2": to_t(28), "low": to_t("10.2")},
     ["f64x2", "low"]),
    ("CBRT", "a first cbrt(m) on 1/2 <= m <= 1", cbrt, lambda m: 1 / cbrt(m) / 2 ** (58 - 20.5), "0.5", 1,
     ["f64x2"]),
    ("LGAMMA", "loggamma(x) = (x-1)(x-2) P(x-3/2) on 1 <= x <= 2",
     lgamma_part, lambda u: 1 / lgamma_part(u), "-0.5", "0.5", ["f64x2"]),
]


def parts(value, bits):
    """value as a sum: each bit count but the last keeps so many bits, the last is what a double can hold."""
    out = []
    for count in bits:
        e = int(floor(log(abs(value), 2)))
        scale = mpf(2) ** (count - 1 - e)
        head = floor(value * scale + mpf("0.5")) / scale
        out.append(float(head))
        value -= head
    out.append(float(value))
    return out


def literal(x):
    return "Math.PI" if x == float(pi) else repr(x)


def main():
    lines = [
        "/** Made by bench/kernels/fit.py (minimax fits); edit that, not this. */",
        "",
        "/** Lowest degree first. `low`: float64 code whose result is rounded to float32. */",
        "export type Coefficients = readonly number[];",
        "",
    ]
    for name, meaning, f, w, a, b, formats in TABLES:
        lines.append(f"/** {meaning}. */")
        lines.append(f"export const {name} = {{")
        for key in formats:
            bits, rounding = FORMATS[key]
            end = b[key] if isinstance(b, dict) else b
            p, worst = fit(f, w, a, end, bits)
            print(f"{name:9} {key:6} degree {len(p) - 1:2}  error 2^{nstr(log(worst, 2), 4)}")
            lines.append(f"  {key}: [" + ", ".join(literal(rounding(c)) for c in p) + "],")
        lines.append("} as const;")
        lines.append("")
    lines.append("/** Stirling's series: B(2k) / (2k (2k-1)) for loggamma, in 1/x². */")
    lines.append("export const STIRLING: Coefficients = ["
                 + ", ".join(literal(float(bernoulli(2 * k) / (2 * k * (2 * k - 1)))) for k in range(1, 11)) + "];")
    lines.append("/** B(2k) / (2k) for digamma, in 1/x². */")
    lines.append("export const DIGAMMA: Coefficients = ["
                 + ", ".join(literal(float(bernoulli(2 * k) / (2 * k))) for k in range(1, 11)) + "];")
    lines.append("")
    lines.append("/** Constants as sums of short parts: a product of a part with a small integer is exact. */")
    for name, value, bits in [
        ("LN2", ln2, [33]), ("LN2_SINGLE", ln2, [12]), ("PI_OVER_2", pi / 2, [33, 33, 33]),
        ("PI", pi, [53]), ("HALF_PI", pi / 2, [53]), ("QUARTER_PI", pi / 4, [53]), ("LN2_DOUBLE", ln2, [42]),
        ("ONE_THIRD", mpf(1) / 3, [53]),
    ]:
        lines.append(f"export const {name} = [" + ", ".join(literal(x) for x in parts(value, bits)) + "] as const;")
    lines.append("")
    lines.append("/** The binary digits of 2/π, 64 a word, after one word of zeros; for the reduction of huge arguments. */")
    mp.prec = 1600
    digits = int(floor(mpf(2) ** (64 * 20) * 2 / pi))
    words = [0] + [(digits >> (64 * (19 - k))) & (2**64 - 1) for k in range(20)]
    lines.append("export const TWO_OVER_PI: readonly bigint[] = [")
    for word in words:
        lines.append(f"  0x{word:016x}n,")
    lines.append("];")
    with open(sys.argv[1], "w") as out:
        out.write("\n".join(lines) + "\n")


main()
