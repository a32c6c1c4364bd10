"""Read and write video files: everything that touches a stranger's file does so in a sandboxed process."""

from seehear.media.decode import VideoReader, open_video
from seehear.media.excerpt import write_excerpt
from seehear.media.limits import Limits
from seehear.media.playback import Picture, Playback, Sound, play_video
from seehear.media.render import write_video
from seehear.media.sandbox import DecoderFacts, inspect_decoder

__all__ = [
    "DecoderFacts",
    "Limits",
    "Picture",
    "Playback",
    "Sound",
    "VideoReader",
    "inspect_decoder",
    "open_video",
    "play_video",
    "write_excerpt",
    "write_video",
]
