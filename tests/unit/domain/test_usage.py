import contextvars
import threading
from concurrent.futures import ThreadPoolExecutor

from memory.domain.usage import Meter, Tally, Usage


def query(calls: int = 1, items: int = 1, seconds: float = 0.5) -> Usage:
    return Usage("encoder", "encode_query", calls, items, seconds)


def test_usage_adds_up_by_port_and_operation() -> None:
    tally = Tally()
    for usage in (query(), Usage("index", "count", 1, 0, 0.25), query(items=3)):
        tally.add(usage)
    assert tally.usage() == (query(calls=2, items=4, seconds=1.0), Usage("index", "count", 1, 0, 0.25))


def test_a_request_sees_its_own_usage_and_the_total_sees_all() -> None:
    meter = Meter()
    meter.add(query())
    with meter.request() as request:
        meter.add(query(items=2))
    meter.add(query())
    assert request.usage() == (query(items=2),)
    assert meter.total() == (query(calls=3, items=4, seconds=1.5),)


def test_requests_side_by_side_do_not_mix() -> None:
    """Fails when the usage of a request is kept in one place for all threads."""
    meter, together = Meter(), threading.Barrier(8, timeout=10)

    def serve(items: int) -> tuple[Usage, ...]:
        with meter.request() as request:
            together.wait()
            meter.add(query(items=items))
            together.wait()
            return request.usage()

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(serve, range(8))) == [(query(items=items),) for items in range(8)]


def test_work_in_a_copied_context_counts_for_its_request() -> None:
    """Fails when the sums live in the context variable itself, whose copies would drift apart."""
    meter = Meter()
    with meter.request() as request, ThreadPoolExecutor(2) as threads:
        for _ in range(2):
            threads.submit(contextvars.copy_context().run, meter.add, query()).result()
    assert request.usage() == (query(calls=2, items=2, seconds=1.0),)


def test_nothing_is_lost_when_threads_count_at_once() -> None:
    meter = Meter()
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: meter.add(query()), range(4_000)))
    assert meter.total() == (query(calls=4_000, items=4_000, seconds=2_000.0),)


def test_an_inner_request_counts_for_itself() -> None:
    meter = Meter()
    with meter.request() as outer:
        with meter.request() as inner:
            meter.add(query())
        meter.add(query(items=5))
    assert (inner.usage(), outer.usage()) == ((query(),), (query(items=5),))
