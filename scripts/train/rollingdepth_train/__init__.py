"""Trains and evaluates the default model of rollingdepth; see ../README.md."""
