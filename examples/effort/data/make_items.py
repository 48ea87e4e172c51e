#!/usr/bin/env python3
"""Makes items.jsonl: 300 invented pieces of work and the hours that they took.

    make_items.py [N] > items.jsonl

The hours are a base for the kind of work, something for each file, more for some areas, for
work that is done for the first time and for some things that only the summary tells, times
noise of about a sixth. The same numbers on every run."""
import json
import random
import sys

KINDS = {"bug": 3.0, "feature": 9.0, "chore": 2.0, "docs": 1.5}
AREAS = {"web": 0.0, "api": 1.0, "billing": 4.0, "mobile": 3.0, "reports": 1.5, "infra": 2.5}
# What is done, the kinds that it fits, and hours more or less.
WORK = [
    ("Migrate the {thing} to the new schema", ("feature", "chore"), 9.0),
    ("Add an import for {thing} from spreadsheets", ("feature",), 4.0),
    ("Add a filter to the list of {thing}", ("feature",), -3.0),
    ("Let customers undo changes to {thing}", ("feature",), 5.0),
    ("Show {thing} in the customer's own currency", ("feature",), 1.0),
    ("Rename the labels of {thing}", ("chore", "docs"), -1.0),
    ("Bump the library that draws {thing}", ("chore",), -0.5),
    ("Remove the old code path for {thing}", ("chore",), 0.5),
    ("Fix a crash when {thing} are empty", ("bug",), -1.5),
    ("Fix a race that now and then loses {thing}", ("bug",), 8.0),
    ("Fix rounding of {thing} by one cent", ("bug",), 2.0),
    ("Fix the order of {thing} on small screens", ("bug",), -1.0),
    ("Find out why {thing} load slowly on Mondays", ("bug",), 6.0),
    ("Describe {thing} in the handbook", ("docs",), 0.0),
    ("Write a guide for moving {thing} from another product", ("docs",), 4.0),
    ("Correct typing errors in the text about {thing}", ("docs",), -1.0),
]
THINGS = ["invoices", "reminders", "customers", "payment links", "tax rates", "card readers",
          "exports", "login sessions", "discounts", "delivery notes", "permissions", "webhooks"]
TAILS = ["", "", "", " before the end of the quarter", ", as agreed with support",
         " and tell the customers who asked", " behind a switch", ", see the notes of last week"]


def make_item(rng):
    text, kinds, more = rng.choice(WORK)
    kind = rng.choice(kinds)
    area = rng.choice(list(AREAS))
    files = max(1, round(rng.lognormvariate(1.1, 0.7)))
    first_time = rng.random() < 0.2
    hours = KINDS[kind] + AREAS[area] + more + 0.9 * files + (5.0 if first_time else 0.0)
    hours = max(0.5, hours) * rng.lognormvariate(0.0, 0.16)
    item = {"summary": text.format(thing=rng.choice(THINGS)) + rng.choice(TAILS),
            "area": area, "kind": kind, "first_time": first_time}
    if rng.random() < 0.85:
        item["files"] = files
    return {"input": item, "value": min(80.0, round(hours * 4) / 4)}


def main():
    rng = random.Random(20)
    for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 300):
        print(json.dumps(make_item(rng)))


if __name__ == "__main__":
    main()
