"""What the servers among the look-alikes share: HTTP on one port until SIGTERM."""

import http.server
import os
import signal
import sys

READY, LOADING, FORBIDDEN, MISSING = 200, 503, 403, 404


def serve(address, port, answer, before_the_end=lambda: None):
    """`answer(path)` returns status and body. Ends with 0 on SIGTERM, with 1 where the port is taken."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            status, body = answer(self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_):
            pass

    def end(*_):
        before_the_end()
        sys.stdout.flush()
        os._exit(0)

    try:
        server = http.server.ThreadingHTTPServer((address, port), Handler)
    except OSError as error:
        sys.exit(f"Port {port}: {error.strerror}")
    signal.signal(signal.SIGTERM, end)
    server.serve_forever()
