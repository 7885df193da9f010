"""Health checks of the containers: `python config/deploy/healthy.py web|worker|beat` ends with 0 when all is well."""

import http.client
import os
import socket
import subprocess
import sys
import time
from pathlib import Path


def web() -> bool:
    """The health page answers; it looks at the database and the queue itself."""
    connection = http.client.HTTPConnection("127.0.0.1", 8000, timeout=5)
    connection.request("GET", "/health/", headers={"Host": os.environ["ALLOWED_HOSTS"].split(",")[0]})
    return connection.getresponse().status == 200


def worker() -> bool:
    """The worker of this container answers over the broker."""
    name = f"celery@{socket.gethostname()}"
    command = ["celery", "-A", "config.celery:app", "inspect", "ping", "--destination", name, "--timeout", "5"]
    return subprocess.run(command, capture_output=True, timeout=25, check=False).returncode == 0


def beat() -> bool:
    """Beat wrote its schedule within ten minutes; it does so every three."""
    written = [path.stat().st_mtime for path in Path("/tmp").glob("beat-schedule*")]
    return bool(written) and time.time() - max(written) < 600


if __name__ == "__main__":
    sys.exit(not {"web": web, "worker": worker, "beat": beat}[sys.argv[1]]())
