"""Pictures and sound of each segment as numbers that a network can read."""

from seehear.features.extractor import EXTRACTORS, REMADE, Extractor, load_extractor

__all__ = ["EXTRACTORS", "REMADE", "Extractor", "load_extractor"]
