"""The zoo: every network of the field behind one contract, visual (B,T,H,W,Dv), audio (B,T,Da) -> Prediction."""

from seehear.models.network import Network, Paper
from seehear.models.published import load_published, read_state_dict
from seehear.models.published_names import PUBLISHED
from seehear.models.zoo import MODELS, build, slim_options

__all__ = ["MODELS", "PUBLISHED", "Network", "Paper", "build", "load_published", "read_state_dict", "slim_options"]
