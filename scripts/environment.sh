#!/bin/sh
# Make the Python environment. Needs: Python 3.11 or newer, and a package mirror; git, for the git connector.
# PostgreSQL and Tesseract's English are installed for the tests when this runs as root; without them they are skipped.
# Run by the Makefile, which gives PYTHON and VENV.
set -eu

debian() {
    # Install Debian packages when we may, else say which are missing.
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "Installing Debian packages: $*" >&2
        apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2
    else
        echo "Please install these packages and run again: $*" >&2
        exit 1
    fi
}

command -v git >/dev/null || debian git
if [ -z "${PYTHON:-}" ] || ! "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null; then
    debian python3 python3-venv
    PYTHON=$(command -v python3)
fi
"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "Python 3.11 or newer is needed; found $("$PYTHON" --version). Say which with: make PYTHON=/path/to/python3" >&2
    exit 1
}

# Tests of the production catalogue run on a server of their own, and scanned pages need trained data; nobody need have
# either to work on the rest.
for_tests() {
    # Install the package $1 where no file matches $2.
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null && ! ls $2 >/dev/null 2>&1; then
        debian "$1" || echo "$1 could not be installed; its tests will be skipped." >&2
    fi
}
for_tests postgresql "/usr/lib/postgresql/*/bin/initdb"
for_tests tesseract-ocr-eng "/usr/share/tesseract-ocr/*/tessdata/eng.traineddata"

[ -x "$VENV/bin/pip" ] || "$PYTHON" -m venv "$VENV"
echo "Installing into $VENV (a few minutes the first time)" >&2
"$VENV/bin/pip" install -q --no-input -c constraints.txt -e '.[dev]'
