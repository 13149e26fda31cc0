#!/bin/sh
# Makes .venv as requirements/dev.txt wants it, with the Python that PYTHON names or the newest that truly runs.
# A name on the PATH is only a claim: a version manager's shim may have no Python behind it, and a Debian Python
# may lack ensurepip. So each candidate is run before one is chosen.
set -eu
cd "$(dirname "$0")/.."

probe='import sys, venv, ensurepip
if sys.version_info >= (3, 11) and (len(sys.argv) > 1 or sys.version_info.releaselevel == "final"):
    print("%d %d %d" % sys.version_info[:3], getattr(sys, "_base_executable", sys.executable))'

newest_python() {
    {
        for name in python3 python; do
            if found=$(command -v "$name"); then "$found" -c "$probe" 2>/dev/null || true; fi
        done
        old_ifs=$IFS
        IFS=:
        for folder in $PATH; do
            for found in "$folder"/python3.1[1-9] "$folder"/python3.[2-9][0-9]; do
                if [ -x "$found" ]; then "$found" -c "$probe" 2>/dev/null || true; fi
            done
        done
        IFS=$old_ifs
        # What pyenv holds runs by its own path, whichever version its shims point at.
        if versions=$(pyenv root 2>/dev/null); then
            for found in "$versions"/versions/*/bin/python3; do
                if [ -x "$found" ]; then "$found" -c "$probe" 2>/dev/null || true; fi
            done
        fi
    } | sort -k1,1nr -k2,2nr -k3,3nr | head -n 1 | cut -d ' ' -f 4-
}

if [ -n "${PYTHON:-}" ]; then
    # shellcheck disable=SC2086 # PYTHON may be a command with arguments, such as "py -3.12"
    python=$($PYTHON -c "$probe" named | cut -d ' ' -f 4-) || python=
    if [ -z "$python" ]; then
        echo "PYTHON=$PYTHON does not run as Python 3.11 or later with venv and ensurepip." >&2
        exit 1
    fi
elif kept=$(.venv/bin/python -c "$probe" named 2>/dev/null) && [ -n "$kept" ]; then
    # The Python that .venv has stays: a newer one on the PATH is no reason to start over.
    python=$(echo "$kept" | cut -d ' ' -f 4-)
else
    python=$(newest_python)
fi
if [ -z "$python" ]; then
    echo "No Python 3.11 or later runs here with its venv and ensurepip modules (Debian: apt-get install python3-venv)." >&2
    echo "Name one yourself: make install PYTHON=/path/to/python3" >&2
    exit 1
fi
exec "$python" dev/environment.py
