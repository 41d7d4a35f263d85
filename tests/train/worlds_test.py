"""Reading of game maps, on a map of a few faces that the test writes."""

import struct
import tempfile
import unittest
from pathlib import Path

import fixtures  # noqa: F401
import numpy as np

import ufo_map
from quake3_map import CORNERS, ENTITIES, FACE, FACES, MODEL, MODELS, SHADER, SHADERS, VERTEX
from quake3_map import VERTICES, read_map, read_shaders
from map_worlds import family_of, metres, world_of
from rollingdepth_train.world_files import write_worlds

WALL, SKY, CAULK, WATER = range(4)
QUAD = [[0, 0, 0], [64, 0, 0], [64, 64, 0], [0, 64, 0]]


def face(shader: int, vertex: int, vertices: int, kind: int = 1, corner: int = 0, corners: int = 6,
         patch=(0, 0)) -> np.ndarray:
    """One record of the lump of faces."""
    record = np.zeros(1, FACE)
    record["shader"], record["kind"], record["vertex"], record["vertices"] = (shader, kind, vertex,
                                                                            vertices)
    record["corner"], record["corners"], record["patch_size"] = corner, corners, patch
    return record


def tiny_map() -> bytes:
    """A quad of wall, sky, caulk and water each, and an arch of 3 x 3 control points."""
    shaders = np.zeros(4, SHADER)
    shaders["name"] = [b"textures/a/wall", b"textures/a/high", b"textures/a/caulk",
                       b"textures/a/sea"]
    shaders["surface"] = [0, 0x4, 0x80, 0]
    shaders["contents"] = [1, 1, 1, 0x20]
    vertices = np.zeros(4 + 9, VERTEX)
    vertices["position"][:4] = QUAD
    vertices["normal"][:] = [0, 0, 1]
    # Along the first side 0, 32, 64 with the middle raised to 64; straight along the other.
    vertices["position"][4:] = [[x * 32, y * 32, 64 if x == 1 else 0] for y in range(3)
                                for x in range(3)]
    faces = np.concatenate([face(s, 0, 4) for s in (WALL, SKY, CAULK, WATER)]
                           + [face(WALL, 4, 9, kind=2, patch=(3, 3))])
    models = np.zeros(1, MODEL)
    models["faces"] = len(faces)
    entities = (b'{ "classname" "worldspawn" "message" "Court by A" }\n'
                b'{ "classname" "item_health" "origin" "8 16 24" }\n\0')
    lumps = {ENTITIES: entities, SHADERS: shaders.tobytes(), MODELS: models.tobytes(),
             VERTICES: vertices.tobytes(), FACES: faces.tobytes(),
             CORNERS: np.array([0, 1, 2, 0, 2, 3], "<i4").tobytes()}
    return packed(46, lumps)


def packed(version: int, lumps: dict[int, bytes]) -> bytes:
    """A map's file: magic, version, 17 pairs of offset and length, the lumps."""
    head, body = b"IBSP" + struct.pack("<i", version), b""
    for number in range(17):
        lump = lumps.get(number, b"")
        head += struct.pack("<ii", 8 + 17 * 8 + len(body), len(lump))
        body += lump
    return head + body


class MapTest(unittest.TestCase):
    def setUp(self):
        self.world = read_map(tiny_map(), set())

    # Caulk and water are left out: two triangles of wall, two of sky, and the arch in four steps
    # along its bow and one along its straight side.
    def test_what_is_not_seen_is_left_out_and_the_sky_is_marked(self):
        wall = self.world.shader == WALL
        self.assertEqual(np.sum(self.world.shader == -1), 2)
        self.assertEqual(np.sum(wall), 2 + 4 * 1 * 2)
        self.assertEqual(len(self.world.shader), 2 + 2 + 8)

    # (1 - t)^2 * 0 + 2 t (1 - t) * 64 + t^2 * 0 at t = 1/4, 1/2, 3/4.
    def test_points_of_a_patch_lie_on_its_curve(self):
        heights = {round(float(p[0])): float(p[2]) for p in self.world.positions[8:]}
        self.assertEqual(heights, {0: 0, 16: 24, 32: 32, 48: 24, 64: 0})

    def test_a_shader_of_the_scripts_is_left_out_by_its_name(self):
        seen = read_map(tiny_map(), {"textures/a/wall"})
        self.assertEqual(set(seen.shader), {-1})

    def test_other_files_are_no_map(self):
        self.assertIsNone(read_map(b"IBSP" + struct.pack("<i", 38) + bytes(200), set()))

    def test_a_map_tells_its_title(self):
        self.assertEqual(self.world.title, "Court by A")

    # 24 units above the floor, 8 ahead and 16 to the left, at 8 units a metre.
    def test_up_is_y_ahead_is_z_and_left_is_against_x(self):
        np.testing.assert_allclose(metres(self.world.spots, 8), [[-2, 3, 1]])

    def test_a_world_is_written_as_its_counts_say(self):
        world = world_of(self.world, np.zeros(len(self.world.shader)), 32, 0x100)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "worlds.bin"
            write_worlds(path, [world])
            content = path.read_bytes()
        self.assertEqual(struct.unpack("<i", content[:4]), (1,))
        counts = struct.unpack("<4i", content[4:20])
        self.assertEqual(counts, (8 + 10, 12, 1, 0x100))
        self.assertEqual(len(content), 4 + 16 + 18 * 32 + 12 * 16 + 12)


def tiny_ufo_map() -> bytes:
    """A square of wall, one of glass and one that is not drawn, 32 units wide."""
    surfaces = np.zeros(3, ufo_map.SURFACE)
    surfaces["name"] = [b"tex_a/wall", b"tex_a/glass", b"tex_common/nodraw"]
    surfaces["flags"] = [0, 0x10, 0x80]
    surfaces["axes"][:, 0, 0], surfaces["axes"][:, 1, 1] = 2, -4
    surfaces["axes"][:, 0, 3] = 5
    planes = np.zeros(1, ufo_map.PLANE)
    planes["normal"] = [0, 0, -1]
    faces = np.zeros(3, ufo_map.FACE)
    faces["surface"], faces["edges"], faces["side"] = [0, 1, 2], 4, 1
    corners = np.array([[0, 0, 0], [32, 0, 0], [32, 32, 0], [0, 32, 0]], "<f4")
    # The third edge is stored from its end, as another face would walk it.
    edges = np.array([[0, 0], [0, 1], [1, 2], [3, 2], [3, 0]], "<u2")
    entities = b'{ "classname" "info_human_start" "origin" "16 16 24" }\n\0'
    return packed(78, {ufo_map.ENTITIES: entities, ufo_map.PLANES: planes.tobytes(),
                       ufo_map.VERTICES: corners.tobytes(), ufo_map.SURFACES: surfaces.tobytes(),
                       ufo_map.FACES: faces.tobytes(), ufo_map.EDGES: edges.tobytes(),
                       ufo_map.FACE_EDGES: np.array([1, 2, -3, 4], "<i4").tobytes()})


class UfoMapTest(unittest.TestCase):
    def test_edges_are_walked_in_their_direction(self):
        world = ufo_map.read_ufo_map(tiny_ufo_map())
        np.testing.assert_array_equal(world.positions,
                                      [[0, 0, 0], [32, 0, 0], [32, 32, 0], [0, 32, 0]])
        np.testing.assert_array_equal(world.triangles, [[0, 1, 2], [0, 2, 3]])

    # The other side of a plane that looks down; u is 2 x + 5 and v is -4 y, in pixels.
    def test_the_normal_is_that_of_the_side_and_uv_are_pixels(self):
        world = ufo_map.read_ufo_map(tiny_ufo_map())
        np.testing.assert_array_equal(world.normals[0], [0, 0, 1])
        np.testing.assert_array_equal(world.uv[2], [69, -128])

    def test_another_version_is_no_map(self):
        self.assertIsNone(ufo_map.read_ufo_map(tiny_map()))


SCRIPT = """
textures/a/wall // a comment
{
  qer_editorimage textures/a/face.tga
  { map $lightmap }
  { map textures/a/deep.tga
    blendFunc filter }
}
textures/a/glass
{
  surfaceparm trans
  { map textures/a/pane.tga
    blendFunc GL_ONE GL_ONE }
}
textures/a/grate { { map textures/a/bars.tga
 alphaFunc GE128
} }
"""


class ShaderTest(unittest.TestCase):
    def test_light_laid_on_later_leaves_a_surface_opaque(self):
        shaders = read_shaders(SCRIPT)
        self.assertFalse(shaders["textures/a/wall"].unseen)
        self.assertEqual(shaders["textures/a/wall"].pictures[0], "textures/a/face.tga")

    def test_what_shows_the_things_behind_it_is_unseen(self):
        shaders = read_shaders(SCRIPT)
        self.assertTrue(shaders["textures/a/grate"].unseen)
        self.assertTrue(shaders["textures/a/glass"].unseen)


class GameTest(unittest.TestCase):
    def test_variants_of_a_map_are_one_family(self):
        self.assertEqual(family_of("maps/runningman_1on1.bsp"),
                         family_of("maps/runningmanctf.bsp"))
        self.assertNotEqual(family_of("maps/oa_dm1.bsp"), family_of("maps/oa_dm2.bsp"))
        self.assertEqual(family_of("maps/farm/f_barn.bsp"), family_of("maps/farm/f_field.bsp"))


if __name__ == "__main__":
    unittest.main()
