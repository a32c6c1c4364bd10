"""A model of the user's own categories, from photos and sounds or from labelled videos, in minutes."""

from seehear.teach.teach import Lesson, Listeners, Taught, teach

__all__ = ["Lesson", "Listeners", "Taught", "teach"]
