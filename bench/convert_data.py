#!/usr/bin/env python3
"""Converts what get-data.sh fetched to JSON lines.

    convert_data.py FOLDER

FOLDER/raw holds the published files. Written: FOLDER/SET/train.jsonl and test.jsonl
({"text", "label"} a line) and labels.jsonl ({"label", "description"}, sorted by label).
"""
import csv
import json
import pathlib
import random
import sys


def write_lines(path, rows):
    path.parent.mkdir(exist_ok=True)
    with open(path, "w", encoding="utf-8") as out:
        for row in rows:
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
    print("%8d rows  %s" % (len(rows), path))


def read_csv(path, text_column, label_column):
    """Rows in the file's order, without empty texts."""
    with open(path, encoding="utf-8", newline="") as source:
        for row in csv.DictReader(source):
            if row[text_column].strip():
                yield {"text": row[text_column], "label": row[label_column]}


def convert_banking(folder):
    parts = {
        part: list(read_csv(folder / "raw" / ("banking-%s.csv" % part), "text", "category"))
        for part in ("train", "test")
    }
    labels = sorted({row["label"] for rows in parts.values() for row in rows})
    for part, rows in parts.items():
        write_lines(folder / "banking77" / (part + ".jsonl"), rows)
    write_lines(
        folder / "banking77" / "labels.jsonl",
        [{"label": label, "description": label.replace("_", " ")} for label in labels],
    )


def convert_metatool(folder):
    """The set has no split of its own: a fifth of the unique texts is held out, by a fixed seed."""
    unique = {row["text"]: row for row in read_csv(folder / "raw" / "metatool.csv", "Query", "Tool")}
    rows = [unique[text] for text in sorted(unique)]
    random.Random(7).shuffle(rows)
    n_train = round(len(rows) * 0.8)
    with open(folder / "raw" / "metatool-tools.json", encoding="utf-8") as source:
        descriptions = json.load(source)
    write_lines(folder / "metatool" / "train.jsonl", rows[:n_train])
    write_lines(folder / "metatool" / "test.jsonl", rows[n_train:])
    write_lines(
        folder / "metatool" / "labels.jsonl",
        [
            {"label": label, "description": "%s. %s" % (label, descriptions.get(label, ""))}
            for label in sorted({row["label"] for row in rows})
        ],
    )


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    convert_banking(folder)
    convert_metatool(folder)


if __name__ == "__main__":
    main()
