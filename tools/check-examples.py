#!/usr/bin/env python3
"""Checks the example skills' data: valid UTF-8 and JSON, known labels, enough rows in all and
of each label, no row twice and none that is nearly another.

Usage: check-examples.py [REPOSITORY]    Exit code: 0 sound, 1 not.
"""

import json
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

# (folder, least rows, least rows of each label)
EXAMPLES = (("triage", 600, 30), ("route", 200, 8), ("runbooks", 150, 5))

# Two texts with this much of their character trigrams in common (Jaccard) count as one text
# written twice. Texts with few trigrams must be equal to count: a letter is much of them.
NEAR = 0.8
NEAR_MIN_TRIGRAMS = 12


def labels_of(skill_yaml):
    """The labels, or ids of candidates, in skill.yaml, written one a line."""
    labels, inside = [], False
    for line in skill_yaml.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith((" ", "#", "-")):
            inside = line.split("#")[0].strip() in ("labels:", "candidates:")
        elif inside:
            match = re.match(r"\s*- (?:\{id: )?\"?([^\s:,\"]+)\"?\s*(?:[:,]\s|$)", line)
            if match:
                labels.append(match.group(1))
    return labels


def folded(text):
    """Case, punctuation and runs of white space do not make a text another text."""
    words = re.sub(r"[^\w\s]|_", " ", text.casefold()).split()
    # What is all punctuation is compared as it is.
    return " ".join(words) or text.strip()


def trigrams(text):
    padded = f" {text} "
    return {padded[i : i + 3] for i in range(len(padded) - 2)}


def read_rows(path, labels, complain):
    """[(line number, text, label)] of the sound lines; complains of the others."""
    rows = []
    try:
        content = path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        complain(f"{path}: {error}")
        return rows
    if content and not content.endswith("\n"):
        complain(f"{path}: the last line has no line end")
    for number, line in enumerate(content.split("\n")[:-1], 1):
        where = f"{path}:{number}"
        try:
            row = json.loads(line)
        except ValueError as error:
            complain(f"{where}: not JSON: {error}")
            continue
        if not isinstance(row, dict) or set(row) != {"text", "label"}:
            complain(f"{where}: expected an object with exactly text and label")
        elif not isinstance(row["text"], str) or not row["text"].strip():
            complain(f"{where}: text is not a string or is empty")
        elif not isinstance(row["label"], str) or row["label"] not in labels:
            complain(f"{where}: label {row['label']!r} is not in skill.yaml")
        else:
            rows.append((number, row["text"], row["label"]))
    return rows


def check_repeats(path, rows, complain):
    """Finds equal and nearly equal texts through an index from trigrams to rows."""
    first_with, index, sizes = {}, defaultdict(list), []
    for position, (number, text, _) in enumerate(rows):
        plain = folded(text)
        grams = trigrams(plain)
        sizes.append(len(grams))
        if plain in first_with:
            complain(f"{path}:{number}: repeats line {first_with[plain]}: {text!r}")
        else:
            first_with[plain] = number
            if len(grams) >= NEAR_MIN_TRIGRAMS:
                common = Counter(other for gram in grams for other in index[gram])
                for other, n_common in common.items():
                    if n_common >= NEAR * (sizes[other] + len(grams) - n_common):
                        complain(f"{path}:{number}: nearly line {rows[other][0]}: {text!r}")
        for gram in grams:
            index[gram].append(position)


def check_example(folder, least_rows, least_per_label, complain):
    skill_yaml, data = folder / "skill.yaml", folder / "data" / "messages.jsonl"
    try:
        labels = labels_of(skill_yaml)
    except (OSError, UnicodeDecodeError) as error:
        complain(f"{skill_yaml}: {error}")
        return
    if not labels:
        complain(f"{skill_yaml}: no labels found")
    for label, times in Counter(labels).items():
        if times > 1:
            complain(f"{skill_yaml}: label {label} stands there {times} times")
    rows = read_rows(data, set(labels), complain)
    counts = Counter(label for _, _, label in rows)
    if len(rows) < least_rows:
        complain(f"{data}: {len(rows)} rows, at least {least_rows} expected")
    for label in labels:
        if counts[label] < least_per_label:
            complain(f"{data}: {counts[label]} rows of {label}, {least_per_label} expected")
    check_repeats(data, rows, complain)
    print(f"{folder.name}: {len(rows)} rows, {len(labels)} labels")
    for label in labels:
        print(f"  {counts[label]:5} {label}")


def main():
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    complaints = []
    for name, least_rows, least_per_label in EXAMPLES:
        check_example(root / "examples" / name, least_rows, least_per_label, complaints.append)
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
