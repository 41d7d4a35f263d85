"""What of examples/cluster needs a cluster that no test can start: the files of Kubernetes and AWS
Batch hold the fields they must and no others, and the scripts give their commands as they are meant.
"""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from fixtures import EXAMPLES

try:
    import yaml
except ImportError:
    yaml = None

# Of batch/v1 and v1, those that the examples have a use for: a field that is mistyped is no other.
FIELDS = {
    "Job": {"apiVersion", "kind", "metadata", "spec"},
    "Job.spec": {"completionMode", "completions", "parallelism", "backoffLimit",
                 "backoffLimitPerIndex", "podFailurePolicy", "template"},
    "Job.spec.template": {"spec"},
    "Job.spec.template.spec": {"restartPolicy", "terminationGracePeriodSeconds", "containers",
                               "volumes"},
    "Job.spec.podFailurePolicy": {"rules"},
    "Job.spec.podFailurePolicy.rules": {"action", "onExitCodes", "onPodConditions"},
    "Job.spec.podFailurePolicy.rules.onExitCodes": {"containerName", "operator", "values"},
    "Job.spec.podFailurePolicy.rules.onPodConditions": {"type", "status"},
    "Job.spec.template.spec.containers": {"name", "image", "command", "resources", "volumeMounts"},
    "Job.spec.template.spec.containers.volumeMounts": {"name", "mountPath"},
    "Job.spec.template.spec.volumes": {"name", "persistentVolumeClaim"},
    "Job.spec.template.spec.volumes.persistentVolumeClaim": {"claimName"},
    "PersistentVolumeClaim": {"apiVersion", "kind", "metadata", "spec"},
    "PersistentVolumeClaim.spec": {"accessModes", "resources"},
}

# A program of a cluster that notes its words, and prints or does what the real one would.
STAND_IN = f"""#!{sys.executable}
import json, os, subprocess, sys
name, words = os.path.basename(sys.argv[0]), sys.argv[1:]
with open(os.environ["CALLS"], "a") as calls:
    calls.write(json.dumps([name, *words]) + "\\n")
if name == "rollingdepth" and words[0] == "plan":
    print(words[words.index("-o") + 1] + "/the clip.job")
elif name == "aws":
    print("id-of-" + words[words.index("--job-name") + 1])
elif name == "kubectl" and words[0] == "get":
    print(os.environ.get("KUBECTL_SAYS", "SuccessCriteriaMet\\nComplete"))
elif name == "hq":
    first, last = words[words.index("--array") + 1].split("-")
    for task in range(int(first), int(last) + 1):
        subprocess.run(words[words.index("--") + 1:], check=True,
                       env=dict(os.environ, HQ_TASK_ID=str(task)))
"""


def unknown_fields(value, path):
    """The paths of those fields below `path` that FIELDS does not hold."""
    if isinstance(value, list):
        return [field for one in value for field in unknown_fields(one, path)]
    if not isinstance(value, dict) or path not in FIELDS:
        return []
    found = [f"{path}.{name}" for name in value if name not in FIELDS[path]]
    return found + [field for name, one in value.items()
                    for field in unknown_fields(one, f"{path}.{name}")]


@unittest.skipIf(yaml is None, "PyYAML is not installed")
class KubernetesFiles(unittest.TestCase):
    def documents(self, name):
        text = (EXAMPLES / "kubernetes" / f"{name}.yaml").read_text()
        return {document["kind"]: document for document in yaml.safe_load_all(text)}

    def job(self, name):
        return self.documents(name)["Job"]

    def test_hold_known_fields_only(self):
        for name in ("plan", "work", "merge"):
            for kind, document in self.documents(name).items():
                with self.subTest(name=name, kind=kind):
                    self.assertEqual(document["apiVersion"], "batch/v1" if kind == "Job" else "v1")
                    self.assertEqual(unknown_fields(document, kind), [])

    def test_share_one_disk(self):
        claim = self.documents("plan")["PersistentVolumeClaim"]
        self.assertEqual(claim["spec"]["accessModes"], ["ReadWriteMany"])
        for name in ("plan", "work", "merge"):
            job = self.job(name)
            self.assertEqual(job["metadata"]["name"], f"depth-{name}")
            pod = job["spec"]["template"]["spec"]
            self.assertEqual(pod["volumes"][0]["persistentVolumeClaim"]["claimName"],
                             claim["metadata"]["name"])
            (container,) = pod["containers"]
            self.assertEqual(container["volumeMounts"],
                             [{"name": pod["volumes"][0]["name"], "mountPath": "/clips"}])
            self.assertEqual(container["command"][:2], ["rollingdepth", name])
            self.assertTrue(all(isinstance(word, str) for word in container["command"]))

    def test_count_the_parts_alike(self):
        spec = self.job("work")["spec"]
        command = spec["template"]["spec"]["containers"][0]["command"]
        self.assertEqual(command[-4:], ["--shard", "auto", "--shards", str(spec["completions"])])
        self.assertEqual(spec["completionMode"], "Indexed")
        self.assertLessEqual(spec["parallelism"], spec["completions"])

    # backoffLimitPerIndex and podFailurePolicy are refused with another restartPolicy.
    def test_try_again_what_can_succeed_only(self):
        spec = self.job("work")["spec"]
        self.assertEqual(spec["template"]["spec"]["restartPolicy"], "Never")
        self.assertGreater(spec["backoffLimitPerIndex"], 0)
        disruption, usage = spec["podFailurePolicy"]["rules"]
        self.assertEqual(disruption, {"action": "Ignore", "onPodConditions": [
            {"type": "DisruptionTarget", "status": "True"}]})
        self.assertEqual(usage, {"action": "FailJob", "onExitCodes": {
            "containerName": spec["template"]["spec"]["containers"][0]["name"], "operator": "In",
            "values": [2]}})


class AwsBatchDefinition(unittest.TestCase):
    def test_holds_what_registering_needs(self):
        definition = json.loads((EXAMPLES / "aws-batch" / "job-definition.json").read_text())
        self.assertEqual(definition["type"], "container")
        container = definition["containerProperties"]
        kinds = {one["type"]: one["value"] for one in container["resourceRequirements"]}
        self.assertLessEqual({"VCPU", "MEMORY"}, set(kinds))
        self.assertTrue(all(value.isdigit() for value in kinds.values()), kinds)
        self.assertEqual([one["name"] for one in container["volumes"]],
                         [one["sourceVolume"] for one in container["mountPoints"]])
        retry = definition["retryStrategy"]
        self.assertTrue(1 <= retry["attempts"] <= 10)
        self.assertLessEqual(len(retry["evaluateOnExit"]), 5)
        for condition in retry["evaluateOnExit"]:
            self.assertIn(condition.pop("action"), ("RETRY", "EXIT"))
            self.assertEqual(len(condition), 1)
        # Where none matches, AWS tries again: the last has to match all.
        self.assertEqual(retry["evaluateOnExit"][-1], {"onReason": "*"})


class Commands(unittest.TestCase):
    def setUp(self):
        folder = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="a cluster ")))
        for name in ("rollingdepth", "aws", "kubectl", "hq"):
            (folder / name).write_text(STAND_IN)
            (folder / name).chmod(0o755)
        self.calls_file = folder / "calls"
        self.folder = folder
        self.environment = dict(os.environ, CALLS=str(self.calls_file),
                                PATH=f"{folder}{os.pathsep}{os.environ['PATH']}")

    def run_script(self, *words, **environment):
        """The exit code, and the calls of the stand-ins."""
        done = subprocess.run([EXAMPLES / words[0], *words[1:]], cwd=self.folder,
                              env=self.environment | environment, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE)
        calls = self.calls_file.read_text().splitlines() if self.calls_file.exists() else []
        return done.returncode, [json.loads(call) for call in calls]

    def test_of_aws_chain_three_jobs(self):
        code, calls = self.run_script("aws-batch/submit", "queue", "8", "/clips/the clip.mp4",
                                      "/clips/depth", "--seed", "3")
        self.assertEqual(code, 0)
        options = [dict(zip(call[3::2], call[4::2])) for call in calls]
        commands = [json.loads(one["--container-overrides"])["command"] for one in options]
        self.assertEqual(commands, [
            ["rollingdepth", "plan", "-i", "/clips/the clip.mp4", "-o", "/clips/depth", "--seed",
             "3"],
            ["rollingdepth", "work", "/clips/depth/the clip.job", "--shard", "auto"],
            ["rollingdepth", "merge", "/clips/depth/the clip.job"]])
        self.assertEqual([one.get("--array-properties") for one in options],
                         [None, "size=8", None])
        self.assertEqual([one.get("--depends-on") for one in options],
                         [None, "jobId=id-of-depth-plan", "jobId=id-of-depth-work"])

    def test_of_hyperqueue_run_each_part_once(self):
        code, calls = self.run_script("hyperqueue/submit", "3", "the clip.mp4", str(self.folder))
        self.assertEqual(code, 0)
        job = str(self.folder / "the clip.job")
        self.assertEqual([call[1:] for call in calls if call[0] == "rollingdepth"], [
            ["plan", "-i", "the clip.mp4", "-o", str(self.folder)],
            ["work", job, "--shard", "1/3"], ["work", job, "--shard", "2/3"],
            ["work", job, "--shard", "3/3"], ["merge", job]])

    def test_of_kubernetes_apply_one_file_after_another(self):
        code, calls = self.run_script("kubernetes/spread")
        self.assertEqual(code, 0)
        self.assertEqual([call[3] for call in calls if call[1] == "apply"],
                         ["plan.yaml", "work.yaml", "merge.yaml"])

    def test_of_kubernetes_stop_at_a_job_that_fails(self):
        code, calls = self.run_script("kubernetes/spread", KUBECTL_SAYS="FailureTarget\nFailed")
        self.assertEqual(code, 1)
        self.assertEqual([call[3] for call in calls if call[1] == "apply"], ["plan.yaml"])

    def test_tell_their_usage_and_start_nothing_without_words(self):
        for script in ("slurm/submit", "aws-batch/submit", "hyperqueue/submit",
                       "gnu-parallel/spread"):
            with self.subTest(script=script):
                self.assertEqual(self.run_script(script), (2, []))


if __name__ == "__main__":
    unittest.main()
