"""`python -m benchmarks.baselines TARGET SERVER PORT`, served as the apps are."""

import sys

from shared.logs import log_to_stderr
from shared.settings import Settings
from shared.workers import serve

if __name__ == "__main__":
    target, server, port = sys.argv[1:]
    settings = Settings.load()
    log_to_stderr(settings)
    sys.exit(serve(target, server, "127.0.0.1", int(port), 1, settings))
