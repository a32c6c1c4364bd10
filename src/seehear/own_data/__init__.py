"""One's own videos as data sets: look at a folder, share its videos out among parts, load windows of features."""

from seehear.own_data.check import FolderCheck, check_folder
from seehear.own_data.load import Loading, load_parts, load_videos
from seehear.own_data.videos import split_folder

__all__ = ["FolderCheck", "Loading", "check_folder", "load_parts", "load_videos", "split_folder"]
