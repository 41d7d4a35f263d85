"""What `rollingdepth points` writes, read back with trimesh: a library of others, not our parser.

Needs the program, named by ROLLINGDEPTH_PROGRAM, and trimesh (scripts/requirements-check.txt);
counts as skipped without either.
"""

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

import numpy

try:
    import trimesh
except ImportError:
    trimesh = None

PROGRAM = os.environ.get("ROLLINGDEPTH_PROGRAM")
WIDTH, HEIGHT, FOCAL = 96, 64, 90.0
CENTRE, RADIUS = numpy.array([0.1, -0.05, 2.5]), 0.6


def scene():
    """A sphere before a tilted plane as a camera sees it: metres along its axis, [64, 96]."""
    x = (numpy.arange(WIDTH) + 0.5 - WIDTH / 2) / FOCAL
    y = (numpy.arange(HEIGHT) + 0.5 - HEIGHT / 2) / FOCAL
    x, y = numpy.meshgrid(x, y)
    plane = 4 / (1 + 0.3 * x - 0.2 * y)
    a = x * x + y * y + 1
    b = x * CENTRE[0] + y * CENTRE[1] + CENTRE[2]
    root = b * b - a * (CENTRE @ CENTRE - RADIUS**2)
    sphere = (b - numpy.sqrt(numpy.maximum(root, 0))) / a
    return numpy.where(root >= 0, sphere, plane).astype(numpy.float32), root >= 0


def error_of(points):
    """How far each point is from the nearer surface."""
    plane = numpy.abs(points @ [0.3, -0.2, 1] - 4)
    sphere = numpy.abs(numpy.linalg.norm(points - CENTRE, axis=1) - RADIUS)
    return numpy.minimum(plane, sphere)


@unittest.skipUnless(PROGRAM, "ROLLINGDEPTH_PROGRAM names no program")
@unittest.skipUnless(trimesh, "trimesh is not installed")
class Clouds(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.folder = Path(place.name)
        self.depth, self.is_sphere = scene()
        numpy.save(self.folder / "depth.npy", numpy.stack([self.depth, self.depth]))
        (self.folder / "video").mkdir()
        colors = numpy.random.default_rng(1).integers(0, 256, (HEIGHT, WIDTH, 3), numpy.uint8)
        self.colors = colors.reshape(-1, 3)
        for frame in range(2):
            picture = b"P6 %d %d 255\n" % (WIDTH, HEIGHT) + colors.tobytes()
            (self.folder / "video" / f"{frame}.ppm").write_bytes(picture)

    def clouds(self, *options):
        camera = f"{FOCAL},{FOCAL},{WIDTH / 2},{HEIGHT / 2}"
        done = subprocess.run(
            [Path(PROGRAM).resolve(), "points", "depth.npy", "--video", "video", "-o", "clouds",
             "--values", "metres", "--intrinsics", camera, "--overwrite", *options],
            cwd=self.folder, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [trimesh.load(file) for file in sorted((self.folder / "clouds").glob("*.ply"))]

    def test_points_lie_on_the_surfaces_and_have_the_colours_of_their_pixels(self):
        clouds = self.clouds("--edge-filter", "0")
        self.assertEqual(len(clouds), 2)
        for cloud in clouds:
            self.assertEqual(cloud.vertices.shape, (WIDTH * HEIGHT, 3))
            self.assertLess(error_of(cloud.vertices).max(), 4e-6)  # Roundings of float32 at 4 m.
            numpy.testing.assert_array_equal(cloud.colors[:, :3], self.colors)
            numpy.testing.assert_allclose(cloud.vertices[:, 2], self.depth.ravel(), rtol=2e-7)

    def test_the_edge_filter_drops_the_outline_of_the_sphere_alone(self):
        [cloud, _] = self.clouds()
        kept = {tuple(point) for point in numpy.round(cloud.vertices[:, :2] /
                                                      cloud.vertices[:, 2:] * FOCAL - 0.5)}
        rows, columns = numpy.indices(self.depth.shape)
        pixels = numpy.stack([columns - WIDTH / 2, rows - HEIGHT / 2], axis=-1)
        dropped = numpy.array([[tuple(pixel) not in kept for pixel in row] for row in pixels])
        outline = numpy.zeros_like(dropped)
        outline[:, 1:] |= self.is_sphere[:, 1:] != self.is_sphere[:, :-1]
        outline[:, :-1] |= self.is_sphere[:, 1:] != self.is_sphere[:, :-1]
        outline[1:] |= self.is_sphere[1:] != self.is_sphere[:-1]
        outline[:-1] |= self.is_sphere[1:] != self.is_sphere[:-1]
        self.assertTrue(dropped[outline].all())
        # The sphere's own rim is nearly seen edge-on.
        self.assertFalse(dropped[~outline & ~self.is_sphere].any())
        self.assertLess(dropped[~outline].sum(), 0.1 * outline.sum() + 100)

    def test_the_most_points_are_exact_and_the_same_each_time(self):
        first, second = self.clouds("--max-points", "500")
        self.assertEqual(len(first.vertices), 500)
        numpy.testing.assert_array_equal(first.vertices, second.vertices)
        [again, _] = self.clouds("--max-points", "500")
        numpy.testing.assert_array_equal(first.vertices, again.vertices)


if __name__ == "__main__":
    unittest.main()
