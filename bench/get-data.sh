#!/bin/sh
# Fetches the data sets of the benchmarks from their publishers and converts them to JSON lines.
#
#   bench/get-data.sh FOLDER        then: export HONE_DATA=FOLDER
#
#   banking77   Casanueva et al. 2020, customer messages of a bank and what they want.
#               github.com/PolyAI-LDN/task-specific-datasets, CC BY 4.0
#   metatool    Huang et al. 2023, requests and the one tool that serves each.
#               github.com/HowieHwong/MetaTool, MIT
#
# Needs curl and python3, and about 4 MB from the network. Nothing of the sets is part of hone.
set -eu

if [ $# -ne 1 ]; then
    sed -n 's/^# \{0,1\}//; 2,11p' "$0" >&2
    exit 2
fi
bench=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1/raw"
folder=$(cd "$1" && pwd)
github=https://raw.githubusercontent.com

fetch() {
    curl --fail --location --silent --show-error --retry 3 --output "$folder/raw/$1.part" "$2"
    mv "$folder/raw/$1.part" "$folder/raw/$1"
    printf '%10s bytes  %s\n' "$(wc -c <"$folder/raw/$1" | tr -d ' ')" "$2"
}

banking=$github/PolyAI-LDN/task-specific-datasets/master
fetch banking-train.csv "$banking/banking_data/train.csv"
fetch banking-test.csv "$banking/banking_data/test.csv"

metatool=$github/HowieHwong/MetaTool/master
fetch metatool.csv "$metatool/dataset/data/all_clean_data.csv"
fetch metatool-tools.json "$metatool/dataset/plugin_des.json"
fetch metatool-LICENSE "$metatool/LICENSE"

python3 "$bench/convert_data.py" "$folder"
cp "$folder/raw/metatool-LICENSE" "$folder/metatool/LICENSE"
printf 'export HONE_DATA=%s\n' "$folder"
