"""What /metrics of this process would say."""

from prometheus_client import REGISTRY


def sample(name: str, **labels: str) -> float:
    """The value of a series, 0 where there is none."""
    return REGISTRY.get_sample_value(name, labels) or 0
