"""Pictures and sound of each segment as numbers that a network can read."""

from seehear.features.extractor import EXTRACTORS, Extractor, load_extractor

__all__ = ["EXTRACTORS", "Extractor", "load_extractor"]
