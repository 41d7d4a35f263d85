"""Chooses the frames to look at."""

# By what frames are ranked, best choice first, and the value of equal frames.
RANKINGS = (("mae", 0.0), ("rmse", 0.0), ("abs_rel", 0.0), ("ssim", 1.0))


def ranking_metric(frames):
    """The first of RANKINGS that any frame has; None where none has."""
    for name, perfect in RANKINGS:
        if any(frame.values.get(name) is not None for frame in frames):
            return name, perfect
    return None


def worst_frames(frames, count):
    """The worst `count` frames of those that differ, worst first, kept apart.

    Neighbouring frames look alike and are bad together: a chosen frame bars those nearer to it than
    a quarter of an even spacing.
    """
    ranking = ranking_metric(frames)
    if ranking is None or count < 1:
        return []
    name, perfect = ranking
    known = [frame for frame in frames if frame.values.get(name) not in (None, perfect)]
    known.sort(key=lambda frame: -abs(frame.values[name] - perfect))
    apart = max(1, len(frames) // (4 * count))
    chosen = []
    for frame in known:
        if all(abs(frame.number - other.number) >= apart for other in chosen):
            chosen.append(frame)
        if len(chosen) == count:
            break
    return chosen
