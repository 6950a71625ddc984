"""Writes the CSV files of this folder from the copies that scikit-learn ships.

Run from anywhere: python examples/data/make_data.py  (needs scikit-learn).
The digits of every number are those of the shipped files, not re-rounded.
"""

import csv
import gzip
import io
from importlib import resources
from pathlib import Path

from sklearn import datasets

HERE = Path(__file__).parent
DATA = resources.files("sklearn.datasets.data")


def shipped_rows(name, delimiter=","):
    """Cells of a shipped file as text."""
    raw = DATA.joinpath(name).read_bytes()
    text = gzip.decompress(raw).decode() if name.endswith(".gz") else raw.decode()
    return [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if row]


def tidy(cell):
    """'1.234e+01' → '12.34', '5.0' → '5', without changing the double it stands for."""
    value = float(cell)
    short = repr(int(value)) if value.is_integer() else repr(value)
    assert float(short) == value
    return short


def write(name, header, rows, expected_shape):
    assert (len(rows), len(header)) == expected_shape, (name, len(rows), len(header))
    assert all(len(row) == len(header) for row in rows)
    with open(HERE / name, "w", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def breast_cancer():
    bunch = datasets.load_breast_cancer()
    header = [str(name).replace(" ", "_") for name in bunch.feature_names]
    classes = ["malignant", "benign"]
    assert list(bunch.target_names) == classes
    body = shipped_rows("breast_cancer.csv")[1:]
    rows = [[tidy(c) for c in row[:30]] + [classes[int(row[30])]] for row in body]
    assert [[float(c) for c in row[:30]] for row in rows] == bunch.data.tolist()
    write("breast-cancer.csv", header + ["diagnosis"], rows, (569, 31))


def iris():
    bunch = datasets.load_iris()
    header = ["sepal_length", "sepal_width", "petal_length", "petal_width", "species"]
    body = shipped_rows("iris.csv")[1:]
    rows = [[tidy(c) for c in row[:4]] + [str(bunch.target_names[int(row[4])])] for row in body]
    write("iris.csv", header, rows, (150, 5))


def diabetes():
    header = [
        "age", "sex", "body_mass_index", "blood_pressure", "total_cholesterol",
        "ldl_cholesterol", "hdl_cholesterol", "cholesterol_ratio",
        "log_triglycerides", "glucose", "progression",
    ]  # fmt: skip
    measured = shipped_rows("diabetes_data_raw.csv.gz", " ")
    target = shipped_rows("diabetes_target.csv.gz", " ")
    rows = [
        [tidy(c) for c in x if c] + [tidy(y[0])] for x, y in zip(measured, target, strict=True)
    ]
    write("diabetes.csv", header, rows, (442, 11))


def digits():
    header = [f"pixel_{r}_{c}" for r in range(8) for c in range(8)] + ["digit"]
    rows = [[tidy(c) for c in row] for row in shipped_rows("digits.csv.gz")]
    write("digits.csv", header, rows, (1797, 65))


for make in (breast_cancer, iris, diabetes, digits):
    make()
