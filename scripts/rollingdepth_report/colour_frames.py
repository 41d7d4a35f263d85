"""Takes single frames out of a video with ffmpeg."""

import subprocess
import tempfile
from pathlib import Path

from PIL import Image

from .depth_clip import PictureError


def colour_frames(video, numbers, width_px):
    """Frame number to picture (at most `width_px` wide); frames past the end are absent.

    @throws PictureError where the video cannot be read.
    """
    numbers = sorted(set(numbers))
    if not numbers:
        return {}
    wanted = "+".join(f"eq(n,{number})" for number in numbers)
    with tempfile.TemporaryDirectory() as folder:
        command = ["ffmpeg", "-v", "error", "-nostdin", "-i", f"file:{video}", "-vf",
                   f"select='{wanted}',scale='min({width_px},iw)':-2", "-fps_mode", "passthrough",
                   "-frames:v", str(len(numbers)), str(Path(folder) / "%06d.png")]
        try:
            subprocess.run(command, capture_output=True, check=True, text=True)
        except FileNotFoundError:
            raise PictureError("colour frames need ffmpeg, which is not installed") from None
        except subprocess.CalledProcessError as error:
            reason = (error.stderr.strip().splitlines() or ["unknown"])[-1]
            raise PictureError(f"ffmpeg cannot read {Path(video).name}: {reason}") from None
        pictures = sorted(Path(folder).iterdir())
        return {number: Image.open(file).convert("RGB")
                for number, file in zip(numbers, pictures)}
