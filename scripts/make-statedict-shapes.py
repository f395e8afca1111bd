#!/usr/bin/env python3
"""Writes Tests/ModelTests/Fixtures/shapes: the state dicts of guided-diffusion's networks, as shapes.

Needs torch, einops and the packages guided_diffusion (openai/guided-diffusion) and cm
(openai/consistency_models) on PYTHONPATH. The networks are built on the meta device, without weights,
so this takes only seconds.

The first line of a file is JSON: the arguments that the reference's create_model or
create_classifier passed to the constructor. If a command line made the network, it also has the
flags, the diffusion settings in them, and other published models with this architecture (`also`). Each
other line is a tensor: its name and its shape, such as 64x3x3x3.
"""

import argparse
import contextlib
import inspect
import json
import pathlib
import shlex

import torch
from guided_diffusion import script_util, unet

import reference_consistency  # noqa: F401, makes `cm` importable
from cm import script_util as cm_script_util

OUT = pathlib.Path(__file__).parent.parent / "Tests/ModelTests/Fixtures/shapes"

# The command lines in the reference's README.md, without the paths and the sampling settings.
RELEASED = {
    "64x64_diffusion": "--attention_resolutions 32,16,8 --class_cond True --diffusion_steps 1000 --dropout 0.1 --image_size 64 --learn_sigma True --noise_schedule cosine --num_channels 192 --num_head_channels 64 --num_res_blocks 3 --resblock_updown True --use_new_attention_order True --use_fp16 True --use_scale_shift_norm True",
    "128x128_diffusion": "--attention_resolutions 32,16,8 --class_cond True --diffusion_steps 1000 --image_size 128 --learn_sigma True --noise_schedule linear --num_channels 256 --num_heads 4 --num_res_blocks 2 --resblock_updown True --use_fp16 True --use_scale_shift_norm True",
    "256x256_diffusion": "--attention_resolutions 32,16,8 --class_cond True --diffusion_steps 1000 --image_size 256 --learn_sigma True --noise_schedule linear --num_channels 256 --num_head_channels 64 --num_res_blocks 2 --resblock_updown True --use_fp16 True --use_scale_shift_norm True",
    "256x256_diffusion_uncond": "--attention_resolutions 32,16,8 --class_cond False --diffusion_steps 1000 --image_size 256 --learn_sigma True --noise_schedule linear --num_channels 256 --num_head_channels 64 --num_res_blocks 2 --resblock_updown True --use_fp16 True --use_scale_shift_norm True",
    "512x512_diffusion": "--attention_resolutions 32,16,8 --class_cond True --diffusion_steps 1000 --image_size 512 --learn_sigma True --noise_schedule linear --num_channels 256 --num_head_channels 64 --num_res_blocks 2 --resblock_updown True --use_fp16 False --use_scale_shift_norm True",
}
UPSAMPLERS = {
    "64_256_upsampler": "--attention_resolutions 32,16,8 --class_cond True --diffusion_steps 1000 --large_size 256  --small_size 64 --learn_sigma True --noise_schedule linear --num_channels 192 --num_heads 4 --num_res_blocks 2 --resblock_updown True --use_fp16 True --use_scale_shift_norm True",
    "128_512_upsampler": "--attention_resolutions 32,16 --class_cond True --diffusion_steps 1000 --large_size 512 --small_size 128 --learn_sigma True --noise_schedule linear --num_channels 192 --num_head_channels 64 --num_res_blocks 2 --resblock_updown True --use_fp16 True --use_scale_shift_norm True",
    # From openai/improved-diffusion.
    "upsample_cond_500K": "--attention_resolutions 16,8 --large_size 256 --small_size 64 --num_channels 192 --num_res_blocks 2 --learn_sigma True --class_cond True --diffusion_steps 4000 --noise_schedule linear --rescale_timesteps False",
}
# The command lines in openai/improved-diffusion's README.md, with the defaults of that package that
# differ from guided-diffusion's. Its networks have the same names and shapes.
IMPROVED = {
    "imagenet64_uncond_100M_1500K": "--image_size 64 --num_channels 128 --num_res_blocks 3 --learn_sigma True --diffusion_steps 4000 --noise_schedule cosine --rescale_timesteps True",
    "cifar10_uncond_50M_500K": "--image_size 32 --channel_mult 1,2,2,2 --num_channels 128 --num_res_blocks 3 --learn_sigma True --dropout 0.3 --diffusion_steps 4000 --noise_schedule cosine --rescale_timesteps True",
    "imagenet64_cond_270M_250K": "--image_size 64 --num_channels 192 --num_res_blocks 3 --learn_sigma True --class_cond True --diffusion_steps 4000 --noise_schedule cosine --rescale_timesteps False",
    "lsun_uncond_100M_1200K_bs128": "--image_size 256 --num_channels 128 --num_res_blocks 2 --num_heads 1 --learn_sigma True --use_scale_shift_norm False --attention_resolutions 16 --diffusion_steps 1000 --noise_schedule linear --rescale_timesteps False",
}
# Networks that others trained with the reference's code: the command lines in the README.md of
# jychoi118/P2-weighting and forever208/DDPM-IP, and the settings in alembics/disco-diffusion's disco.py.
COMMUNITY = {
    "ffhq_p2": "--attention_resolutions 16 --class_cond False --diffusion_steps 1000 --dropout 0.0 --image_size 256 --learn_sigma True --noise_schedule linear --num_channels 128 --num_res_blocks 1 --num_head_channels 64 --resblock_updown True --use_fp16 False --use_scale_shift_norm True",
    "ddpm-ip_cifar10": "--image_size 32 --channel_mult 1,2,2,2 --num_channels 128 --num_head_channels 32 --num_res_blocks 3 --attention_resolutions 16,8 --resblock_updown True --use_new_attention_order True --learn_sigma True --dropout 0.3 --diffusion_steps 1000 --noise_schedule cosine --use_scale_shift_norm True",
    "ddpm-ip_lsun_tower": "--image_size 64 --use_fp16 True --num_channels 192 --num_head_channels 64 --num_res_blocks 3 --attention_resolutions 32,16,8 --resblock_updown True --use_new_attention_order True --learn_sigma True --dropout 0.1 --diffusion_steps 1000 --noise_schedule cosine --use_scale_shift_norm True --rescale_learned_sigmas True",
    "ddpm-ip_ffhq128": "--image_size 128 --use_fp16 True --num_channels 256 --num_head_channels 64 --num_res_blocks 3 --attention_resolutions 32,16,8 --resblock_updown True --use_new_attention_order True --learn_sigma True --dropout 0.1 --diffusion_steps 1000 --noise_schedule cosine --use_scale_shift_norm True --rescale_learned_sigmas True",
    "512x512_diffusion_uncond_finetune_008100": "--attention_resolutions 32,16,8 --class_cond False --diffusion_steps 1000 --image_size 512 --learn_sigma True --noise_schedule linear --num_channels 256 --num_head_channels 64 --num_res_blocks 2 --resblock_updown True --use_scale_shift_norm True",
    "portrait_generator_v001": "--attention_resolutions 32,16,8 --class_cond False --diffusion_steps 1000 --image_size 512 --learn_sigma True --noise_schedule linear --num_channels 128 --num_heads 4 --num_res_blocks 2 --resblock_updown True --use_scale_shift_norm True",
    "community-all-defaults": "",
}
# The commands for sampling in openai/consistency_models' scripts/launch.sh.
CONSISTENCY = {
    "edm_imagenet64_ema": "--training_mode edm --attention_resolutions 32,16,8 --class_cond True --dropout 0.1 --image_size 64 --num_channels 192 --num_head_channels 64 --num_res_blocks 3 --resblock_updown True --use_fp16 True --use_scale_shift_norm True --weight_schedule karras",
    "edm_bedroom256_ema": "--training_mode edm --attention_resolutions 32,16,8 --class_cond False --dropout 0.1 --image_size 256 --num_channels 256 --num_head_channels 64 --num_res_blocks 2 --resblock_updown True --use_fp16 True --use_scale_shift_norm False --weight_schedule karras",
}
# Other published models with the same architecture.
ALSO = {
    "256x256_diffusion_uncond": ["lsun_bedroom", "lsun_cat", "lsun_horse", "lsun_horse_nodropout", "celeba256_250000", "places256_300000", "ffhq"],
    "imagenet64_uncond_100M_1500K": ["imagenet64_uncond_vlb_100M_1500K"],
    "cifar10_uncond_50M_500K": ["cifar10_uncond_vlb_50M_500K"],
    "lsun_uncond_100M_1200K_bs128": ["lsun_uncond_100M_2400K_bs64", "pixel_art_diffusion_hard_256", "pixel_art_diffusion_soft_256", "pixelartdiffusion4k", "PADexpanded", "watercolordiffusion", "watercolordiffusion_2", "PulpSciFiDiffusion"],
    "ffhq_p2": ["ffhq_10m"],
    "ddpm-ip_cifar10": ["ddpm-ip_imagenet32"],
    "ddpm-ip_lsun_tower": ["ddpm-ip_celeba64"],
    "edm_imagenet64_ema": ["cd_imagenet64_l2", "cd_imagenet64_lpips", "ct_imagenet64"],
    "edm_bedroom256_ema": ["cd_bedroom256_l2", "cd_bedroom256_lpips", "ct_bedroom256", "edm_cat256_ema", "cd_cat256_l2", "cd_cat256_lpips", "ct_cat256"],
}
CLASSIFIERS = {
    "64x64_classifier": "--image_size 64 --classifier_depth 4",
    "128x128_classifier": "--image_size 128 --classifier_attention_resolutions 32,16,8 --classifier_depth 2 --classifier_width 128 --classifier_pool attention --classifier_resblock_updown True --classifier_use_scale_shift_norm True",
    "256x256_classifier": "--image_size 256",
    "512x512_classifier": "--image_size 512",
    "community-classifier-adaptive": "--image_size 64 --classifier_pool adaptive --classifier_width 64 --classifier_use_scale_shift_norm False --classifier_resblock_updown False",
}

# Small networks with unusual layouts, and with every constructor option that no flag sets.
FASHION = dict(image_size=32, model_channels=64, num_res_blocks=1, channel_mult=(1, 2, 2),
               attention_resolutions=(4,), num_head_channels=32, num_classes=10, out_channels=6,
               resblock_updown=True, use_scale_shift_norm=True, use_new_attention_order=True)
SMALL = dict(image_size=32, model_channels=32, num_res_blocks=1, channel_mult=(1, 2),
             attention_resolutions=(2,), out_channels=3)
UNETS = {
    "fashion-mnist-unet": FASHION,
    "small-conv": SMALL,
    "small-plain": SMALL | dict(conv_resample=False, channel_mult=(1, 2, 4), num_res_blocks=2),
    "small-half": SMALL | dict(model_channels=64, channel_mult=(0.5, 1, 2), resblock_updown=True),
    "small-one-level": SMALL | dict(channel_mult=(1,), attention_resolutions=(1,), num_res_blocks=3),
    "small-one-level-resblock": SMALL | dict(channel_mult=(1,), resblock_updown=True),
    "small-no-attention": SMALL | dict(attention_resolutions=(), resblock_updown=True, num_classes=7),
    "small-even-widths": SMALL | dict(channel_mult=(1, 1, 1, 1), resblock_updown=True,
                                      attention_resolutions=(1, 2, 4, 8), num_res_blocks=2),
    "small-first-attention": SMALL | dict(attention_resolutions=(1, 4), channel_mult=(1, 1, 2),
                                          num_heads=4, num_heads_upsample=2, out_channels=6),
    "small-third-multiple": SMALL | dict(model_channels=96, channel_mult=(1, 1 / 3, 5 / 3)),
}
SMALL_CLASSIFIER = dict(image_size=32, model_channels=32, num_res_blocks=2, channel_mult=(1, 2, 4),
                        attention_resolutions=(2, 4), num_head_channels=32, out_channels=10,
                        use_scale_shift_norm=True, resblock_updown=True)
ENCODERS = {
    "fashion-mnist-classifier": SMALL_CLASSIFIER | dict(pool="attention"),
    "small-classifier-adaptive": SMALL_CLASSIFIER | dict(pool="adaptive", use_scale_shift_norm=False),
    "small-classifier-spatial": SMALL_CLASSIFIER | dict(pool="spatial", resblock_updown=False),
    "small-classifier-spatial_v2": SMALL_CLASSIFIER | dict(pool="spatial_v2", resblock_updown=False,
                                                           conv_resample=False),
    # Twelve equal blocks, whose shapes do not show where the levels end.
    "small-classifier-ambiguous": SMALL_CLASSIFIER | dict(pool="attention", channel_mult=(1, 1, 1, 1),
                                                          attention_resolutions=()),
}


@contextlib.contextmanager
def recorded(name, module=script_util):
    """Yields the arguments that script_util passes to the constructor of the class of that name."""
    made = {}
    original = getattr(module, name)

    def construct(*args, **kwargs):
        made.update(arguments(original, args, kwargs))
        return original(*args, **kwargs)

    setattr(module, name, construct)
    yield made
    setattr(module, name, original)


def arguments(cls, args, kwargs):
    constructor = unet.UNetModel if cls is unet.SuperResModel else cls
    bound = inspect.signature(constructor.__init__).bind(None, *args, **kwargs)
    bound.apply_defaults()
    return {k: v for k, v in bound.arguments.items() if k != "self"}


def parsed(defaults, flags):
    parser = argparse.ArgumentParser()
    script_util.add_dict_to_argparser(parser, defaults)
    return vars(parser.parse_args(shlex.split(flags)))


def write(name, network, header):
    keep = ("use_checkpoint", "use_fp16", "dropout", "dims")
    header["network"] = {k: v for k, v in header["network"].items() if k not in keep}
    if name in ALSO:
        header["also"] = ALSO[name]
    lines = [json.dumps(header)]
    lines += [f"{k} {'x'.join(map(str, v.shape))}" for k, v in network.state_dict().items()]
    (OUT / f"{name}.txt").write_text("\n".join(lines) + "\n")


def diffusion(values):
    keys = ("diffusion_steps", "noise_schedule", "learn_sigma", "predict_xstart", "rescale_timesteps")
    return {key: values[key] for key in keys}


def write_from_flags(name, flags, cls, defaults, create):
    values = parsed(defaults, flags)
    with recorded(cls) as made:
        network = create(values)
    write(name, network, {"flags": flags, "diffusion": diffusion(values), "network": made})


def write_consistency(name, flags):
    defaults = cm_script_util.model_and_diffusion_defaults()
    values = parsed(defaults | {"training_mode": ""}, flags)
    mode = values.pop("training_mode")
    with recorded("UNetModel", cm_script_util) as made:
        network = cm_script_util.create_model_and_diffusion(**values)[0]
    write(name, network, {"flags": flags, "training_mode": mode, "network": made})


def write_constructed(name, cls, options):
    kwargs = arguments(cls, (), dict(in_channels=3) | options)
    write(name, cls(**kwargs), {"network": kwargs})


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    model_defaults = script_util.model_and_diffusion_defaults()
    for name, flags in (RELEASED | IMPROVED | COMMUNITY).items():
        write_from_flags(name, flags, "UNetModel", model_defaults,
                         lambda v: script_util.create_model_and_diffusion(**v)[0])
    for name, flags in UPSAMPLERS.items():
        write_from_flags(name, flags, "SuperResModel",
                         script_util.sr_model_and_diffusion_defaults(),
                         lambda v: script_util.sr_create_model_and_diffusion(**v)[0])
    for name, flags in CLASSIFIERS.items():
        write_from_flags(name, flags, "EncoderUNetModel",
                         script_util.classifier_and_diffusion_defaults(),
                         lambda v: script_util.create_classifier_and_diffusion(**v)[0])
    for name, flags in CONSISTENCY.items():
        write_consistency(name, flags)
    for name, options in UNETS.items():
        write_constructed(name, unet.UNetModel, options)
    for name, options in ENCODERS.items():
        write_constructed(name, unet.EncoderUNetModel, options)


if __name__ == "__main__":
    with torch.device("meta"):
        main()
