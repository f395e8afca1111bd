"""Builds the reference's networks and diffusion from the program's configurations.

The JSON has the keys of the Swift structs UNetConfiguration, ClassifierConfiguration and
DiffusionConfiguration. Needs torch and an importable openai/guided-diffusion, and for networks of
openai/improved-diffusion that package too.
"""

from guided_diffusion.respace import SpacedDiffusion
from guided_diffusion.script_util import create_gaussian_diffusion
from guided_diffusion.unet import EncoderUNetModel, SuperResModel, UNetModel


def unet(configuration: dict, dropout: float = 0.0) -> UNetModel:
    """A UNetModel, or a SuperResModel if the network takes six channels."""
    up = configuration.get("headsUp")
    kind = SuperResModel if configuration["inChannels"] == 6 else UNetModel
    return kind(
        **shared_arguments(configuration),
        out_channels=6 if configuration["learnsSigma"] else 3,
        num_classes=configuration.get("classCount"),
        num_heads_upsample=up["count"]["_0"] if up else -1,
        dropout=dropout,
    )


def classifier(configuration: dict) -> EncoderUNetModel:
    return EncoderUNetModel(
        **shared_arguments(configuration),
        out_channels=configuration["classCount"],
        pool=configuration["pool"],
    )


def shared_arguments(configuration: dict) -> dict:
    heads = configuration["heads"]
    return dict(
        image_size=configuration["imageSize"],
        in_channels=3,
        model_channels=configuration["modelChannels"],
        num_res_blocks=configuration["residualBlocks"],
        attention_resolutions=tuple(configuration["attentionDownsamplings"]),
        channel_mult=tuple(configuration["channelMultipliers"]),
        conv_resample=configuration["convolvesWhenResampling"],
        num_heads=heads["count"]["_0"] if "count" in heads else 1,
        num_head_channels=heads["channelsEach"]["_0"] if "channelsEach" in heads else -1,
        use_scale_shift_norm=configuration["usesScaleShiftNorm"],
        resblock_updown=configuration["resamplesInResidualBlocks"],
        use_new_attention_order=configuration["attentionOrder"] == "new",
    )


def improved_unet(configuration: dict):
    """A network of improved-diffusion, which has no options for residual resampling or the width of
    heads."""
    from improved_diffusion.unet import UNetModel as ImprovedUNetModel

    arguments = shared_arguments(configuration)
    for key in ("image_size", "num_head_channels", "resblock_updown", "use_new_attention_order"):
        arguments.pop(key)
    network = ImprovedUNetModel(
        **arguments,
        out_channels=6 if configuration["learnsSigma"] else 3,
        num_classes=configuration.get("classCount"),
    )
    network.image_size = configuration["imageSize"]
    return network


def improved_diffusion(configuration: dict, spacing: str = ""):
    """The diffusion of improved-diffusion."""
    from improved_diffusion.script_util import create_gaussian_diffusion as create

    return diffusion(configuration, spacing, create)


def diffusion(
    configuration: dict, spacing: str = "", create=create_gaussian_diffusion
) -> SpacedDiffusion:
    return create(
        steps=configuration["steps"],
        noise_schedule=configuration["schedule"],
        learn_sigma=configuration["learnsSigma"],
        sigma_small=configuration["usesSmallSigma"],
        predict_xstart=configuration["predictsXStart"],
        rescale_timesteps=configuration["rescalesTimesteps"],
        timestep_respacing=spacing,
    )
