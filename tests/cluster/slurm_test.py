"""examples/cluster/slurm on a cluster of one node, which is started for the test."""

import re
import unittest

from fixtures import EXAMPLES, OPTIONS, PARTS, ClusterTest, need, wait_until
from slurm_cluster import PROGRAMS, SlurmCluster


@need(*PROGRAMS)
class SlurmExample(ClusterTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.slurm = cls.enterClassContext(SlurmCluster())

    def setUp(self):
        super().setUp()
        self.environment.update(self.slurm.environment)

    def submit(self):
        """The ids of the array and of the job that merges."""
        said = self.run_example(EXAMPLES / "slurm" / "submit", str(PARTS), self.clip, self.output,
                                *OPTIONS)
        return re.search(r"^array (\d+)", said, re.M)[1], re.search(r"^merge (\d+)", said, re.M)[1]

    def log(self, job):
        path = self.output / f"slurm-{job}.log"
        return path.read_text() if path.exists() else ""

    def logs(self):
        return "\n".join(f"{path.name}: {path.read_text()}"
                         for path in sorted(self.output.glob("*.log")))

    def wait_for_the_end(self):
        wait_until("an empty queue", self.slurm.is_empty, 240)

    def wait_for_the_hold(self, job):
        try:
            wait_until(f"{job} holds", lambda: "holding at" in self.log(job))
        except TimeoutError as error:
            raise TimeoutError(f"{error}\n{self.logs()}") from None

    def test_parts_that_are_stopped_go_on_and_give_the_bytes_of_a_plain_run(self):
        self.trick("hold-2")
        self.trick("hold-3")
        array, merge = self.submit()
        self.wait_for_the_hold(f"{array}_2")
        self.wait_for_the_hold(f"{array}_3")
        # As where a job of higher priority takes the node.
        self.slurm.ask("scontrol", "requeue", f"{array}_2")
        # As two minutes before the time limit: to the script alone.
        self.slurm.ask("scancel", "--batch", "--signal=USR1", f"{array}_3")
        self.wait_for_the_end()
        self.assertEqual(self.slurm.state(merge), "COMPLETED", self.logs())
        self.expect_the_plain_bytes()
        for part in (2, 3):
            words = self.slurm.ask("scontrol", "show", "job", "-o", f"{array}_{part}").split()
            self.assertIn("Restarts=1", words)

    def test_a_part_that_fails_stops_merge_and_the_same_command_goes_on(self):
        self.trick("fail-4")
        array, merge = self.submit()
        self.wait_for_the_end()
        self.assertEqual(self.slurm.state(f"{array}_4"), "FAILED", self.logs())
        self.assertEqual(self.slurm.state(merge), "CANCELLED")
        _, merge = self.submit()
        self.wait_for_the_end()
        self.assertEqual(self.slurm.state(merge), "COMPLETED", self.logs())
        self.expect_the_plain_bytes()

    def test_what_is_cancelled_does_not_come_back(self):
        self.trick("hold-2")
        array, merge = self.submit()
        self.wait_for_the_hold(f"{array}_2")
        self.slurm.ask("scancel", f"{array}_2")
        self.wait_for_the_end()
        self.assertEqual(self.slurm.state(f"{array}_2"), "CANCELLED", self.logs())
        self.assertEqual(self.slurm.state(merge), "CANCELLED")


if __name__ == "__main__":
    unittest.main()
