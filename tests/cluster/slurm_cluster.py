"""A cluster of one node: Slurm and munge, started by hand in a temporary folder."""

import contextlib
import getpass
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

from fixtures import wait_until

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "scontrol", "squeue", "scancel", "sinfo")

# A job that is put back starts again once its credential has expired: after 5 seconds, not 120. The
# node takes four tasks whatever it has.
CONFIGURATION = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
SlurmctldPort={controller_port}
SlurmdPort={node_port}
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=5
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
SchedulerParameters=batch_sched_delay=0,bf_interval=1
KillWait=10
NodeName=node NodeHostname={host} NodeAddr=127.0.0.1 CPUs=4 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def free_ports(count):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


class SlurmCluster:
    """Runs while the `with` statement does."""

    def __enter__(self):
        self.daemons = []
        # Short: the name of a socket has 108 bytes. munge wants its folder open for all.
        self.folder = Path(tempfile.mkdtemp(prefix="slurm-", dir="/tmp"))
        self.folder.chmod(0o711)
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def start(self):
        controller_port, node_port = free_ports(2)
        for name in ("state", "spool"):
            (self.folder / name).mkdir()
        configuration = self.folder / "slurm.conf"
        configuration.write_text(CONFIGURATION.format(
            host=socket.gethostname(), user=getpass.getuser(), folder=self.folder,
            controller_port=controller_port, node_port=node_port))
        self.environment = {"SLURM_CONF": str(configuration)}

        key = self.folder / "munge.key"
        key.write_bytes(secrets.token_bytes(64))
        key.chmod(0o400)
        self.daemon("munged", "--foreground", "--force", f"--key-file={key}",
                    f"--socket={self.folder}/munge.socket", f"--pid-file={self.folder}/munged.pid",
                    f"--log-file={self.folder}/munged.log", f"--seed-file={self.folder}/munge.seed")
        wait_until("munge's socket", (self.folder / "munge.socket").exists, 30)
        self.daemon("slurmctld", "-D", "-i")
        self.daemon("slurmd", "-D")
        try:
            wait_until("an idle node", lambda: self.ask("sinfo", "-h", "-o", "%T") == "idle", 60)
        except TimeoutError as error:
            raise TimeoutError(f"{error}\n{self.messages()}") from None

    def daemon(self, program, *words):
        path = shutil.which(program) or f"/usr/sbin/{program}"
        with open(self.folder / f"{program}.messages", "wb") as messages:
            self.daemons.append(subprocess.Popen([path, *words], stdin=subprocess.DEVNULL,
                                                 stdout=messages, stderr=subprocess.STDOUT,
                                                 env=dict(os.environ, **self.environment)))

    def messages(self):
        """The last that each daemon has said."""
        return "\n".join(f"{path.name}: {path.read_text(errors='replace')[-2000:]}"
                         for path in sorted(self.folder.glob("*.messages")))

    def ask(self, *words):
        """What a command of Slurm prints."""
        return subprocess.run(words, env=dict(os.environ, **self.environment), text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.strip()

    def is_empty(self):
        return self.ask("squeue", "-h", "-o", "%i") == ""

    def state(self, job):
        """ "RUNNING", "COMPLETED", "CANCELLED", …; "" of a job that Slurm does not know."""
        words = self.ask("scontrol", "show", "job", "-o", str(job)).split()
        return next((word.removeprefix("JobState=") for word in words
                     if word.startswith("JobState=")), "")

    def __exit__(self, *_):
        if self.daemons:
            self.ask("scancel", "--user", getpass.getuser())
            with contextlib.suppress(TimeoutError):
                wait_until("an empty queue", self.is_empty, 30)
        # slurmd before the controller that it tells of its end, munge last.
        for daemon in reversed(self.daemons):
            daemon.terminate()
            try:
                daemon.wait(20)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
