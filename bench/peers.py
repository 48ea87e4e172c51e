#!/usr/bin/env python3
"""Other classifiers on the same data, for bench/run few-shot and beside-peers.

  peers.py few-shot ROWS     LinearSVC and fastText on the rows that few-shot drew (--rows)
  peers.py batch FOLDER...   the same on whole training sets, with times and sizes

LinearSVC (C = 0.5) is scikit-learn's, on tf-idf of words and pairs of words and of 2 to 5
letters inside words; fastText is the program, one thread. bench/get-peers.sh installs both;
one that is not installed is left out, and a line says so. A folder has train.jsonl,
test.jsonl and labels.jsonl. The last line is JSON."""
import json
import pickle
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

try:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_union
    from sklearn.svm import LinearSVC
except ImportError:
    LinearSVC = None

# Of fastText; its default of 2,000,000 takes 800 MB and a second to write, for no gain on such sets.
BUCKETS = 200000
FASTTEXT = shutil.which("fasttext")
INSTALL = "bench/get-peers.sh installs it"


class Task:
    def __init__(self, folder):
        self.name = Path(folder).name
        self.train = self.rows(folder, "train", "text")
        self.test = self.rows(folder, "test", "text")
        labels = self.rows(folder, "labels", "description")
        # A label's name and description, as one more text of that label.
        self.described = [(name.replace("_", " ") + " " + text, name) for text, name in labels]
        self.numbers = {name: i for i, (_, name) in enumerate(labels)}

    @staticmethod
    def rows(folder, name, key):
        with open(Path(folder) / f"{name}.jsonl", encoding="utf-8") as lines:
            return [(row[key], row["label"]) for row in map(json.loads, lines)]

    def accuracy(self, answers):
        return sum(a == label for a, (_, label) in zip(answers, self.test)) / len(self.test)


def run_svc(task, rows):
    """(accuracy, seconds to learn, seconds to answer, bytes)"""
    begin = time.perf_counter()
    features = make_union(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True),
    )
    model = LinearSVC(C=0.5)
    model.fit(features.fit_transform([text for text, _ in rows]), [label for _, label in rows])
    learnt = time.perf_counter()
    answers = model.predict(features.transform([text for text, _ in task.test]))
    answered = time.perf_counter()
    size = len(pickle.dumps((features, model), protocol=pickle.HIGHEST_PROTOCOL))
    return task.accuracy(answers), learnt - begin, answered - learnt, size


def write_fasttext(path, rows, numbers):
    """In the order given: what learns online must not meet the labels one after the other."""
    with open(path, "w", encoding="utf-8") as out:
        for text, label in rows:
            words = "".join(c.lower() if c.isalnum() else " " for c in text)
            print(f"__label__{numbers[label]}", " ".join(words.split()), file=out)


def run_fasttext(task, rows, epochs, letters):
    """As run_svc; both times have the start of the program in them."""
    with tempfile.TemporaryDirectory() as folder:
        train, test, model = f"{folder}/train", f"{folder}/test", f"{folder}/model"
        write_fasttext(train, random.Random(0).sample(rows, len(rows)), task.numbers)
        write_fasttext(test, task.test, task.numbers)
        arguments = [FASTTEXT, "supervised", "-input", train, "-output", model]
        arguments += ["-epoch", str(epochs), "-lr", "1.0" if epochs == 1 else "0.5"]
        arguments += ["-wordNgrams", "2", "-bucket", str(BUCKETS), "-thread", "1", "-verbose", "0"]
        arguments += ["-minn", "2", "-maxn", "4"] if letters else []
        begin = time.perf_counter()
        subprocess.run(arguments, check=True, stderr=subprocess.DEVNULL)
        learnt = time.perf_counter()
        out = subprocess.run([FASTTEXT, "predict", model + ".bin", test], check=True, stdout=subprocess.PIPE)
        answered = time.perf_counter()
        names = {f"__label__{number}": name for name, number in task.numbers.items()}
        answers = [names.get(line) for line in out.stdout.decode().splitlines()]
        return task.accuracy(answers), learnt - begin, answered - learnt, Path(model + ".bin").stat().st_size


def peers(epochs):
    """[(name, function of task and rows)]; says what is missing."""
    found = []
    if LinearSVC is not None:
        found.append(("LinearSVC", "svc", run_svc))
    else:
        print(f"LinearSVC is skipped: this Python has no scikit-learn; {INSTALL}")
    if FASTTEXT is None:
        print(f"fastText is skipped: there is no program fasttext; {INSTALL}")
    for n in epochs if FASTTEXT is not None else []:
        found.append((f"fastText, {n} epochs", f"fasttext_{n}", lambda t, r, n=n: run_fasttext(t, r, n, False)))
        found.append(
            (f"fastText, {n} epochs, letters", f"fasttext_{n}_letters", lambda t, r, n=n: run_fasttext(t, r, n, True))
        )
    return found


def few_shot(path):
    with open(path, encoding="utf-8") as file:
        drawn = json.load(file)
    figures = {}
    for name, key, run in peers([100]):
        for folder, shots in drawn.items():
            task = Task(folder)
            for n_shots, draws in shots.items():
                means = [0.0, 0.0]
                for rows in draws:
                    taught = [task.train[i] for i in rows]
                    means[0] += run(task, taught)[0] / len(draws)
                    means[1] += run(task, task.described + taught)[0] / len(draws)
                print(f"{task.name:10} {n_shots:>4}   mean {means[0]:.4f} {means[1]:.4f}   {name}", flush=True)
                figures[f"{task.name}_{n_shots}_{key}"] = round(means[0], 5)
                figures[f"{task.name}_{n_shots}_described_{key}"] = round(means[1], 5)
    return figures


def batch(folders):
    figures = {}
    found = peers([1, 25])
    for folder in folders:
        task = Task(folder)
        for name, key, run in found:
            accuracy, learn_s, answer_s, size = run(task, task.train)
            learn_us = learn_s / len(task.train) * 1e6
            answer_us = answer_s / len(task.test) * 1e6
            print(
                f"{task.name:10} {name:28} {accuracy:.4f} {learn_us:9.1f} {answer_us:9.1f} {size / 2**20:8.1f}",
                flush=True,
            )
            for what, value in (("test", accuracy), ("learn_us", learn_us), ("predict_us", answer_us), ("mib", size / 2**20)):
                figures[f"{task.name}_{key}_{what}"] = round(value, 5)
    return figures


def main():
    if len(sys.argv) >= 3 and sys.argv[1] == "batch":
        figures = batch(sys.argv[2:])
    elif len(sys.argv) == 3 and sys.argv[1] == "few-shot":
        figures = few_shot(sys.argv[2])
    else:
        sys.exit(__doc__)
    print(json.dumps(figures, separators=(",", ":")))


if __name__ == "__main__":
    main()
