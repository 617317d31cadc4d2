"""What strikes: each fault, when it begins, and how the world is mended afterwards.

A strike is a function that is called in the process of the operation just before one of its
changes on the disk.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import shutil
import signal
import struct
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

LIBC = ctypes.CDLL(None, use_errno=True)
YEARS = 10 * 31_557_600  # seconds
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink"}
# libc's clock, moved by what the first eight bytes of a file say
CLOCK = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <sys/time.h>
static long moved(void) {
  static long *by;
  if (!by) {
    int file = open(getenv("FAULTS_CLOCK"), O_RDONLY);
    by = file < 0 ? (void *)-1 : mmap(0, 8, PROT_READ, MAP_SHARED, file, 0);
  }
  return by == (void *)-1 ? 0 : *by;
}
int clock_gettime(clockid_t id, struct timespec *t) {
  static int (*real)(clockid_t, struct timespec *);
  if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
  int failed = real(id, t);
  if (!failed && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) t->tv_sec += moved();
  return failed;
}
int gettimeofday(struct timeval *restrict t, void *restrict zone) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  t->tv_sec = now.tv_sec; t->tv_usec = now.tv_nsec / 1000;
  return 0;
}
time_t time(time_t *t) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (t) *t = now.tv_sec;
  return now.tv_sec;
}
"""


def watch(root: Path, counted: mmap.mmap, at: int, strike: Callable[[Path], None] | None) -> None:
    """Count the changes in `root` that this process makes; strike before number `at`."""
    prefix, within = f"{root}/", False

    def hook(event: str, given: tuple[object, ...]) -> None:
        nonlocal within
        if within or not (event in CHANGES or (event == "open" and int(given[2] or 0) & WRITING)):  # type: ignore[call-overload]
            return
        path = given[0]
        if not isinstance(path, str | bytes | os.PathLike):
            return
        # a name alone is one beneath a folder that is being removed
        if (os.sep in (name := os.fsdecode(path))) and not name.startswith(prefix):
            return
        within = True
        number = int.from_bytes(counted[:8], "little") + 1
        counted[:8] = number.to_bytes(8, "little")
        if strike is not None and number == at:
            strike(root)
        within = False

    sys.addaudithook(hook)


def killed(number: int) -> Callable[[Path], None]:
    return lambda root: os.kill(os.getpid(), number)


def helpers_killed(root: Path) -> None:
    import psutil

    for process in psutil.Process().children(recursive=True):
        process.kill()


def filled(left: int) -> Callable[[Path], None]:
    """Return what fills the disk but for `left` bytes."""

    def strike(root: Path) -> None:
        disk = os.statvfs(root)
        with open(root.parent / "ballast", "wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(1, disk.f_bavail * disk.f_frsize - left))

    return strike


def emptied(root: Path) -> None:
    (root.parent / "ballast").unlink(missing_ok=True)


def remounted(how: str) -> Callable[[Path], None]:
    return lambda root: subprocess.run(["mount", "-o", f"remount,{how}", root.parent], check=True)  # type: ignore[return-value]


def unprivileged(root: Path) -> None:
    """Give up what root may do beyond others, for this process and what it starts."""
    if os.geteuid() == 0:
        for capability in range(64):
            LIBC.prctl(24, capability)  # PR_CAPBSET_DROP
        header, nothing = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
        if LIBC.capset(header, nothing):
            raise OSError(ctypes.get_errno(), "capset")


def permitted(bits: int) -> Callable[[Path], None]:
    """Return what sets the rights of every folder in the room of a case."""

    def strike(root: Path) -> None:
        for folder in [root, *(p for p in root.rglob("*") if p.is_dir() and not p.is_symlink())]:
            folder.chmod(bits)

    return strike


def clock(by: int) -> Callable[[Path], None]:
    def strike(root: Path) -> None:
        with open(os.environ["FAULTS_CLOCK"], "r+b") as file:
            file.write(struct.pack("l", by))

    return strike


def clock_library(folder: Path) -> Path | None:
    """Compile what moves the clock of a process, where there is a compiler."""
    (source := folder / "clock.c").write_text(CLOCK)
    library, compiler = folder / "clock.so", shutil.which("cc")
    if compiler is None or sys.platform != "linux":
        return None
    build = [compiler, "-shared", "-fPIC", "-o", library, source, "-ldl"]
    return library if subprocess.run(build, check=False).returncode == 0 else None


def nothing(root: Path) -> None:
    pass


@dataclass(frozen=True)
class Fault:
    """`before` is done to the folder, `first` by the process; `after` mends the world."""

    strike: Callable[[Path], None] | None = None
    before: Callable[[Path], object] = nothing
    first: Callable[[Path], None] = nothing
    after: Callable[[Path], object] = nothing
    needs: str = ""
    dies: bool = False  # at once, so it neither says anything nor tidies up
    tidies: bool = True  # it is still able to
    at_once: int = 1  # processes


FAULTS = {
    "kill -9": Fault(killed(signal.SIGKILL), dies=True),
    "Ctrl-C": Fault(killed(signal.SIGINT)),
    "helpers killed": Fault(helpers_killed),
    "disk full": Fault(filled(0), after=emptied, needs="disk"),
    "disk nearly full": Fault(filled(24_000), after=emptied, needs="disk"),
    "read-only disk": Fault(None, remounted("ro"), after=remounted("rw"), needs="disk"),
    "rights lost": Fault(
        permitted(0o555), first=unprivileged, after=permitted(0o755), tidies=False
    ),
    "clock ten years on": Fault(clock(YEARS), after=clock(0), needs="clock"),
    "clock ten years back": Fault(clock(-YEARS), after=clock(0), needs="clock"),
    "three at once": Fault(None, at_once=3),
}
