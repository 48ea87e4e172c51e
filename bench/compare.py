#!/usr/bin/env python3
"""Measures MCP servers side by side, in interleaved rounds, and prints tables.

    compare.py [--build DIR] [--peers FILE] [--rounds N] [--kinds ping,list,echo,classify] ...

peers.json names the servers: [{"name", "stdio": [argv], "http": [argv with {port}],
"path": "/mcp", "env": {...}, "session": "conn|shared|none", "tools": {"classify": TOOL},
"kinds": [what it can answer]}]. $BUILD, $SKILLS and other variables of the environment are
expanded; {scratch} is a new empty folder for each start.

Every server is pinned to one core and the generator to another. In each round every server
is started afresh and measured once in each case, so that a noisy minute touches all of them.
Tables show the best round for rates and p50, the median round for p99, the least CPU time a
request, and its ratio to the first server's, the figure that a busy machine moves least.
"""
import argparse
import json
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
START_LIMIT_S = 20
RUN_LIMIT_S = 60


def read_options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", default=str(ROOT / "build" / "release"))
    parser.add_argument("--peers", default=str(ROOT / "bench" / "peers.json"))
    parser.add_argument("--skills", default=str(ROOT / "examples" / "triage"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--kinds", default="ping,list,echo,classify")
    parser.add_argument("--depths", default="1,64", help="requests in flight over stdio")
    parser.add_argument("--connections", default="1,16", help="HTTP connections")
    parser.add_argument("--server-cpu", type=int, default=0)
    parser.add_argument("--load-cpu", type=int, default=1)
    parser.add_argument("--port", type=int, default=9300)
    return parser.parse_args()


def expand(value, environment):
    if isinstance(value, str):
        for name, text in environment.items():
            value = value.replace("$" + name, text)
        return os.path.expandvars(value)
    if isinstance(value, list):
        return [expand(item, environment) for item in value]
    if isinstance(value, dict):
        return {key: expand(item, environment) for key, item in value.items()}
    return value


class Server:
    """One start of a server: its command, its scratch folder and, for HTTP, its process."""

    def __init__(self, peer, words, port=0):
        self.scratch = tempfile.mkdtemp(prefix="compare-")
        self.words = [
            word.replace("{port}", str(port)).replace("{scratch}", self.scratch) for word in words
        ]
        self.environment = dict(os.environ, **peer.get("env", {}))
        self.url = "http://127.0.0.1:%d%s" % (port, peer.get("path", "/mcp"))
        self.port = port
        self.process = None

    def listen(self, cpu):
        self.process = subprocess.Popen(
            ["taskset", "-c", str(cpu)] + self.words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=self.environment,
        )
        deadline = time.monotonic() + START_LIMIT_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise RuntimeError("it does not listen") from None
                time.sleep(0.005)

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.scratch, ignore_errors=True)


class Comparison:
    def __init__(self, options):
        self.options = options
        names = {"BUILD": options.build, "SKILLS": options.skills}
        with open(options.peers, encoding="utf-8") as source:
            self.peers = expand(json.load(source), names)
        self.cases = {}  # title -> peer's name -> figures of each round
        self.port = options.port

    def load(self, title, peer, arguments, environment):
        """Runs the generator; keeps its figures, or says on stderr what went wrong."""
        command = [self.options.build + "/bench/mcpload"] + [str(word) for word in arguments]
        try:
            run = subprocess.run(
                command, capture_output=True, text=True, env=environment, timeout=RUN_LIMIT_S,
                check=False,
            )
            figures = json.loads(run.stdout.strip().splitlines()[-1])
        except (subprocess.TimeoutExpired, IndexError, json.JSONDecodeError) as failure:
            print("! %s, %s: %s" % (peer["name"], title, failure), file=sys.stderr)
            return
        if figures.get("errors"):
            print("! %s, %s: %s" % (peer["name"], title, figures["first_error"]), file=sys.stderr)
            return
        self.cases.setdefault(title, {}).setdefault(peer["name"], []).append(figures)

    def kinds(self, peer):
        wanted = self.options.kinds.split(",")
        return [kind for kind in wanted if kind in peer.get("kinds", wanted)]

    def tool(self, peer, kind):
        name = peer.get("tools", {}).get(kind)
        return ["-t", name] if name else []

    def common(self, peer, kind):
        options = self.options
        return ["-c", options.load_cpu, "-w", 2000, "-s", options.seconds, "-k", kind, "-T", 15,
                *self.tool(peer, kind)]

    def measure_stdio(self, peer):
        for kind in self.kinds(peer):
            for depth in self.options.depths.split(","):
                server = Server(peer, peer["stdio"])
                self.load(
                    "stdio, %s, %s in flight" % (kind, depth), peer,
                    ["stdio", *self.common(peer, kind), "-x", self.options.server_cpu, "-D", depth,
                     "--", *server.words], server.environment,
                )
                server.stop()

    def measure_http(self, peer):
        self.port += 1
        server = Server(peer, peer["http"], self.port)
        try:
            server.listen(self.options.server_cpu)
            for kind in self.kinds(peer):
                for connections in self.options.connections.split(","):
                    self.load(
                        "HTTP, %s, %s connections" % (kind, connections), peer,
                        ["http", *self.common(peer, kind), "-p", server.process.pid, "-C",
                         connections, "-S", peer.get("session", "conn"), server.url],
                        server.environment,
                    )
        except RuntimeError as failure:
            print("! %s: %s" % (peer["name"], failure), file=sys.stderr)
        finally:
            server.stop()

    def run(self):
        for _ in range(self.options.rounds):
            for peer in self.peers:
                if "stdio" in peer:
                    self.measure_stdio(peer)
                if "http" in peer:
                    self.measure_http(peer)

    def print_case(self, title):
        print("\n### %s\n" % title)
        print("| server | requests/s | p50 us | p99 us | CPU us/request | CPU ratio | RSS MB |")
        print("|---|--:|--:|--:|--:|--:|--:|")
        rounds = self.cases[title]
        reference = None
        for peer in self.peers:
            rows = rounds.get(peer["name"])
            if not rows:
                continue
            cpu = min(row["server_cpu_us_per_req"] for row in rows)
            reference = reference or cpu
            print("| %s | %.0f | %.1f | %.1f | %.2f | %s | %.1f |" % (
                peer["name"], max(row["rps"] for row in rows),
                min(row["p50_us"] for row in rows),
                statistics.median(row["p99_us"] for row in rows), cpu,
                "%.1f" % (cpu / reference) if reference else "-",
                max(row["server_peak_kb"] for row in rows) / 1024,
            ))

    def print_tables(self):
        for title in self.cases:
            self.print_case(title)


def main():
    comparison = Comparison(read_options())
    comparison.run()
    comparison.print_tables()


if __name__ == "__main__":
    main()
