"""Floor 1: writing files so that a killed program or a full disk loses nothing."""
