"""Chooses the frames to look at."""

# By what frames are ranked, best choice first, and whether large values are bad.
RANKINGS = (("mae", True), ("rmse", True), ("abs_rel", True), ("ssim", False))


def ranking_metric(frames):
    """The first of RANKINGS that any frame has, as (name, large is bad); None where none has."""
    for name, large_is_bad in RANKINGS:
        if any(frame.values.get(name) is not None for frame in frames):
            return name, large_is_bad
    return None


def worst_frames(frames, count):
    """The worst `count` frames, worst first, kept apart.

    Neighbouring frames look alike and are bad together: a chosen frame bars those nearer to it than
    a quarter of an even spacing.
    """
    ranking = ranking_metric(frames)
    if ranking is None or count < 1:
        return []
    name, large_is_bad = ranking
    known = [frame for frame in frames if frame.values.get(name) is not None]
    known.sort(key=lambda frame: frame.values[name], reverse=large_is_bad)
    apart = max(1, len(frames) // (4 * count))
    chosen = []
    for frame in known:
        if all(abs(frame.number - other.number) >= apart for other in chosen):
            chosen.append(frame)
        if len(chosen) == count:
            break
    return chosen
