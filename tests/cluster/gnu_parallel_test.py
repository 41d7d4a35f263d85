"""examples/cluster/gnu-parallel on this machine."""

import unittest

from fixtures import EXAMPLES, OPTIONS, PARTS, ClusterTest, need


@need("parallel")
class GnuParallelExample(ClusterTest):
    def test_gives_the_bytes_of_a_plain_run(self):
        self.run_example(EXAMPLES / "gnu-parallel" / "spread", "2/:", str(PARTS), self.clip,
                         self.output, *OPTIONS)
        self.expect_the_plain_bytes()


if __name__ == "__main__":
    unittest.main()
