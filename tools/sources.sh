# shellcheck shell=sh
# Sourced by the other scripts: the folders of the project and the files in them.

# shellcheck disable=SC2034 # used by those scripts
HONE_FOLDERS="base tensor schema optim skills offline protocol store host remote server cli"

# Prints the *.c and *.h below the folders named that exist.
hone_sources() {
    for folder in "$@"; do
        if [ -d "$folder" ]; then
            find "$folder" -type f \( -name '*.c' -o -name '*.h' \)
        fi
    done | LC_ALL=C sort
}
