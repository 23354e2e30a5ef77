"""Take from this process whatever a parser does not need, for good. Linux.

A parser of untrusted files is expected to be taken over one day. Four layers, each for what the others miss: resource
limits; a network namespace without any interface; Landlock, by which the kernel refuses files outside the installation
and the process's own folder; and an audit hook, which refuses sockets, processes and writing for Python code where the
kernel offers neither of the former.

Sources: unshare(2), prctl(2), landlock(7), PEP 578.
"""

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_LANDLOCK_CREATE_RULESET = 444  # the same number on every architecture, as for the two below
_LANDLOCK_ADD_RULE = 445
_LANDLOCK_RESTRICT_SELF = 446
_LANDLOCK_FILES = 0x1FFF  # all rights of ABI 1: execute, write, read, list, make and remove
_LANDLOCK_TCP = 0x3  # bind and connect
_LANDLOCK_SCOPES = 0x3  # abstract UNIX sockets and signals to others
_LANDLOCK_READ = 0x4 | 0x8  # read files, list folders

_WRITING_FLAGS = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_REFUSED_EVENTS = ("socket.", "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "pty.")
_WRITING_EVENTS = ("os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.chmod")

_libc = ctypes.CDLL(None, use_errno=True)


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("handled_access_fs", ctypes.c_uint64),
        ("handled_access_net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def confine(folder: Path, *, parent: int, memory_bytes: int) -> None:
    """Confine this process, which must still have a single thread; only `folder` stays writable.

    Ends the process when `parent` is no longer its parent, now or later.
    """
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("the parent has ended")
    _limit(memory_bytes)
    _libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)  # refused in some containers: the other layers hold
    _landlock(folder)
    sys.addaudithook(_hook(folder))


def bound_memory(further_bytes: int) -> None:
    """Let this process grow by at most `further_bytes` from here on; call it once everything is imported."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    most, _ = resource.getrlimit(resource.RLIMIT_AS)
    grown = pages * resource.getpagesize() + further_bytes
    bound = grown if most == resource.RLIM_INFINITY else min(grown, most)
    resource.setrlimit(resource.RLIMIT_AS, (bound, bound))


def seal() -> None:
    """Refuse further processes and threads, unless root runs this; call it once all that starts threads is imported."""
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def _limit(memory_bytes: int) -> None:
    for kind, value in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_FSIZE, 2**26),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (value, value))


def _landlock(folder: Path) -> None:
    """Let the kernel refuse TCP, signals, and files outside the installation, the system's libraries and `folder`."""
    abi = _libc.syscall(_LANDLOCK_CREATE_RULESET, None, 0, 1)
    if abi < 1:  # a kernel without Landlock
        return
    ruleset = _Ruleset(_LANDLOCK_FILES, _LANDLOCK_TCP, _LANDLOCK_SCOPES)
    size = 24 if abi >= 6 else 16 if abi >= 4 else 8  # TCP came with ABI 4, scopes with 6
    descriptor = _libc.syscall(_LANDLOCK_CREATE_RULESET, ctypes.byref(ruleset), size, 0)
    for path in readable():
        _allow(descriptor, path, _LANDLOCK_READ)
    _allow(descriptor, str(folder), _LANDLOCK_FILES & ~1)  # all but execution
    _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _libc.syscall(_LANDLOCK_RESTRICT_SELF, descriptor, 0)
    os.close(descriptor)


def readable() -> Iterable[str]:
    """Return the folders that the interpreter and its libraries are read from."""
    here = Path(__file__).parents[2]  # the package itself, when it is installed editable
    system = ("/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/proc/self", "/dev/null", "/dev/urandom")
    return {path for path in (*system, sys.prefix, sys.base_prefix, str(here), *sys.path) if Path(path).exists()}


def _allow(descriptor: int, path: str, access: int) -> None:
    opened = os.open(path, os.O_PATH)
    if not Path(path).is_dir():
        access &= 0x6  # a file can only be read and written
    rule = _PathBeneath(access, opened)
    _libc.syscall(_LANDLOCK_ADD_RULE, descriptor, 1, ctypes.byref(rule), 0)
    os.close(opened)


def _hook(folder: Path) -> Any:
    """Return the audit hook: it outlives every attempt to remove it."""
    inside = f"{folder}{os.sep}"

    def within(path: object) -> bool:
        return isinstance(path, str | bytes | os.PathLike) and f"{Path(os.fsdecode(path)).resolve()}".startswith(inside)

    def refuse(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            if flags & _WRITING_FLAGS and not within(path):
                raise PermissionError(event)
        elif event.startswith(_REFUSED_EVENTS) or (event.startswith(_WRITING_EVENTS) and not within(arguments[0])):
            raise PermissionError(event)

    return refuse
