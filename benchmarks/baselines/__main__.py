"""`python -m benchmarks.baselines TARGET SERVER PORT`, served as the apps are."""

import sys

from shared.serving import SERVERS
from shared.settings import Settings

if __name__ == "__main__":
    target, server, port = sys.argv[1:]
    sys.exit(SERVERS[server](target, "127.0.0.1", int(port), Settings.load()))
