"""What each simulated user of the load test does: an ordinary locustfile, which `locust -f locustfile.py` runs as well.

It becomes a file of the ConfigMap fibonacci-locust, which the autoscaler mounts at /tasks.
"""

from locust import HttpUser, constant_pacing, task


class Reader(HttpUser):
    # A request each second, as long as the service keeps up with that.
    wait_time = constant_pacing(1)

    # The request's name, which the targets call endpoint, is the path with its query, or the name that is given here.
    @task
    def fibonacci(self):
        # Locust sets no timeout, so a user would wait as long as the service lets it.
        self.client.get("/fibonacci?n=28", name="/fibonacci", timeout=5)
