"""Each part computes its equation: one small test per equation, against plain loops or a hand-computed case."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from seehear.core.errors import InvalidValueError
from seehear.nn.attention import MotionGuidedAudioAttention, PositionAttention, SpatialChannelAttention
from seehear.nn.heads import RelevanceHead, adapt_to_clip, scores_of_clip
from seehear.nn.matching import EventPooling, LocalGlobalInteraction, cross_check
from seehear.nn.propagation import PositiveSamplePropagation
from seehear.nn.recurrent import ResidualFusion
from seehear.nn.relation import CrossRelation, Interaction, MultiHeadAttention, RelationLayer, SelfRelation

CHANNELS, AUDIO, WIDTH = 6, 4, 8


def drawn(*size: int) -> Tensor:
    return torch.randn(*size, generator=torch.Generator().manual_seed(2), dtype=torch.float64)


def test_spatial_channel_attention_of_one_segment_by_hand():
    part = SpatialChannelAttention(CHANNELS, AUDIO, WIDTH).double()
    visual, audio = drawn(1, 1, 2, 3, CHANNELS), drawn(1, 1, AUDIO)
    positions, sound = visual[0, 0].reshape(6, CHANNELS), audio[0, 0]

    query = torch.stack([part.channel_audio(sound).relu() * part.channel_visual(place).relu() for place in positions])
    channels = 1 + part.channel_excite(part.channel_squeeze(query.mean(dim=0)).relu()).sigmoid()
    weighed = positions * channels
    scores = [part.place_score(part.place_visual(place).relu() * part.place_audio(sound).relu()) for place in weighed]
    places = torch.cat(scores).tanh().softmax(dim=0)

    attended, where, which = part(visual, audio)
    assert torch.allclose(which[0, 0], channels)
    assert torch.allclose(where[0, 0].flatten(), places)
    assert torch.allclose(attended[0, 0], (places[:, None] * weighed).sum(dim=0))


def test_position_attention_of_one_segment_by_hand():
    part = PositionAttention(CHANNELS, AUDIO, WIDTH, positions=6).double()
    visual, audio = drawn(1, 1, 2, 3, CHANNELS), drawn(1, 1, AUDIO)
    positions = visual[0, 0].reshape(6, CHANNELS)
    heard = part.audio_content(part.audio(audio[0, 0]).relu())
    scores = [
        part.score((part.visual_content(part.visual(place).relu()) + heard[index]).tanh())
        for index, place in enumerate(positions)
    ]
    places = torch.cat(scores).softmax(dim=0)
    attended, where = part(visual, audio)
    assert torch.allclose(where[0, 0].flatten(), places)
    assert torch.allclose(attended[0, 0], (places[:, None] * positions).sum(dim=0))


def test_position_attention_refuses_another_grid():
    part = PositionAttention(CHANNELS, AUDIO, WIDTH, positions=6)
    with pytest.raises(InvalidValueError, match=r"tied to 6 positions.*2 x 2"):
        part(torch.rand(1, 1, 2, 2, CHANNELS), torch.rand(1, 1, AUDIO))


def test_motionless_sound_is_let_through_evenly():
    part = MotionGuidedAudioAttention(AUDIO, temporal_attention=True).double()
    audio = drawn(2, 5, AUDIO)
    guided, weights = part(audio, torch.zeros_like(audio))
    assert torch.allclose(weights, torch.full((2, 5), 0.2, dtype=torch.float64))
    assert torch.allclose(guided, audio * 1.2 * 1.5)  # 1 + 1/T, then 1 + sigmoid(0)


def test_strong_motion_doubles_its_channel_and_none_leaves_the_sound_as_it_is():
    part = MotionGuidedAudioAttention(2, temporal_attention=False).double()
    guided, weights = part(torch.ones(1, 1, 2).double(), torch.tensor([[[50.0, -50.0]]]).double())
    assert weights is None
    assert torch.allclose(guided, torch.tensor([[[2.0, 1.0]]]).double())


def test_attention_heads_are_those_of_torch():
    ours = MultiHeadAttention(WIDTH, heads=2, dropout=0.0).double()
    theirs = nn.MultiheadAttention(WIDTH, 2, batch_first=True).double()
    theirs.load_state_dict(ours.state_dict())
    query, memory = drawn(2, 3, WIDTH), drawn(2, 5, WIDTH)
    assert torch.allclose(ours(query, memory), theirs(query, memory, memory)[0])


def test_one_head_divides_by_the_root_of_its_width():
    part = MultiHeadAttention(4, heads=1, dropout=0.0).double()
    nn.init.eye_(part.out_proj.weight)
    part.in_proj_weight.data = torch.eye(4).repeat(3, 1).double()
    segments = drawn(1, 3, 4)
    weights = (segments @ segments.mT / math.sqrt(4)).softmax(dim=-1)
    assert torch.allclose(part(segments, segments), weights @ segments)


def test_self_relation_is_the_post_norm_transformer_layer_of_torch():
    ours = RelationLayer(WIDTH, 16, heads=2, dropout=0.0).double()
    theirs = nn.TransformerEncoderLayer(WIDTH, 2, 16, dropout=0.0, batch_first=True).double()
    names = {
        "attention": "self_attn",
        "expand": "linear1",
        "contract": "linear2",
        "norm_attention": "norm1",
        "norm_feedforward": "norm2",
    }
    renamed = {f"{names[key.split('.')[0]]}.{key.split('.', 1)[1]}": value for key, value in ours.state_dict().items()}
    theirs.load_state_dict(renamed)
    segments = drawn(2, 3, WIDTH)
    assert torch.allclose(ours(segments, segments), theirs(segments))


def test_relations_know_no_order_of_segments():
    part = SelfRelation(CHANNELS, WIDTH, 16, 2, layers=2, dropout=0.0).double()
    segments, order = drawn(1, 5, CHANNELS), [3, 0, 4, 1, 2]
    assert torch.allclose(part(segments)[:, order], part(segments[:, order]))


def test_memory_of_the_cross_relation_is_the_other_and_itself():
    part = CrossRelation(CHANNELS, WIDTH, 16, 2, dropout=0.0).double()
    query, other = drawn(1, 3, CHANNELS), drawn(1, 3, WIDTH)
    projected = part.project(query)
    expected = part.layer(projected, torch.cat([other, projected], dim=1))
    assert torch.allclose(part(query, other), expected)
    assert not torch.allclose(part(query, other), part(query, other + 1))


def test_interaction_asks_with_the_product_and_forgets_which_memory_came_first():
    part = Interaction(WIDTH, 2, dropout=0.0).double()
    visual, audio = drawn(1, 3, WIDTH), drawn(1, 3, WIDTH).flip(1)
    product = visual * audio
    expected = part.norm(product + part.attention(product, torch.cat([visual, audio], dim=1)))
    assert torch.allclose(part(visual, audio), expected)
    assert torch.allclose(part(visual, audio), part(audio, visual))


def test_dual_residual_fusion_by_hand():
    part = ResidualFusion(WIDTH).double()
    visual, audio = drawn(2, WIDTH), drawn(3, WIDTH)[1:]
    common = (part.audio(audio) + part.visual(visual)) / 2
    assert torch.allclose(part(visual, audio), (torch.tanh(visual + common) + torch.tanh(audio + common)) / 2)


@pytest.mark.parametrize("renormalise", [True, False])
def test_connections_below_the_threshold_are_cut(renormalise):
    part = PositiveSamplePropagation(WIDTH, threshold=0.3, dropout=0.0, renormalise=renormalise, merge=False)
    kept = part.connect(torch.tensor([[[1.0, 2.0, 5.0, 2.0], [0.0, 0.0, 0.0, 0.0], [4.0, 4.0, 1.0, 1.0]]]))
    remaining = [[0, 0, 1, 0], [0, 0, 0, 0], [0.5, 0.5, 0, 0]]
    cut_only = [[0, 0, 0.5, 0], [0, 0, 0, 0], [0.4, 0.4, 0, 0]]
    assert torch.allclose(kept, torch.tensor([remaining if renormalise else cut_only], dtype=kept.dtype))


def test_nothing_is_propagated_where_every_connection_is_cut():
    part = PositiveSamplePropagation(WIDTH, threshold=0.99, dropout=0.0, renormalise=True, merge=False).double()
    visual, audio = drawn(1, 3, WIDTH).abs(), drawn(1, 3, WIDTH).abs()
    for weights in (part.visual_matched.weight, part.audio_matched.weight):
        nn.init.constant_(weights, 1.0)  # everything agrees evenly: a third each
    seen, heard = part(visual, audio)
    assert torch.allclose(seen, part.norm(visual))
    assert torch.allclose(heard, part.norm(audio))


def test_relevance_head_pools_over_time():
    segments = drawn(2, 5, WIDTH)
    for pool, pooled in (("max", segments.amax(dim=1)), ("mean", segments.mean(dim=1))):
        head = RelevanceHead(WIDTH, 3, weak=False, pool=pool).double()
        prediction = head(segments)
        assert prediction.clip_scores is None
        assert torch.allclose(prediction.category_logits, head.category(pooled))
        assert torch.allclose(prediction.event_logits, head.event(segments)[..., 0])


def test_label_adaptation_by_hand():
    event_logits = torch.tensor([[0.0, math.log(3.0)]])  # relevance 1/2 and 3/4
    category_logits = torch.tensor([[4.0, -4.0]])
    expected = torch.tensor([[3.0, -2.0]]).softmax(dim=-1)  # the largest of 2, 3 and of -2, -3
    assert torch.allclose(adapt_to_clip(event_logits, category_logits), expected)


def test_scores_of_a_clip_are_those_of_its_strongest_segments():
    logits = torch.tensor([[[0.0, 2.0], [1.0, -5.0]]])
    assert torch.allclose(scores_of_clip(logits), torch.tensor([[1.0, 2.0]]).softmax(dim=-1))


def test_event_pooling_counts_event_segments_only_and_all_where_there_is_none():
    part = EventPooling(WIDTH, 2, dropout=0.0).double()
    segments = drawn(2, 3, WIDTH)
    attended = part.norm(segments + part.attention(segments, segments))
    pooled = part(segments, torch.tensor([[True, False, True], [False, False, False]]))
    assert torch.allclose(pooled[0], attended[0, [0, 2]].mean(dim=0))
    assert torch.allclose(pooled[1], attended[1].mean(dim=0))
    assert torch.allclose(part(segments), attended.mean(dim=1))


def test_cross_check_asks_each_modality_about_the_other():
    visual, audio = torch.tensor([[[2.0], [-2.0]]]), torch.tensor([[[0.0], [0.0]]])
    relevance = cross_check(visual, audio, torch.tensor([[7.0]]), torch.tensor([[1.0]])).sigmoid()
    expected = (torch.tensor([[2.0, -2.0]]).sigmoid() + 0.5) / 2
    assert torch.allclose(relevance, expected)


@pytest.mark.parametrize("precision", [torch.bfloat16, torch.float32, torch.float64])
def test_certain_cross_check_stays_finite_and_can_be_unlearned(precision):
    segments = torch.full((1, 2, 4), 9.0, dtype=precision, requires_grad=True)
    event = torch.full((1, 4), 9.0, dtype=precision)
    logits = cross_check(segments, segments, event, event)
    logits.sum().backward()
    assert logits.tolist() == [[324.0, 324.0]]
    assert segments.grad.ne(0).all()


def test_segment_that_agrees_with_the_summary_takes_more_of_it():
    part = LocalGlobalInteraction(4)
    nn.init.eye_(part.bilinear.weight)
    summary = torch.tensor([[1.0, 0.0, 0.0, 0.0]])
    segments = torch.stack([3 * summary, 0 * summary], dim=1)  # (1,2,4)
    shares = torch.tensor([1.5, 0.0]).softmax(dim=0)  # 3 / sqrt(4) and 0
    assert torch.allclose(part(segments, summary)[0], shares[:, None] * summary)
