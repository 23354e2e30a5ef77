"""Turns on the processor: asked for once, inherited by threads, given back by processes that compute."""

import platform
import subprocess
import sys

import pytest

from memory.adapters.processor import NICENESS

TURNS = """
import ctypes, os, struct, threading
from memory.adapters import processor

def turn() -> int:
    told = ctypes.create_string_buffer(48)
    ctypes.CDLL(None).syscall({"x86_64": 315, "aarch64": 275}[os.uname().machine], 0, told, 48, 0)
    return struct.unpack("<IIQiIQQQ", told.raw)[5]

def say() -> None:
    print(turn(), os.getpriority(os.PRIO_PROCESS, 0))

processor.take_ordinary_turns()  # whatever the tests before have asked for
"""

IDLE = """
import os
from memory.adapters import processor

os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
processor.answer_first()
print(os.sched_getscheduler(0) == os.SCHED_IDLE)
"""


def told(script: str) -> list[tuple[int, int]]:
    """Return what a process of its own says of its turns, in nanoseconds, and of its niceness."""
    run = subprocess.run([sys.executable, "-c", TURNS + script], capture_output=True, text=True, check=True)  # noqa: S603
    return [(int(turn), int(nice)) for turn, nice in map(str.split, run.stdout.splitlines())]


@pytest.fixture(autouse=True)
def ordinary() -> int:
    """Return the length of an ordinary turn; skips where a kernel tells of none."""
    if platform.system() != "Linux" or platform.machine() not in {"x86_64", "aarch64"}:
        pytest.skip("turns can be asked for on Linux alone")
    ((turn, _),) = told("say()")
    if turn == 0:
        pytest.skip("this kernel knows no turns that can be asked for")
    return turn


def test_who_answers_has_short_turns_and_so_have_its_threads(ordinary: int) -> None:
    """Fails when nothing is asked for, or when it is asked with another struct than the kernel's."""
    said = told("say(); processor.answer_first(); say(); one = threading.Thread(target=say); one.start(); one.join()")
    nice = said[0][1]
    assert said == [(ordinary, nice), (100_000, nice), (100_000, nice)]


def test_who_computes_gives_way_and_gives_short_turns_back(ordinary: int) -> None:
    """Fails when a worker keeps the turns that it inherits from the server: then it gives way to nobody."""
    before, after = told("processor.answer_first(); say(); processor.give_way(); say()")
    assert (before[0], after[0]) == (100_000, ordinary)
    assert after[1] == min(19, before[1] + NICENESS)


def test_another_policy_is_left_as_it_is() -> None:
    """Fails when asking for turns brings a process back that its operator runs when nothing else wants to."""
    run = subprocess.run([sys.executable, "-c", IDLE], capture_output=True, text=True, check=True)  # noqa: S603
    assert run.stdout == "True\n"
