"""examples/cluster/snakemake on this machine."""

import unittest

from fixtures import EXAMPLES, OPTIONS, PARTS, ClusterTest, need


@need("snakemake")
class SnakemakeExample(ClusterTest):
    def snakemake(self):
        return self.run_example(
            "snakemake", "--snakefile", EXAMPLES / "snakemake" / "Snakefile", "--cores", "2",
            "--config", f"clip={self.clip}", f"output={self.output}", f"parts={PARTS}",
            f"options={' '.join(OPTIONS)}")

    def test_gives_the_bytes_of_a_plain_run_and_has_nothing_to_do_then(self):
        self.snakemake()
        self.expect_the_plain_bytes()
        self.assertIn("Nothing to be done", self.snakemake())


if __name__ == "__main__":
    unittest.main()
