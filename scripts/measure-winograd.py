#!/usr/bin/env python3
"""Prints the error of a 3×3 convolution by Winograd's algorithm, compared with one in float64.

Also prints the error of the direct sum. Weights, pixels and transforms are rounded as in the
program; sums are exact for bf16. Needs torch. docs/numerics.md quotes the figures.
"""

import torch as th

CHANNELS, SIZE = 384, 16
# For F(4×4, 3×3) in fixed point: the points ±A and ±B besides 0 and ∞, and the largest number.
A, B, LARGEST = 3 / 4, 3 / 2, 4095
# The input, weight and output transforms of F(2×2, 3×3) and F(4×4, 3×3) (Lavin and Gray 2015), and
# those of F(4×4, 3×3) with better points.
TRANSFORMS = {
    2: (
        [[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]],
        [[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]],
        [[1, 1, 1, 0], [0, 1, -1, -1]],
    ),
    4: (
        [
            [4, 0, -5, 0, 1, 0], [0, -4, -4, 1, 1, 0], [0, 4, -4, -1, 1, 0],
            [0, -2, -1, 2, 1, 0], [0, 2, -1, -2, 1, 0], [0, 4, 0, -5, 0, 1],
        ],
        [
            [1 / 4, 0, 0], [-1 / 6, -1 / 6, -1 / 6], [-1 / 6, 1 / 6, -1 / 6],
            [1 / 24, 1 / 12, 1 / 6], [1 / 24, -1 / 12, 1 / 6], [0, 0, 1],
        ],
        [[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]],
    ),
    "fixed": (
        [
            [A**2 * B**2, 0, -(A**2) - B**2, 0, 1, 0],
            [0, -A * B**2, -(B**2), A, 1, 0], [0, A * B**2, -(B**2), -A, 1, 0],
            [0, -B * A**2, -(A**2), B, 1, 0], [0, B * A**2, -(A**2), -B, 1, 0],
            [0, A**2 * B**2, 0, -(A**2) - B**2, 0, 1],
        ],
        [
            [1 / (A**2 * B**2), 0, 0],
            *(
                [x**power / (2 * x**2 * (x**2 - other**2)) for power in range(3)]
                for x, other in ((A, B), (-A, B), (B, A), (-B, A))
            ),
            [0, 0, 1],
        ],
        [
            [float(power == 0), *(x**power for x in (A, -A, B, -B)), float(power == 3)]
            for power in range(4)
        ],
    ),
}  # fmt: skip


def main() -> None:
    th.manual_seed(0)
    x = th.nn.functional.silu(th.randn(1, CHANNELS, SIZE, SIZE)).to(th.bfloat16).double()
    w = (th.randn(CHANNELS, CHANNELS, 3, 3) / (9 * CHANNELS) ** 0.5).double()
    exact = direct(x, w)

    def show(name: str, result: th.Tensor) -> None:
        error = (result.double() - exact).pow(2).mean().sqrt() / exact.pow(2).mean().sqrt()
        print(f"{name:30} {error.item():.1e} of the root mean square")

    show("direct, f32", direct(x.float(), w.float()))
    show("direct, bf16", bfloat(direct(x, bfloat(w))))
    for tile in (2, 4):
        show(f"F({tile}x{tile}, 3x3), f32", winograd(tile, x.float(), w.float(), lambda y: y))
        show(f"F({tile}x{tile}, 3x3), bf16", bfloat(winograd(tile, x, w, bfloat)))
    show("F(4x4, 3x3), fixed", bfloat(winograd(4, x, w, fixed, "fixed")))
    # Channels of very different magnitudes, which share a scale.
    x = (x * th.randn(1, CHANNELS, 1, 1).exp()).to(th.bfloat16).double()
    exact = direct(x, w)
    show("direct, bf16, uneven channels", bfloat(direct(x, bfloat(w))))
    show("F(2x2, 3x3), bf16, uneven", bfloat(winograd(2, x, w, bfloat)))
    show("F(4x4, 3x3), fixed, uneven", bfloat(winograd(4, x, w, fixed, "fixed")))


def bfloat(x: th.Tensor) -> th.Tensor:
    return x.float().to(th.bfloat16).double()


def fixed(x: th.Tensor) -> th.Tensor:
    """The values as integers, with one scale for all channels (dimension 1) at a position."""
    scale = x.abs().amax(dim=1, keepdim=True) / LARGEST
    return (x / scale).round() * scale


def direct(x: th.Tensor, w: th.Tensor) -> th.Tensor:
    return th.nn.functional.conv2d(x, w, padding=1)


def winograd(tile: int, x: th.Tensor, w: th.Tensor, rounded, transforms=None) -> th.Tensor:
    """The convolution with tiles of tile × tile results; `rounded` rounds its transforms."""
    b, g, a = (th.tensor(matrix, dtype=x.dtype) for matrix in TRANSFORMS[transforms or tile])
    count = SIZE // tile
    padded = th.nn.functional.pad(x, (1, 1 + tile, 1, 1 + tile))
    tiles = padded.unfold(2, tile + 2, tile).unfold(3, tile + 2, tile)[:, :, :count, :count]
    pixels = rounded(th.einsum("ij,bcyxjk,lk->bcyxil", b, tiles, b))
    weights = rounded(th.einsum("ij,ocjk,lk->ocil", g, w, g))
    products = th.einsum("bcyxil,ocil->boyxil", pixels, weights)
    result = th.einsum("ij,boyxjk,lk->boyxil", a, products, a)
    return result.permute(0, 1, 2, 4, 3, 5).reshape(1, -1, SIZE, SIZE)


if __name__ == "__main__":
    main()
