"""The capped pool."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from infra.local.lambda_runtime.pool import Pool

from .conftest import call

pytestmark = pytest.mark.thorough


@pytest.fixture
def make_pool(make_worker):
    pools = []

    def make(handler, size):
        # One thread starts all processes, because they end with the thread that started them.
        starter = ThreadPoolExecutor(1)
        pools.append(Pool(lambda: starter.submit(make_worker, handler).result(), size=size))
        return pools[-1]

    yield make
    for pool in pools:
        pool.close()


def invoke_together(pool, events, *, seconds=10.0):
    with ThreadPoolExecutor(len(events)) as callers:
        return list(callers.map(lambda event: pool.invoke(call(event, seconds=seconds)), events))


def test_never_more_processes_than_its_size_and_every_call_is_answered(make_pool):
    results = invoke_together(make_pool("wait", 2), [{"seconds": 0.1}] * 8)
    assert not any(result.is_error for result in results)
    assert len({json.loads(result.body) for result in results}) == 2


def test_calls_one_after_the_other_share_one_process(make_pool):
    pool = make_pool("echo", 4)
    assert len({json.loads(pool.invoke(call()).body)["pid"] for _ in range(5)}) == 1


def test_a_call_that_finds_no_room_until_its_deadline_is_throttled_and_never_run(make_pool):
    pool = make_pool("wait", 1)
    pool.invoke(call({"seconds": 0}))
    with ThreadPoolExecutor(1) as caller:
        busy = caller.submit(pool.invoke, call({"seconds": 1.5}))
        time.sleep(0.2)
        result = pool.invoke(call({"seconds": 0}, seconds=0.3))
        assert json.loads(result.body)["errorType"] == "TooManyRequestsException"
        assert not busy.result().is_error


def test_a_crashed_process_is_replaced(make_pool):
    pool = make_pool("die", 1)
    for _ in range(3):
        assert json.loads(pool.invoke(call()).body)["errorType"] == "Runtime.ExitError"


def test_a_process_that_died_while_idle_is_not_used_again(make_pool):
    pool = make_pool("echo", 1)
    pid = json.loads(pool.invoke(call()).body)["pid"]
    victim = psutil.Process(pid)
    victim.kill()
    victim.wait(2)
    time.sleep(0.1)
    assert json.loads(pool.invoke(call()).body)["calls"] == 1


def test_a_timed_out_process_is_replaced(make_pool):
    pool = make_pool("wait", 1)
    assert pool.invoke(call({"seconds": 30}, seconds=0.5)).is_error
    assert not pool.invoke(call({"seconds": 0})).is_error


def test_only_processes_that_were_idle_long_enough_are_reaped(make_pool):
    pool = make_pool("echo", 1)
    pid = json.loads(pool.invoke(call()).body)["pid"]
    pool.reap(60)
    assert psutil.pid_exists(pid)
    pool.reap(0)
    assert not psutil.pid_exists(pid)


def test_retired_a_busy_process_ends_after_its_work(make_pool):
    pool = make_pool("wait", 1)
    pid = json.loads(pool.invoke(call({"seconds": 0})).body)
    with ThreadPoolExecutor(1) as caller:
        busy = caller.submit(pool.invoke, call({"seconds": 0.3}))
        time.sleep(0.1)
        pool.retire()
        assert json.loads(busy.result().body) == pid
    assert not psutil.pid_exists(pid)


def test_closed_a_busy_process_ends_at_once(make_pool):
    pool = make_pool("wait", 1)
    pool.invoke(call({"seconds": 0}))
    with ThreadPoolExecutor(1) as caller:
        busy = caller.submit(pool.invoke, call({"seconds": 8}))
        time.sleep(0.1)
        pool.close()
        assert busy.result(timeout=2).is_error
