"""GemDepth (Liu et al. 2026, arXiv 2605.10525) as ten TorchScript networks."""
