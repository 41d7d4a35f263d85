"""The noise schedule's settings, checked against what the program can compute."""

from .config import Config


def read_scheduler(path):
    """The `scheduler` object of model.json. Absent keys take the defaults of diffusers."""
    config = Config(path)
    config.accept("_class_name", ["DDIMScheduler"], None)
    settings = {
        "num_train_timesteps": config.integer("num_train_timesteps", 1000),
        "beta_start": config.number("beta_start", 0.0001),
        "beta_end": config.number("beta_end", 0.02),
        "beta_schedule": config.one_of(
            "beta_schedule", ["linear", "scaled_linear", "squaredcos_cap_v2"], "linear"),
        "prediction_type": config.one_of(
            "prediction_type", ["epsilon", "sample", "v_prediction"], "epsilon"),
        "timestep_spacing": config.one_of(
            "timestep_spacing", ["leading", "trailing", "linspace"], "leading"),
        "steps_offset": config.integer("steps_offset", 0, least=0),
        "set_alpha_to_one": config.boolean("set_alpha_to_one", True),
        "rescale_betas_zero_snr": config.boolean("rescale_betas_zero_snr", False),
        "clip_sample": config.boolean("clip_sample", True),
        "clip_sample_range": config.number("clip_sample_range", 1.0),
    }
    config.accept("thresholding", [False], False)
    config.accept("trained_betas", [None], None)
    if not 0 < settings["beta_start"] < 1:
        config.refuse("beta_start", "a number between 0 and 1 is needed")
    if not settings["beta_start"] <= settings["beta_end"] < 1:
        config.refuse("beta_end", "a number from beta_start to 1 is needed")
    if settings["clip_sample_range"] <= 0:
        config.refuse("clip_sample_range", "a positive number is needed")
    if settings["rescale_betas_zero_snr"] and settings["prediction_type"] == "epsilon":
        config.refuse("rescale_betas_zero_snr",
                      "prediction type epsilon divides by zero at a signal-to-noise ratio of zero")
    # The first two act only with thresholding; skip_prk_steps is left over from another scheduler.
    config.harmless("dynamic_thresholding_ratio", "sample_max_value", "skip_prk_steps",
                    "_diffusers_version", "_use_default_values")
    config.finish()
    return settings
