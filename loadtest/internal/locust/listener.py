"""Records what Locust's own statistics lose: each request's time as it was measured, when it was sent, and the requests
that are still under way at the end. It is loaded before the locustfile, by wrapper.py.

The record is a line of JSON for each thing that happens:

    ["start", time, cpu, shape]                   the test starts; seconds since 1970, processor seconds so far
    ["name", n, method, name]                     a request name, which is n from now on
    ["error", n, text]                            a failure's text, which is n from now on
    ["request", name, sent, ms, status, error]    a request; status 0 without an answer, error 0 for none
    ["unfinished", name, sent]                    a request that is under way at the end
    ["exception", text, file, line]               a task raised an exception
    ["users", n]                                  so many users are there
    ["late", ms]                                  how late the loop that all users share came to a piece of work
    ["end", time, cpu, connections]               the test ends; TCP connections that were opened
"""
import functools
import json
import os
import socket
import time
import traceback

import gevent
import locust
from locust import events

LONGEST_TEXT = 2000
LOOK_EVERY = 0.05


class Record:
    """The file, one for each process, as Locust can have several."""

    def __init__(self):
        self.pid = None
        self.ids = {}
        self.file = None
        self.broken = False

    def write(self, *line):
        if self.broken:
            return
        if self.pid != os.getpid():
            self.pid = os.getpid()
            self.ids = {}
            path = os.path.join(os.environ["LPA_LOCUST_FOLDER"], "requests-%d.jsonl" % self.pid)
            self.file = open(path, "w", buffering=1, encoding="utf-8")
        try:
            self.file.write(json.dumps(line) + "\n")
        except OSError as e:  # a full disk: without an end the record is known to be incomplete
            self.broken = True
            print("the record of requests ends here: %s" % e, flush=True)

    def number(self, kind, *key):
        """The number of a name or a text, which is written out the first time."""
        if self.pid != os.getpid():
            self.ids = {}
        n = self.ids.get((kind,) + key)
        if n is None:
            n = len(self.ids) + 1
            self.write(kind, n, *key)  # first, as a new process starts with its own numbers
            self.ids[(kind,) + key] = n
        return n


record = Record()
pending = {}  # by greenlet: the request that it waits for
opened = [0]  # connections
ended = []


def text(value):
    try:
        return str(value)[:LONGEST_TEXT]
    except Exception:
        return type(value).__name__


def describe(exception):
    try:
        return repr(exception)[:LONGEST_TEXT]
    except Exception:
        return type(exception).__name__ + "()"


def number(value, most):
    """The value as a number from 0 to most; None if it is none. A client of the locustfile's own can report anything."""
    try:
        value = float(value)
    except Exception:
        return None
    return min(max(value, 0.0), most) if value == value else None


def on_request(request_type=None, name=None, response_time=None, exception=None, response=None, start_time=None, **_):
    pending.pop(gevent.getcurrent(), None)
    if ended:
        return
    ms = number(response_time, 1e9)
    if ms is None and exception is None:
        return  # it has no latency, which Locust leaves out too
    ms = ms or 0.0
    status = number(getattr(response, "status_code", 0), 999) or 0
    error = 0
    if exception is not None:
        cause = getattr(response, "error", None) if status == 0 else None
        error = record.number("error", describe(cause or exception))
    sent = number(start_time, 1e12)
    now = time.time()
    if sent is None or not now - 86400 < sent <= now:  # another clock
        sent = now - ms / 1000
    record.write("request", record.number("name", text(request_type or ""), text(name)), sent, ms, int(status), error)


def on_user_error(exception=None, tb=None, **_):
    if ended:
        return
    frames = traceback.extract_tb(tb)
    own = [f for f in frames if f[0] == os.environ["LPA_LOCUST_FILE"]] or frames[-1:]
    record.write("exception", describe(exception), own[-1][0] if own else "", own[-1][1] if own else 0)


def on_test_start(environment=None, **_):
    shape = getattr(environment, "shape_class", None)
    record.write("start", time.time(), time.process_time(), type(shape).__name__ if shape else "")
    runner = getattr(environment, "runner", None)
    if runner is not None and type(runner).__name__ != "WorkerRunner":
        attempt("the test ends at a whole second", end_after, float(os.environ["LPA_LOCUST_SECONDS"]), runner)


    gevent.spawn(watch_loop)


def watch_loop():
    """Measures what Locust itself adds to latencies: when an answer arrives, its user waits as long as this does."""
    while not ended:
        due = time.perf_counter() + LOOK_EVERY
        gevent.sleep(LOOK_EVERY)
        record.write("late", (time.perf_counter() - due) * 1000)


def end_after(seconds, runner):
    """Ends the test, as --run-time does, which knows whole seconds only and begins to count too early."""
    gevent.get_hub().loop.update_now()
    gevent.spawn_later(seconds, runner.quit)


def on_spawning_complete(user_count=0, **_):
    record.write("users", int(user_count))


def finish(environment=None, **_):
    """Called at each sign of the end; the first one counts, as users are at work until then."""
    if ended:
        return
    now, cpu = time.time(), time.process_time()
    for method, name, sent in [label(*request) for request in list(pending.values())]:
        record.write("unfinished", record.number("name", method, name), sent)
    runner = getattr(environment, "runner", None)
    if runner is not None and hasattr(events, "test_stopping"):  # else they are gone already
        record.write("users", int(runner.user_count))
    record.write("end", now, cpu, opened[0])
    ended.append(True)


def label(sent, session, arguments, options):
    """What the request would have been reported as, had it finished."""
    method = arguments[0] if arguments else options.get("method", "")
    url = arguments[1] if len(arguments) > 1 else options.get("url", options.get("path", ""))
    name = options.get("name") or (arguments[2] if len(arguments) > 2 else None) or getattr(session, "request_name", None)
    if not name:
        name = url
        try:
            import requests

            if isinstance(session, requests.Session):  # which reports the address as it was sent
                name = requests.Request(method, session._build_url(url), params=options.get("params")).prepare().path_url
        except Exception:
            pass
    return text(method), text(name), sent


def watch(session_class):
    """Keeps note of the requests that a session waits for."""
    original = session_class.request

    @functools.wraps(original)
    def request(self, *arguments, **options):
        greenlet = gevent.getcurrent()
        pending[greenlet] = (time.time(), self, arguments, options)
        try:
            return original(self, *arguments, **options)
        finally:
            pending.pop(greenlet, None)

    session_class.request = request


def count_connections():
    original = socket.socket.connect

    @functools.wraps(original)
    def connect(self, address):
        result = original(self, address)
        if self.family in (socket.AF_INET, socket.AF_INET6) and self.type == socket.SOCK_STREAM:
            opened[0] += 1
        return result

    socket.socket.connect = connect


def attempt(what, action, *arguments):
    """What a version of Locust does not have is not recorded; the rest is."""
    try:
        action(*arguments)
    except Exception as e:
        print("%s: %s" % (what, describe(e)), flush=True)


def on_init(**_):
    """Comes after the locustfile, so that what that does at the start of a test is over when the time begins to count."""
    events.test_start.add_listener(on_test_start)


def listen():
    events.request.add_listener(on_request)  # without it there is no record at all
    for name, listener in [
        ("init", on_init),
        ("spawning_complete", on_spawning_complete),
        ("user_error", on_user_error),
        ("test_stopping", finish),
        ("test_stop", finish),
        ("quitting", finish),
    ]:
        if hasattr(events, name):
            getattr(events, name).add_listener(listener)


def fast_session():
    from locust.contrib.fasthttp import FastHttpSession

    return FastHttpSession


listen()
attempt("requests under way at the end are not recorded", lambda: watch(locust.clients.HttpSession))
attempt("requests of FastHttpUser under way at the end are not recorded", lambda: watch(fast_session()))
attempt("connections are not counted", count_connections)
