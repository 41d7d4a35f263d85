"""Video-Depth-Anything (Chen et al. 2025, arXiv 2501.12375) as four TorchScript networks."""
