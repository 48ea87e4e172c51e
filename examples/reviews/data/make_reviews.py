#!/usr/bin/env python3
"""Makes reviews.jsonl: 400 invented reviews of an invented hotel, with the topics of each.

    make_reviews.py [N] > reviews.jsonl

A review is one to four sentences, each about a topic or about nothing. The same on every run."""
import json
import random
import sys

SENTENCES = {
    "room": [
        "the bed was softer than mine at home", "our room looked right over the water",
        "the shower took ages to get warm", "room 14 is tiny, you climb over the suitcase",
        "lovely old furniture and a desk that one can work at", "the mattress sags in the middle",
        "we got a bigger one with a balcony", "no hook anywhere in the bathroom",
        "the window would not close", "pillows like bricks",
    ],
    "cleanliness": [
        "there was dust under the lamp", "spotless from floor to ceiling",
        "hair in the sink on the first day", "the carpet has seen better days, full of stains",
        "it smelled of fresh linen", "towels were grey rather than white",
        "everything was wiped down twice a day", "a musty smell in the wardrobe",
    ],
    "breakfast": [
        "the rolls were still warm", "coffee from a machine, undrinkable",
        "best scrambled eggs in a long while", "at nine the buffet was already empty",
        "home made jam, five kinds", "nothing for people who eat no meat in the morning",
        "the juice is freshly pressed", "we had the breakfast on the terrace",
    ],
    "staff": [
        "the lady at the desk remembered our names", "nobody could be bothered to answer the phone",
        "a porter ran after us with the forgotten jacket", "rather rude when we asked for a blanket",
        "they phoned three restaurants until one had a table", "always a smile",
        "the night porter was asleep and grumpy about it", "wonderful people work here",
    ],
    "noise": [
        "lorries from five in the morning", "one hears the neighbours cough",
        "not a sound all night", "the ferry horn wakes you, every single day",
        "walls like paper", "bring ear plugs", "so quiet that we overslept",
        "a party below us until three",
    ],
    "location": [
        "two minutes to the ferry", "a long way uphill from the station",
        "everything can be reached on foot", "right beside the fish market",
        "too far out if you have no car", "you could not be more central",
        "the bus stops at the door", "the beach is round the corner",
    ],
    "price": [
        "for that money I expect more", "a bargain in the high season",
        "they add a fee for the towels", "fair for what you get",
        "the minibar prices are a joke", "we paid less than for the hostel last year",
        "a deposit that we had to ask for twice", "not cheap but worth every cent",
    ],
    "wifi": [
        "the internet drops every ten minutes", "could hold video meetings without trouble",
        "no signal on the top floor", "you need a new password each day for the wireless",
        "the connection was faster than in my office", "streaming was out of the question",
    ],
    "arrival": [
        "we waited forty minutes for the key", "check in was done in a moment",
        "came at midnight and the code for the door worked", "no space left to park although booked",
        "our booking was nowhere to be found", "the garage is so narrow that I scratched the door",
        "they let us leave the bags before two", "the late arrival had been arranged and forgotten",
    ],
}
NOTHING = [
    "we were there in may", "third time already", "travelled with my mother",
    "will see about next year", "a weekend for our anniversary", "thanks for reading",
    "it rained the whole time", "more in my other reviews",
]
JOINTS = [". ", ", ", "; ", " and ", " but "]


def make_review(rng):
    topics = rng.sample(sorted(SENTENCES), rng.choice([0, 1, 1, 1, 2, 2, 2, 3]))
    parts = [rng.choice(SENTENCES[topic]) for topic in topics]
    if not parts or rng.random() < 0.5:
        parts.append(rng.choice(NOTHING))
    rng.shuffle(parts)
    text = parts[0]
    for part in parts[1:]:
        text += rng.choice(JOINTS) + part
    return {"text": text, "labels": sorted(topics)}


def main():
    rng = random.Random(11)
    for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 400):
        print(json.dumps(make_review(rng)))


if __name__ == "__main__":
    main()
