"""Reference values of the elementary functions, correctly rounded by MPFR.

    python bench/kernels/fixtures.py packages/downhill/test/compile/wasm/fixtures --count 1600
    python bench/kernels/fixtures.py /some/folder --count 1000000 --raw [names…]

The first writes one small JSON a function: float64 arguments x (and y) and the value, each as base64 of little-endian
doubles; the second half of the arguments are float32 numbers. The second writes plain binary files for bench/kernels/ulp.mjs
`--samples`: arguments, then value, then what the value lost to rounding, so that errors are measured in fractions of an ulp.

Needs gmpy2. Arguments are log-uniform over the range given in the table, both signs where allowed, after a list of hard
points: edges, thresholds of the kernels, neighbours of zeros and poles, doubles close to multiples of π/2.
"""

import argparse
import base64
import json
import math
import os
import random
import struct
import zlib
from array import array

import gmpy2

gmpy2.set_context(gmpy2.context(precision=140, emin=-200000, emax=200000))
mpfr = gmpy2.mpfr

# name: (function, lowest exponent of 2, highest argument, signs)
UNARY = {
    "exp": (gmpy2.exp, -60, 745.0, "±"),
    "expm1": (gmpy2.expm1, -60, 709.7, "±"),
    "log": (gmpy2.log, -1074, 1.7e308, "+"),
    "log1p": (gmpy2.log1p, -100, 1.7e308, "log1p"),
    "sin": (gmpy2.sin, -60, 1e300, "±"),
    "cos": (gmpy2.cos, -60, 1e300, "±"),
    "tan": (gmpy2.tan, -60, 1e300, "±"),
    "tanh": (gmpy2.tanh, -60, 30.0, "±"),
    "sinh": (gmpy2.sinh, -60, 710.4, "±"),
    "cosh": (gmpy2.cosh, -60, 710.4, "±"),
    "asin": (gmpy2.asin, -60, 1.0, "±"),
    "acos": (gmpy2.acos, -60, 1.0, "±"),
    "atan": (gmpy2.atan, -60, 1e20, "±"),
    "asinh": (gmpy2.asinh, -60, 1.7e308, "±"),
    "acosh": (gmpy2.acosh, 0, 1.7e308, "+"),
    "atanh": (gmpy2.atanh, -60, 1.0, "±"),
    "erf": (gmpy2.erf, -60, 7.0, "±"),
    "erfc": (gmpy2.erfc, -60, 27.2, "±"),
    "cbrt": (gmpy2.cbrt, -1074, 1.7e308, "±"),
    "logistic": (lambda x: 1 / (1 + gmpy2.exp(-x)), -60, 740.0, "±"),
    "lgamma": (lambda x: gmpy2.lgamma(x)[0], -60, 1e300, "gamma"),
    "digamma": (gmpy2.digamma, -60, 1e300, "gamma"),
    "rsqrt": (gmpy2.rec_sqrt, -1074, 1.7e308, "+"),
}
BINARY = {
    "pow": lambda x, y: x**y,
    "atan2": gmpy2.atan2,
    "rem": gmpy2.fmod,
}

EDGES = [0.5, 1.0, 2.0, 0.625, 0.84375, 1 / 3, 1.5, 3.0, 10.0, math.sqrt(0.5), math.sqrt(2), math.log(2), math.log(2) / 2,
         math.sqrt(2) - 1, math.pi / 4, math.pi / 2, math.pi, 6.0, 10.2, 26.0, 28.0, 88.0, 104.0, 708.0, 1e6, 1.5e6]


def hard(name):
    points = []
    for edge in EDGES:
        below = above = edge
        for _ in range(3):
            points += [below, above]
            below, above = math.nextafter(below, 0), math.nextafter(above, math.inf)
    if name in ("sin", "cos", "tan"):
        # Multiples of π/2 rounded to double, small ones and huge: the reduction loses most there.
        half_pi = gmpy2.const_pi(300) / 2
        for n in list(range(1, 60)) + [2**k for k in range(6, 100)] + [3 * 2**k + 1 for k in range(6, 52)]:
            with gmpy2.local_context(precision=300):
                points.append(float(half_pi * n))
        points += [6381956970095103 * 2.0**797, 1e22, 2.0**1023, 1.7976931348623157e308]
    if name in ("exp", "expm1", "sinh", "cosh", "logistic"):
        points += [k * math.log(2) for k in range(1, 60)] + [(k + 0.5) * math.log(2) for k in range(60)]
    if name == "lgamma":
        points += [1 + s * 2.0**-k for k in range(1, 50) for s in (1, -1)] + [2 + s * 2.0**-k for k in range(1, 50) for s in (1, -1)]
    return points + [-p for p in points]


def single(x):
    try:
        return struct.unpack("f", struct.pack("f", x))[0]
    except OverflowError:
        return math.inf


def allowed(name, signs, highest, x):
    if not math.isfinite(x) or abs(x) > highest:
        return False
    if signs == "+":
        return x >= (1 if name == "acosh" else 5e-324)
    if signs == "log1p":
        return x > -1
    if signs == "gamma":
        # Negative arguments as far as the relative error means something: not on, or beside, a pole or a zero.
        if x > 0:
            return True
        return x > -50 and abs(x - round(x)) > 1e-3
    return True


def arguments(name, count, rng):
    function, low, highest, signs = UNARY[name]
    top = math.log2(highest)
    found = [x for x in hard(name) if allowed(name, signs, highest, x)][: count // 2]
    while len(found) < count:
        x = 2 ** min(rng.uniform(low, top), 1023.9999)
        if signs == "acosh" or rng.random() < 0.25:
            x = rng.uniform(0, min(highest, 40.0))
        if signs != "+" and rng.random() < 0.5:
            x = -x
        if len(found) >= count // 2:
            x = single(x)
        if x != 0 and allowed(name, signs, highest, x):
            found.append(x)
    return found


def pairs(name, count, rng):
    found = []
    while len(found) < count:
        if name == "pow":
            x = 2 ** rng.uniform(-1022, 1023.9) if rng.random() < 0.5 else rng.uniform(0.5, 2)
            l = math.log2(x) if x != 1 else 1
            y = rng.uniform(-1080, 1030) / l if rng.random() < 0.6 else rng.uniform(-20, 20)
            if rng.random() < 0.2:
                y = float(round(y))
        elif name == "rem":
            x, y = (rng.choice((1, -1)) * 2 ** rng.uniform(-300, 300) for _ in range(2))
            if rng.random() < 0.6:
                y = x / rng.uniform(1, 1e6)
        else:
            x, y = (rng.choice((1, -1)) * 2 ** rng.uniform(-30, 30) for _ in range(2))
        if len(found) >= count // 2:
            x, y = single(x), single(y)
        if x != 0 and y != 0 and math.isfinite(x) and math.isfinite(y):
            found.append((x, y))
    return found


def rounded(v):
    """The nearest double, ties and subnormals included (float() of an mpfr rounds to nearest)."""
    return float(v)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--count", type=int, default=1600)
    parser.add_argument("--raw", action="store_true")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    os.makedirs(options.folder, exist_ok=True)
    for name in options.names or [*UNARY, *BINARY]:
        rng = random.Random(zlib.crc32(name.encode()))
        if name in UNARY:
            columns = [arguments(name, options.count, rng)]
            values = [UNARY[name][0](mpfr(x)) for x in columns[0]]
        else:
            columns = [list(c) for c in zip(*pairs(name, options.count, rng))]
            values = [BINARY[name](mpfr(x), mpfr(y)) for x, y in zip(*columns)]
        main_part = [rounded(v) for v in values]
        lost = [float(v - m) if math.isfinite(m) else 0.0 for v, m in zip(values, main_part)]
        path = os.path.join(options.folder, name)
        if options.raw:
            with open(path + ".f64", "wb") as out:
                for column in (*columns, main_part, lost):
                    array("d", column).tofile(out)
        else:
            encode = lambda c: base64.b64encode(array("d", c).tobytes()).decode()
            record = {"name": name, "arguments": [encode(c) for c in columns], "value": encode(main_part)}
            with open(path + ".json", "w") as out:
                json.dump(record, out, indent=1)
                out.write("\n")
        print(name, len(main_part))


main()
