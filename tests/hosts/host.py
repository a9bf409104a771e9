"""Whole Debian hosts in namespaces: PID 1 is systemd, with journald, logind and user managers. Boots in a second.

A root tree is made once per suite by mmdebstrap and never written to afterwards; each host lives in an overlay over it, which
outlasts reboots and power cuts, but not the host. Everything is mounted in the caller's own mount namespace (see run), so that
nothing stays behind, however the tests end.
"""

import os
import pathlib
import secrets
import shutil
import signal
import subprocess
import time

PLACE = pathlib.Path(os.environ.get("JOBCTL_HOSTS", "/var/tmp/jobctl-hosts"))
CGROUPS = pathlib.Path("/sys/fs/cgroup")
PATIENCE = 120  # seconds; far above what a loaded machine needs

ON_EVERY_HOST = """systemd systemd-sysv dbus dbus-user-session libpam-systemd polkitd procps python3 sudo cron man-db
    bash-completion curl fish zsh less make strace util-linux""".split()
TO_BUILD = """build-essential debhelper cmake pkg-config libsystemd-dev libcli11-dev libtomlplusplus-dev libsqlite3-dev
    nlohmann-json3-dev libcurl4-openssl-dev lintian""".split()

# Whoever logs in gets a session of logind by this one, without what containers can't do (loginuid, limits).
PAM_SERVICE = """account required pam_permit.so
session required pam_env.so
session include common-session
"""

INIT = """set -e
cd "$1"
hostname "$2"
mount -t proc proc proc
printf '%s' "$3" >"$1.boot_id"
mount --bind "$1.boot_id" proc/sys/kernel/random/boot_id
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs dev
for device in null:3 zero:5 full:7 random:8 urandom:9; do mknod -m 666 "dev/${device%:*}" c 1 "${device#*:}"; done
mknod -m 666 dev/tty c 5 0
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
for number in 0:stdin 1:stdout 2:stderr; do ln -s "fd/${number%:*}" "dev/${number#*:}"; done
mount -t tmpfs -o mode=1777 tmpfs dev/shm
mount -t tmpfs -o mode=755 tmpfs run
ip link set lo up 2>/dev/null || true
pivot_root . mnt
cd /
umount -l /mnt
exec env -i container=jobctl-test PATH=/usr/sbin:/usr/bin:/sbin:/bin /sbin/init --log-target=journal --show-status=0
"""


class Missing(Exception):
    """What this machine lacks to run hosts."""


def mirror():
    """Where this machine's own packages come from."""
    for file in sorted(pathlib.Path("/etc/apt").glob("sources.list.d/*.sources")):
        for line in file.read_text().splitlines():
            if line.startswith("URIs:"):
                return line.split()[1]
    return "http://deb.debian.org/debian"


def root_tree(suite):
    """The suite's root tree, with two users; made once, and again when it should hold something else."""
    root = PLACE / f"root-{suite}"
    ready = PLACE / f"root-{suite}.ready"
    contents = " ".join(ON_EVERY_HOST)
    if not ready.exists() or ready.read_text() != contents:
        PLACE.mkdir(parents=True, exist_ok=True)
        ready.unlink(missing_ok=True)
        shutil.rmtree(root, ignore_errors=True)
        print(f"hosts: making a root tree of {suite} in {root}", flush=True)
        subprocess.run(["mmdebstrap", "--quiet", "--variant=minbase", "--aptopt=Acquire::Check-Valid-Until \"false\"",
                        f"--include={','.join(ON_EVERY_HOST)}", suite, root, mirror()], check=True)
        for proxy in pathlib.Path("/etc/apt/apt.conf.d").glob("*proxy*"):
            shutil.copy(proxy, root / "etc/apt/apt.conf.d")
        (root / "etc/pam.d/jobctl-test").write_text(PAM_SERVICE)
        (root / "var/log/journal").mkdir(exist_ok=True)
        for user in ("alice", "bob"):
            subprocess.run(["chroot", root, "useradd", "-m", "-s", "/bin/bash", user], check=True)
        for unit in ("systemd-modules-load.service", "systemd-networkd-wait-online.service", "apt-daily.timer",
                     "apt-daily-upgrade.timer", "man-db.timer"):
            (root / "etc/systemd/system" / unit).symlink_to("/dev/null")
        ready.write_text(contents)
    return root


class Overlay:
    """A tree that may be written to, over one that may not; in this mount namespace."""

    def __init__(self, lower, name):
        self.place = PLACE / name
        shutil.rmtree(self.place, ignore_errors=True)
        for folder in ("upper", "work", "root"):
            (self.place / folder).mkdir(parents=True)
        self.root = self.place / "root"
        done = subprocess.run(["mount", "-t", "overlay", "overlay", "-o",
                               f"lowerdir={lower},upperdir={self.place / 'upper'},workdir={self.place / 'work'}", self.root],
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise Missing(f"an overlay in {PLACE} (JOBCTL_HOSTS=… chooses another place): {done.stderr.strip()}")

    def remove(self):
        subprocess.run(["umount", "-l", self.root], check=True)
        shutil.rmtree(self.place, ignore_errors=True)


def copy_sources(sources, tree):
    """What git has of the sources or would add, as root's."""
    files = subprocess.run(["git", "-C", sources, "ls-files", "-z", "-co", "--exclude-standard"], check=True,
                           capture_output=True).stdout
    tree.mkdir(parents=True)
    packed = subprocess.run(["tar", "-C", sources, "--null", "-T-", "--owner=0", "--group=0", "-c"], input=files, check=True,
                            capture_output=True).stdout
    subprocess.run(["tar", "-C", tree, "-x"], input=packed, check=True)


def build_package(suite, sources):
    """The folder with the .deb files that dpkg-buildpackage makes of the sources in this suite, and lintian's words."""
    return build_into(packages_folder(suite), suite, sources)


def packages_folder(suite):
    return PLACE / f"packages-{suite}"


def build_again(suite, sources):
    """The same somewhere else, at another time and in other surroundings: reproducible-builds.org."""
    return build_into(PLACE / f"packages-{suite}-again", suite, sources, "TZ=Asia/Kathmandu", "LC_ALL=C", "USER=somebody")


def build_into(out, suite, sources, *surroundings):
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    overlay = Overlay(root_tree(suite), f"build-{suite}-{os.getpid()}")
    try:
        chroot = ["chroot", overlay.root, "env", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8",
                  "DEB_BUILD_OPTIONS=nocheck parallel=2", "DEB_BUILD_PROFILES=nocheck", *surroundings]
        with open(out / "log", "w") as log:
            def run(*command):
                if subprocess.run([*chroot, *command], stdout=log, stderr=log).returncode != 0:
                    raise RuntimeError(f"{suite}: {' '.join(command)} failed; see {out / 'log'}")
            run("apt-get", "-q", "update")
            run("apt-get", "-q", "-y", "install", "--no-install-recommends", *TO_BUILD)
            copy_sources(sources, overlay.root / "build/jobctl")
            run("sh", "-c", "cd /build/jobctl && dpkg-buildpackage -b -us -uc")
            for package in (overlay.root / "build").glob("*.deb"):
                shutil.copy(package, out)
            run("sh", "-c", "lintian --allow-root --fail-on error,warning /build/*.changes")
    finally:
        overlay.remove()
    return out


class Host:
    """One host. Use it as a context manager: at the end its power is cut and its overlay is gone."""

    def __init__(self, suite, name="host"):
        self.name, self.pid, self.process = name, 0, None
        self.overlay = Overlay(root_tree(suite), f"{name}-{suite}-{os.getpid()}")
        self.root = self.overlay.root
        self.cgroup = CGROUPS / f"jobctl-{name}-{os.getpid()}"

    def __enter__(self):
        try:
            self.boot()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.power_cut()
        self.overlay.remove()

    # ---- power

    def boot(self):
        self.cgroup.mkdir(exist_ok=True)
        boot_id = secrets.token_hex(16)
        boot_id = "-".join((boot_id[:8], boot_id[8:12], boot_id[12:16], boot_id[16:20], boot_id[20:])) + "\n"
        self.process = subprocess.Popen(
            ["sh", "-c", 'echo $$ >"$0/cgroup.procs"; exec setsid unshare -m -p -f -C -u -i -n --kill-child --propagation private '
             'sh -c "$@"', self.cgroup, INIT, "init", self.root, self.name, boot_id],
            stdin=subprocess.DEVNULL, stdout=open(self.overlay.place / "console", "a"), stderr=subprocess.STDOUT)
        self.wait_until(self.find_init, "PID 1")
        self.wait_until(lambda: self.run("systemctl", "is-system-running").out.strip() in ("running", "degraded"), "the boot")

    def find_init(self):
        if self.process.poll() is not None:
            raise RuntimeError((self.overlay.place / "console").read_text())
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        for pid in children:
            if pathlib.Path(f"/proc/{pid}/comm").read_text().strip() == "systemd":
                self.pid = int(pid)
        return self.pid

    def power_cut(self):
        """Everything stops where it stands, without a word to anybody. What was written is kept."""
        if self.process and self.process.poll() is None:
            if self.pid:
                os.kill(self.pid, signal.SIGKILL)
            else:
                self.process.kill()
        self.clean_up()

    def shut_down(self, verb="poweroff"):
        self.run("systemctl", verb, "--no-block")
        self.wait_until(lambda: self.process.poll() is not None, "the shutdown")
        self.clean_up()

    def reboot(self):
        self.shut_down("reboot")
        self.boot()

    def clean_up(self):
        if self.process:
            self.process.wait(PATIENCE)
        self.process, self.pid = None, 0
        for folder, _, _ in os.walk(self.cgroup, topdown=False):
            self.wait_until(lambda: self.remove_cgroup(folder), f"{folder} to be empty")

    @staticmethod
    def remove_cgroup(folder):
        try:
            os.rmdir(folder)
        except FileNotFoundError:
            pass
        except OSError:
            return False
        return True

    # ---- commands

    def enter(self):
        return ["nsenter", "-t", str(self.pid), "-m", "-p", "-C", "-u", "-i", "-n", "--"]

    def run(self, *command, user="root", check=None, env=(), stdin=None, timeout=PATIENCE):
        """A command with the environment of a login of that user; its output and exit status."""
        home = "/root" if user == "root" else f"/home/{user}"
        uid = 0 if user == "root" else self.uid(user)
        variables = [f"HOME={home}", f"USER={user}", f"LOGNAME={user}", "SHELL=/bin/bash", "LANG=C.UTF-8", "TERM=xterm",
                     "PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", f"XDG_RUNTIME_DIR=/run/user/{uid}", *env]
        done = subprocess.run([*self.enter(), "setpriv", f"--reuid={uid}", f"--regid={uid}", "--init-groups",
                               "env", "-i", "-C", home, *variables, *command],
                              input=stdin, stdin=subprocess.DEVNULL if stdin is None else None, capture_output=True, text=True,
                              timeout=timeout)
        result = Result(done.stdout, done.stderr, done.returncode)
        if check is not None and done.returncode != check:
            raise AssertionError(f"{command} as {user}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
        return result

    def sh(self, text, user="alice", check=0, **options):
        return self.run("bash", "-c", text, user=user, check=check, **options)

    def login(self, text, user="alice", check=0):
        """The same in a session of logind, which ends with it."""
        return self.run("systemd-run", "--quiet", "--wait", "--pipe", "--collect", "-p", "PAMName=jobctl-test", "-p", f"User={user}",
                        "-p", f"WorkingDirectory=/home/{user}", "-E", "LANG=C.UTF-8", "bash", "-c", text, check=check)

    def uid(self, user):
        for line in (self.root / "etc/passwd").read_text().splitlines():
            if line.startswith(user + ":"):
                return int(line.split(":")[2])
        raise KeyError(user)

    def linger(self, user="alice"):
        """As an administrator does it; waits for the user's manager."""
        self.run("loginctl", "enable-linger", user, check=0)
        self.wait_until(lambda: self.run("systemctl", "--user", "is-system-running", user=user).out.strip() in
                        ("running", "degraded"), f"the manager of {user}")

    def install(self, folder, check=0):
        """dpkg -i of the packages in a folder of this machine."""
        inside = self.root / "var/tmp/packages"
        shutil.rmtree(inside, ignore_errors=True)
        shutil.copytree(folder, inside)
        return self.run("sh", "-c", "dpkg -i /var/tmp/packages/jobctl_*.deb", check=check)

    @staticmethod
    def wait_until(condition, what):
        deadline = time.monotonic() + PATIENCE
        while not (value := condition()):
            if time.monotonic() > deadline:
                raise AssertionError(f"waited {PATIENCE} s for {what}")
            time.sleep(0.02)
        return value


class Result:
    def __init__(self, out, err, code):
        self.out, self.err, self.code = out, err, code
