# shellcheck shell=bash
# Sourced by run and campaign: a Debian machine, as root, becomes one that the tests can run on.
# Afterwards $clone is a fresh clone of what is committed here, in a folder whose name has a space and with nothing
# beside it; it is removed at the end.
source="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
export CI=true DEBIAN_FRONTEND=noninteractive
PATH="/usr/bin:$PATH"  # Debian's Python, the oldest that is promised

missing=()
for package in docker.io bubblewrap mmdebstrap openssh-client docker-registry qemu-user python3-venv git chromium chromium-driver lrzsz dosfstools mtools fusefat; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done
for program in node npm; do  # another distribution's will do
    command -v "$program" >/dev/null || missing+=("${program/%node/nodejs}")
done
if ((${#missing[@]})); then
    apt-get update -qq
    apt-get install -qq -y "${missing[@]}" >/dev/null
fi

# The daemon of Debian's package; a newer client may shadow its client, so the socket is asked.
ping() {
    python3 -c 'import socket, sys
s = socket.socket(socket.AF_UNIX)
s.settimeout(5)
s.connect("/var/run/docker.sock")
s.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
sys.exit(b" 200 " not in s.recv(100))' 2>/dev/null
}
if [[ -z "${DOCKER_HOST:-}" ]] && ! ping; then
    rm -f /var/run/docker.pid
    setsid /usr/sbin/dockerd >"${TMPDIR:-/tmp}/dockerd.log" 2>&1 </dev/null &
    for _ in $(seq 60); do ping && break; sleep 1; done
    ping || { tail -20 "${TMPDIR:-/tmp}/dockerd.log"; echo "no container engine could be started"; exit 1; }
fi

workspace="$(mktemp -d)"
trap 'rm -rf "$workspace"' EXIT
clone="$workspace/a fresh clone/edgecask"
# A checkout may belong to another user than root, which git refuses without this.
printf '[safe]\n\tdirectory = *\n' >"$workspace/gitconfig"
export GIT_CONFIG_GLOBAL="$workspace/gitconfig"
if [[ -n "$(git -C "$source" status --porcelain)" ]]; then
    echo "note: what is not committed is not tested"
fi
git clone -q "$source" "$clone"
