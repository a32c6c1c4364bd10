"""Floor 0: the words of the house. Numpy only: no torch, no files."""
