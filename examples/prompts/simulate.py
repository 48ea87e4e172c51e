#!/usr/bin/env python3
"""Plays callers of the skill prompts, whose ratings follow a rule that it does not know.

    simulate.py HONE [CALLS]

Starts `HONE serve --stdio --standalone` on this example with a new data folder, makes CALLS calls
(default 1500), rates each, and prints the mean utility (rating minus cost) per 100 calls beside
that of a blind and of an all-knowing choice. The same every time.
"""
import json
import pathlib
import random
import subprocess
import sys
import tempfile

COSTS = {"brief": 0, "steps": 2, "examples": 3, "critic": 4, "plain": 0}
COST_WEIGHT = 0.5
TASKS = {
    "summary": ["sum up this report", "shorten the minutes", "give the gist of the mail"],
    "sums": ["add up the invoice", "work out the discount", "calculate the interest due"],
    "translation": ["translate the letter", "put the notice into French", "render it in German"],
    "reply": ["answer the complaint", "write back to the customer", "reply to the enquiry"],
    "program": ["write a script that renames files", "fix this function", "code a parser"],
}
# Mean rating of each prompt.
RATINGS = {
    "summary": {"brief": 8, "steps": 5, "examples": 7, "critic": 7, "plain": 6},
    "sums": {"brief": 3, "steps": 9, "examples": 6, "critic": 8, "plain": 4},
    "translation": {"brief": 6, "steps": 4, "examples": 9, "critic": 7, "plain": 7},
    "reply": {"brief": 4, "steps": 5, "examples": 8, "critic": 7, "plain": 5},
    "program": {"brief": 3, "steps": 6, "examples": 5, "critic": 9, "plain": 5},
}


def utility(kind, option):
    return RATINGS[kind][option] - COST_WEIGHT * COSTS[option]


class Client:
    """As much of MCP as this needs, over stdio."""

    def __init__(self, command):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.last_id = 0
        self.request("initialize", {
            "protocolVersion": "2025-06-18", "capabilities": {},
            "clientInfo": {"name": "simulate", "version": "1"}})
        self.send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def send(self, message):
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()

    def request(self, method, params):
        self.last_id += 1
        self.send({"jsonrpc": "2.0", "id": self.last_id, "method": method, "params": params})
        for line in self.process.stdout:
            answer = json.loads(line)
            if answer.get("id") == self.last_id:
                if "error" in answer:
                    sys.exit(f"simulate: {answer['error']['message']}")
                return answer["result"]
        sys.exit("simulate: the server has gone")

    def call(self, tool, arguments):
        result = self.request("tools/call", {"name": tool, "arguments": arguments})
        if result.get("isError"):
            sys.exit(f"simulate: {result['content'][0]['text']}")
        return result["structuredContent"]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    n_calls = int(sys.argv[2]) if len(sys.argv) == 3 else 1500
    skills = pathlib.Path(__file__).resolve().parent.parent
    chance = random.Random(1)
    with tempfile.TemporaryDirectory() as data:
        client = Client([sys.argv[1], "serve", "--stdio", "--standalone", "--skills",
                         str(skills), "--data", data])
        earned, blind, best = [], [], []
        for i in range(n_calls):
            kind = chance.choice(sorted(TASKS))
            answer = client.call("prompts", {
                "task": chance.choice(TASKS[kind]),
                "length": chance.choice(["short", "medium", "long"])})
            option = answer["option"]
            rating = min(10.0, max(0.0, chance.gauss(RATINGS[kind][option], 1.5)))
            client.call("feedback", {"call_id": answer["call_id"], "reward": rating,
                                     "wait": "learned"})
            earned.append(utility(kind, option))
            blind.append(sum(utility(kind, o) for o in COSTS) / len(COSTS))
            best.append(max(utility(kind, o) for o in COSTS))
            if (i + 1) % 100 == 0:
                print(f"{i + 1:6} calls: utility {sum(earned[-100:]) / 100:5.2f}   "
                      f"blind {sum(blind[-100:]) / 100:5.2f}   "
                      f"best {sum(best[-100:]) / 100:5.2f}", flush=True)
        client.close()


if __name__ == "__main__":
    main()
