"""A network with nobody in it, in which the kernel counts every attempt to leave.

Whoever tries to reach a machine from there, native code and processes without an environment included, finds no way
out, and that is counted. A name is asked of a server that does not exist, so it is counted as well: neither a resolver
on loopback nor a cache of the machine may answer. Loopback itself works, for servers under test.
"""

import shutil
import subprocess
from pathlib import Path

import pytest

NAMESPACES = ("unshare", "--user", "--map-root-user", "--net", "--mount")
LOOPBACK_UP = """
import fcntl, socket, struct
with socket.socket(type=socket.SOCK_DGRAM) as any_socket:
    fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh14x", b"lo", 0x41))  # SIOCSIFFLAGS: up and running
"""
RESOLVER = "nameserver 192.0.2.53\noptions timeout:1 attempts:1\n"  # TEST-NET-1, RFC 5737
SWITCH = "hosts: files dns\n"
FILES = {"resolv.conf": RESOLVER, "nsswitch.conf": SWITCH}


def trap(folder: Path, python: str) -> tuple[str, ...]:
    """Return what a command is put behind to run in such a network; skips where the machine permits none.

    What the kernel counted is left in `folder`, for `left`.
    """
    for name, text in FILES.items():
        (folder / name).write_text(text)
    mounts = "; ".join(f'mount --bind "{folder}/{name}" /etc/{name}' for name in FILES)
    counts = f'cat /proc/net/snmp /proc/net/snmp6 > "{folder}/counted"'
    script = f'set -e; {mounts}; "{python}" -I -c "$0"; set +e; "$@"; code=$?; {counts}; exit $code'
    wrapper = (*NAMESPACES, "sh", "-c", script, LOOPBACK_UP)
    tried = shutil.which("unshare") and subprocess.run([*wrapper, "true"], check=False, capture_output=True)  # noqa: S603
    if not tried or tried.returncode:
        pytest.skip("this machine does not permit a network and mounts of its own")
    return wrapper


def left(folder: Path) -> int:
    """Return how many packets wanted to leave the network that the trap of `folder` made."""
    text = (folder / "counted").read_text()
    names, numbers = (line.split()[1:] for line in text.splitlines() if line.startswith("Ip:"))
    (sixth,) = [line.split()[1] for line in text.splitlines() if line.startswith("Ip6OutNoRoutes")]
    return int(numbers[names.index("OutNoRoutes")]) + int(sixth)
