#!/bin/sh
# Plays the official conformance suite of MCP against the program of a build, which serves the
# suite's fixtures (hone serve --conformance). Prints a table; what the suite reports is left in
# BUILD/conformance. Without npm, or a registry that it can reach, exits with 77 (skipped).
#
# usage: test-conformance.sh BUILD_DIR
set -eu
exec "$(dirname "$0")/test-clients.sh" "${1:-}" conformance
