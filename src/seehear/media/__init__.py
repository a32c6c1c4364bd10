"""Read and write video files: everything that touches a stranger's file does so in a sandboxed process."""

from seehear.media.decode import VideoReader, open_video
from seehear.media.limits import Limits
from seehear.media.render import write_video
from seehear.media.sandbox import active_layers

__all__ = ["Limits", "VideoReader", "active_layers", "open_video", "write_video"]
