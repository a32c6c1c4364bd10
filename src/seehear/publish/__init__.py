"""A checkpoint as a folder for the Hugging Face hub."""

from seehear.publish.folder import publish
from seehear.publish.page import model_page

__all__ = ["model_page", "publish"]
