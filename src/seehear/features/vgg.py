"""The convolutions of the VGG family (Simonyan and Zisserman 2015), numbered as published parameter names want it."""

from __future__ import annotations

from torch import nn

Blocks = tuple[tuple[int, int], ...]
"""Channels and number of convolutions before each pooling."""


def vgg_layers(inputs: int, blocks: Blocks) -> nn.Sequential:
    """(N,inputs,H,W) -> (N,channels of the last block, H / 2**blocks, W / 2**blocks).

    Each block ends in its pooling and then its ReLU, the same as the other way round with a quarter of the work.
    """
    layers: list[nn.Module] = []
    for outputs, convolutions in blocks:
        for _ in range(convolutions):
            layers += [nn.Conv2d(inputs, outputs, kernel_size=3, padding=1), nn.ReLU(inplace=True)]
            inputs = outputs
        layers.insert(-1, nn.MaxPool2d(kernel_size=2, stride=2))
    return nn.Sequential(*layers)
