"""A service as small as the launcher's tests need: it answers /health, says lines, and stops or dies as told.

Enters: a port and a manner. Leaves: exit code 0 after SIGTERM, 3 after `dies`.
"""

import http.server
import os
import signal
import subprocess
import sys
import threading
import time


class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        if self.path == "/die":
            print("giving up", flush=True)
            os._exit(3)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing of requests."""


def main(port: int, manner: str) -> None:
    print(f"starting {manner}", flush=True)
    if manner == "dies":
        print("no database", flush=True)
        sys.exit(3)
    if manner == "mute":
        time.sleep(600)
    if manner == "parent":
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        print(f"child {child.pid}", flush=True)
    if manner == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    else:
        signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Health)
    with server:
        server.serve_forever()
    print("bye", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
