"""Turns a RollingDepth checkpoint in the diffusers folder layout into a model package."""
