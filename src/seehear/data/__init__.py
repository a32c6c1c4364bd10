"""Labelled clips: rendered or one's own, stored as features, dealt out in batches."""
