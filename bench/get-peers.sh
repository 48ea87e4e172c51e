#!/bin/sh
# Installs the other classifiers that bench/run few-shot and beside-peers measure beside hone, on
# Debian 12: scikit-learn (python3-sklearn) and fastText (fasttext). Calls apt-get only when one
# is missing. Vowpal Wabbit is not among Debian 12's packages.
#
#   bench/get-peers.sh
set -eu
exec "$(dirname "$0")/../tools/install-deps.sh" --peers
