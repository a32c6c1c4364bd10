"""Published checkpoints: what is dropped, what is refused, what is read."""

from __future__ import annotations

import pickle

import pytest
import torch
from safetensors.torch import save_file

from seehear.core.errors import DamagedError, InvalidValueError, StorageError, UnknownNameError
from seehear.models import PUBLISHED, build, load_published, read_state_dict

SLIM = {"width": 8, "visual_channels": 12, "audio_channels": 6}


def release(name: str, supervision: str = "supervised", **options) -> dict[str, torch.Tensor]:
    """A small network's parameters under their published names."""
    published = PUBLISHED[name]
    slim = SLIM | ({"feedforward": 16} if published.architecture in ("cmran", "pfagn") else {})
    network = build(published.architecture, categories=5, supervision=supervision, **slim, **published.fixed, **options)
    return {published.spelled(ours): tensor for ours, tensor in network.state_dict().items()}


@pytest.mark.parametrize("supervision", ["supervised", "weak"])
@pytest.mark.parametrize("name", PUBLISHED)
def test_sizes_are_read_off_the_shapes(name, supervision):
    network = load_published(name, supervision, release(name, supervision))
    assert network.options.categories == 5
    assert network.options.supervision == supervision
    assert (network.options.visual_channels, network.options.audio_channels) == (12, 6)
    assert not network.training


def test_data_parallel_prefix_and_kernel_axes_are_tolerated():
    given = {f"module.{key}": tensor for key, tensor in release("pfagn").items()}
    given["module.motion.reduce.weight"] = given["module.motion.reduce.weight"][:, :, None, None]
    network = load_published("pfagn", "supervised", given)
    assert torch.equal(network.motion.reduce.weight, given["module.motion.reduce.weight"][:, :, 0, 0])


def test_unused_published_parameters_are_dropped():
    given = release("cmran") | {
        "video_encoder.encoder_layer.linear1.weight": torch.zeros(3),
        "audio_decoder.decoder.layers.0.self_attn.in_proj_bias": torch.zeros(3),
        "spatial_channel_att.affine_video_guided_1.weight": torch.zeros(3),
    }
    load_published("cmran", "supervised", given)


def test_every_missing_parameter_is_named():
    given = release("psp")
    del given["attention.affine_h.weight"], given["L2.weight"]
    with pytest.raises(InvalidValueError, match=r"attention\.affine_h\.weight") as caught:
        load_published("psp", "supervised", given)
    assert "L2.weight" in str(caught.value)


def test_parameter_of_the_wrong_shape_is_named_with_both_shapes():
    given = release("avel")
    given["affine_g.weight"] = given["affine_g.weight"].T
    with pytest.raises(InvalidValueError, match=r"affine_g\.weight has shape \(32, 49\), expected \(49, 32\)"):
        load_published("avel", "supervised", given)


def test_foreign_parameter_is_named():
    given = release("avel") | {"sneaky.weight": torch.zeros(1)}
    with pytest.raises(InvalidValueError, match=r"sneaky\.weight"):
        load_published("avel", "supervised", given)


@pytest.mark.parametrize("given", [{}, {"fc.weight": torch.zeros(2)}])
@pytest.mark.parametrize("name", PUBLISHED)
def test_checkpoint_of_something_else_is_refused(name, given):
    with pytest.raises(InvalidValueError, match="lacks"):
        load_published(name, "supervised", given)


def test_unknown_names_list_the_known():
    with pytest.raises(UnknownNameError, match="avel_dmrn"):
        load_published("tardis", "supervised", {})
    with pytest.raises(UnknownNameError, match="weak"):
        load_published("avel", "blind", {})


def test_loaded_network_does_not_share_memory_with_the_checkpoint():
    given = release("cmran")
    network = load_published("cmran", "supervised", given)
    given["v_fc.bias"].fill_(9)
    assert not (network.project_visual.bias == 9).any()


@pytest.mark.parametrize("name", ["model.pt", "model.pth", "model.pth.tar"])
@pytest.mark.parametrize("wrap", [lambda state: state, lambda state: {"epoch": 3, "state_dict": state}])
def test_torch_files_are_read_and_unwrapped(tmp_path, name, wrap):
    state = release("avel")
    torch.save(wrap(state), tmp_path / name)
    read = read_state_dict(tmp_path / name)
    assert read.keys() == state.keys()
    load_published("avel", "supervised", read)


def test_safetensors_are_read(tmp_path):
    state = release("avel")
    save_file(state, tmp_path / "model.safetensors")
    assert read_state_dict(tmp_path / "model.safetensors").keys() == state.keys()


class Trap:
    """What a hostile pickle looks like: reading it runs a function."""

    def __reduce__(self):
        return (pytest.fail, ("a checkpoint ran code",))


def test_file_that_would_run_code_is_refused(tmp_path):
    torch.save({"state_dict": Trap()}, tmp_path / "trap.pt")
    (tmp_path / "plain.pt").write_bytes(pickle.dumps(Trap(), protocol=2))
    for name in ("trap.pt", "plain.pt"):
        with pytest.raises(DamagedError, match="plain tensors"):
            read_state_dict(tmp_path / name)


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"PK\x03\x04 cut off"])
@pytest.mark.parametrize("name", ["model.pt", "model.safetensors"])
def test_file_that_is_no_checkpoint_is_damage(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DamagedError):
        read_state_dict(tmp_path / name)


def test_file_without_tensors_is_damage_and_an_absent_one_is_not_found(tmp_path):
    torch.save({"epoch": 3}, tmp_path / "model.pt")
    with pytest.raises(DamagedError, match="no state dict"):
        read_state_dict(tmp_path / "model.pt")
    with pytest.raises(StorageError, match="not a file"):
        read_state_dict(tmp_path / "nothing.pt")
