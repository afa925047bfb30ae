# shellcheck shell=sh
# Installs an environment; /bin/sh runs it as root in a container of the image that the environment's stands on, without
# a network, beside /wheelhouse and /requirements.txt (edgecask/runner/container/installation.py). What it writes becomes
# one layer: /opt/environment, or, where the image has that from its parent, the packages in /added. Compiled files name
# no time, so that every machine gets the same bytes.
set -e
export PYC_INVALIDATION_MODE=UNCHECKED_HASH PYTHONHASHSEED=0
python3.11 -m zipfile -e /wheelhouse/uv-*.whl /installer
uv=$(echo /installer/uv-*.data/scripts/uv)
chmod 755 "$uv"
if [ -d /opt/environment ]; then
    target="--target /added"
else
    target=
    "$uv" venv --quiet --python python3.11 --no-python-downloads /opt/environment
fi
# shellcheck disable=SC2086 # two words
"$uv" pip install --quiet --python /opt/environment/bin/python $target --offline --no-cache --no-index \
    --find-links /wheelhouse --require-hashes --no-deps --compile-bytecode --link-mode copy \
    --requirement /requirements.txt
