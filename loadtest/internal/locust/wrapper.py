# Written by the Latency Pod Autoscaler: runs the locustfile as it is, under its own name, with a record of each request.
def _lpa_prepare():
    import importlib.util
    import os
    import sys
    import traceback

    listener = os.path.join(os.environ["LPA_LOCUST_FOLDER"], "lpa_listener.py")
    if "lpa_listener" not in sys.modules:  # a module beside the locustfile may import that, and so this file again
        try:
            spec = importlib.util.spec_from_file_location("lpa_listener", listener)
            sys.modules["lpa_listener"] = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(sys.modules["lpa_listener"])
        except Exception:
            sys.stderr.write("the record of requests is not possible here:\n" + traceback.format_exc())
    return os.environ["LPA_LOCUST_FILE"]


__file__ = _lpa_prepare()
del _lpa_prepare
exec(compile(open(__file__, "rb").read(), __file__, "exec", 0, True))
