"""A forked kernel is the one that a fresh start would give, only sooner, and leaves nothing."""

from __future__ import annotations

import base64
import io
import json
import os
import signal
import subprocess
import sys
import time
import warnings
from contextlib import suppress
from pathlib import Path

import matplotlib.image
import nbformat
import pytest
from jupyter_client.manager import AsyncKernelManager, KernelManager, start_new_kernel
from jupyter_client.provisioning import KernelProvisionerFactory
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from rareearth_research.reports.kernels import parent, provisioner
from rareearth_research.reports.kernels.nursery import CALENDARS, WARM
from rareearth_research.reports.kernels.private import private_kernel
from rareearth_research.reports.studies import find_study
from tests.support.synthetic import write_bare_notebook
from tests.support.thorough import first_of

pytestmark = [
    pytest.mark.end_to_end,
    pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux only"),
]
SWITCH = "JUPYTER_DEFAULT_PROVISIONER_NAME"
FORKED = "'nursery.py' in open(f'/proc/{__import__(\"os\").getppid()}/cmdline').read()"
IS_FORKED = f"print({FORKED})"
# what a kernel finds when it starts; in a fork it must be what a fresh start gives
FOUND = """
print(flush=True)  # opens what is printed through
import gc, importlib, json, locale, os, pathlib, signal, sys, threading, warnings
for name in WARM: importlib.import_module(name)  # some say which warnings to show
import matplotlib, numpy, pandas
private = {"JPY_PARENT_PID", "JPY_SESSION_NAME"}
print(json.dumps({
    "env": {k: v for k, v in sorted(os.environ.items()) if k not in private},
    "cwd": os.getcwd(), "umask": os.umask(0o22), "locale": locale.getlocale(),
    "path": sys.path, "argv": sys.argv[:2],
    "flags": str(sys.flags), "options": sys.orig_argv[0],
    "main": sorted(n for n in vars(sys.modules["__main__"]) if n.startswith("__")),
    "settings": {k: str(v) for k, v in matplotlib.rcParams.items()},
    "pandas": pandas.describe_option(_print_desc=False),
    "warned": sorted(map(str, warnings.filters)), "shown": warnings.showwarning.__module__,
    "errors": numpy.geterr(), "threads": sorted(t.name for t in threading.enumerate()),
    "files": sorted(os.readlink(f).partition(":")[0]
                    for f in pathlib.Path("/proc/self/fd").glob("[1-9]*") if f.exists()),
    "group": [os.getpgid(0) == os.getpid(), os.getsid(0) == os.getpid()],
    "signals": [str(signal.getsignal(s)).partition(" at ")[0] for s in (2, 15)],
    "recursion": sys.getrecursionlimit(), "gc": [gc.isenabled(), gc.get_threshold()],
}))
""".replace("WARM", str(WARM))
SPOIL = """
import builtins, os, random, sys, threading, time, warnings
import matplotlib.pyplot as plt, numpy as np, pandas as pd
random.seed(1); np.random.seed(1); np.seterr(all="raise")
plt.rcParams["figure.dpi"] = 33; plt.figure()
os.environ["SPOILT"] = "1"; os.chdir("/"); os.umask(0o77)
kept = open("/etc/hostname")
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
pd.set_option("display.max_rows", 3); sys.path.append("/spoilt"); warnings.simplefilter("error")
builtins.spoilt = True; sys.setrecursionlimit(500)
"""


@pytest.fixture(autouse=True)
def _forking(monkeypatch):
    monkeypatch.delenv("MPLBACKEND", raising=False)
    switch(monkeypatch, "rareearth-fork")
    yield
    KernelProvisionerFactory.clear_instance()


@pytest.fixture(scope="module", autouse=True)
def _ended():
    yield
    parent._end()


def switch(monkeypatch, name):
    monkeypatch.setenv(SWITCH, name)
    KernelProvisionerFactory.clear_instance()


def told(code, cwd=None, **more):
    """Return what a kernel of its own prints for `code`."""
    notebook = new_notebook(cells=[new_code_cell(code)])
    resources = {"metadata": {"path": str(cwd)}} if cwd else {}
    manager = more.pop("manager", AsyncKernelManager)
    client = NotebookClient(notebook, kernel_manager_class=manager, resources=resources)
    client.execute(**more)
    outputs = notebook.cells[0].outputs
    return "".join(o["text"] for o in outputs if o.get("name") == "stdout").strip()


def living():
    """Return process and group of whatever runs."""
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, group, *_ = file.read_text().rpartition(")")[2].split()
            if state not in "ZX":
                yield int(file.parent.name), int(group)


def gone(pid, within=60.0):
    """Say whether the process `pid` and its group have ended, after waiting for them."""
    end = time.monotonic() + within
    while left := any(pid in found for found in living()):
        if time.monotonic() > end:
            break
        time.sleep(0.05)
    return not left


# --- the same ---


def outputs_of(notebook):
    """Return each output, pictures as pixels."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            data = dict(output.get("data", {"text": output.get("text")}))
            if png := data.pop("image/png", None):
                data["pixels"] = matplotlib.image.imread(io.BytesIO(base64.b64decode(png))).tolist()
            yield output.output_type, data


@pytest.mark.thorough
def test_a_study_shows_the_same_to_the_pixel(monkeypatch):
    study = find_study("02_event_study").path
    shown = []
    for name in ("rareearth-fork", "local-provisioner"):
        switch(monkeypatch, name)
        notebook = nbformat.read(study, as_version=4)
        notebook.cells.append(new_code_cell(IS_FORKED))
        with private_kernel() as manager:
            NotebookClient(notebook, timeout=300, kernel_manager_class=manager).execute()
        assert notebook.cells.pop().outputs[0]["text"] == f"{name == 'rareearth-fork'}\n"
        shown.append(list(outputs_of(notebook)))
    assert sum("pixels" in data for _, data in shown[0]) >= 3
    assert shown[0] == shown[1]


def test_a_fork_finds_what_a_fresh_start_finds(monkeypatch, tmp_path):
    forked = json.loads(told(FOUND, tmp_path))
    switch(monkeypatch, "local-provisioner")
    fresh = json.loads(told(FOUND, tmp_path))
    for found in (forked, fresh):
        found["env"].pop(SWITCH)
    assert forked == fresh


def test_linear_algebra_runs_with_its_threads():
    code = "import numpy as np; a = np.eye(1500); print((a @ a).trace(), np.linalg.inv(a).trace())"
    assert told(code) == "1500.0 1500.0"


@pytest.mark.thorough
def test_a_kernel_sees_its_own_environment():
    code = "import os; print(hash('a'), os.environ['OWN'], os.environ['PYTHONHASHSEED'])"
    env = {**os.environ, "PYTHONHASHSEED": "7", "OWN": "x"}
    plain = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
    assert told(code + "\n" + IS_FORKED, env=env) == plain.stdout + "True"


@pytest.mark.thorough
def test_a_kernel_draws_with_the_backend_it_was_given():
    code = "import matplotlib.pyplot as plt; plt.figure(); print(plt.get_backend())\n" + IS_FORKED
    assert told(code, env={**os.environ, "MPLBACKEND": "svg"}) == "svg\nTrue"


def test_calendars_of_most_studies_are_there_before_they_are_asked_for():
    code = f"""
from exchange_calendars import ExchangeCalendar
from rareearth_research.timing import sessions_of
del ExchangeCalendar.__init__  # nothing can be built from here on
print([len(sessions_of(name).dates) > 8000 for name in {CALENDARS}])
"""
    assert told(code) == "[True, True, True]"


# --- apart ---


def test_a_kernel_leaves_nothing_to_the_next(tmp_path):
    before = told(FOUND, tmp_path)
    assert told(SPOIL + FOUND, tmp_path) != before
    assert told(FOUND + "\nassert not hasattr(__builtins__, 'spoilt')", tmp_path) == before


def test_kernels_draw_other_random_numbers():
    code = (
        "import random, uuid, numpy as np; print(random.random(), np.random.random(), uuid.uuid4())"
    )
    drawn = [told(code).split() for _ in range(3)]
    assert all(len(set(column)) == 3 for column in zip(*drawn, strict=True))


def test_code_on_disk_is_read_anew_by_each_kernel(tmp_path):
    module = tmp_path / "changing.py"
    for text in ("1", "22"):
        module.write_text(f"value = {text}")
        assert told("import changing; print(changing.value)", tmp_path) == text


# --- alive and dead ---


@pytest.fixture
def kernel():
    manager, client = start_new_kernel()
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def test_a_kernel_is_interrupted_and_started_again(kernel):
    manager, client = kernel
    waiting = client.execute("import time; time.sleep(60)")
    time.sleep(0.5)
    manager.interrupt_kernel()
    assert client.get_shell_msg(timeout=120)["content"]["ename"] == "KeyboardInterrupt"
    first = manager.provisioner.pid
    manager.restart_kernel(now=True)
    client.wait_for_ready(timeout=60)
    assert gone(first)
    assert manager.provisioner.pid != first
    assert waiting


def test_the_exit_code_of_a_kernel_is_its_own(kernel):
    manager, client = kernel
    process = manager.provisioner.process
    client.execute("import os; os._exit(3)")
    assert process.wait() == process.poll() == 3
    assert not manager.is_alive()


def test_a_kernel_ends_as_an_interpreter_does(tmp_path):
    told(
        "import atexit, pathlib\n"
        "left_open = open('open.txt', 'w'); left_open.write('flushed')\n"
        "atexit.register(pathlib.Path('exit.txt').write_text, 'ran')",
        tmp_path,
    )
    assert (tmp_path / "open.txt").read_text() == "flushed"
    assert (tmp_path / "exit.txt").read_text() == "ran"


@pytest.mark.thorough
def test_kernels_in_folders_of_their_own_share_a_parent():
    parent._end()
    for number in range(2):
        with private_kernel({"RAREEARTH_RUN_DIR": f"/tmp/{number}"}) as manager:
            assert told(IS_FORKED, manager=manager) == "True"
    assert len(parent._parents) == 1


def test_nobody_else_can_ask_a_parent():
    assert told(IS_FORKED) == "True"
    pid = parent._parents[0].process.pid
    files = [os.readlink(f) for f in Path(f"/proc/{pid}/fd").iterdir()]
    (socket,) = (name[8:-1] for name in files if name.startswith("socket:"))
    (line,) = (x.split() for x in Path("/proc/net/unix").read_text().splitlines() if socket in x)
    assert line[6:] == [socket]  # without a path, and so none to find, to own or to leave behind


def test_a_killed_parent_takes_its_kernels_along_and_the_next_gets_another(kernel):
    manager, _ = kernel
    kernel = manager.provisioner.process
    first = kernel.parent.process
    first.kill()
    assert kernel.wait() == -signal.SIGKILL
    assert not manager.is_alive()
    assert told(IS_FORKED) == "True"
    assert first.poll() == -signal.SIGKILL


@pytest.fixture
def said(caplog):
    provisioner._said.clear()
    return caplog


@pytest.fixture
def impatient(monkeypatch):
    parent._end()
    monkeypatch.setattr(parent, "LAST_WORDS", 0.1)


@pytest.mark.thorough
def test_a_parent_that_stands_still_is_left_for_another(said, impatient):
    assert told(IS_FORKED) == "True"
    still = parent._parents[0]
    still.socket.settimeout(0.5)
    os.kill(still.process.pid, signal.SIGSTOP)
    assert told(IS_FORKED) == "False"
    assert "the warm parent does not answer: timed out" in said.text
    assert gone(still.process.pid)
    assert told(IS_FORKED) == "True"


def test_where_no_parent_gets_warm_kernels_start_as_always(said, impatient, monkeypatch, tmp_path):
    (tmp_path / "nursery.py").write_text("import time; time.sleep(300)")
    monkeypatch.setattr(parent, "_NURSERY", str(tmp_path / "nursery.py"))
    monkeypatch.setattr(parent, "PATIENCE", 0.5)
    monkeypatch.setattr(parent, "_cold", [])
    assert told(IS_FORKED) == "False"
    assert parent._parents == []
    monkeypatch.setattr(parent, "PATIENCE", 300)  # it is waited for once
    assert told(IS_FORKED) == "False"
    assert said.text.count("no parent could be warmed within 0.5 s") == 1


CLIENT = """
import os, sys, time
from jupyter_client.manager import start_new_kernel
manager, client = start_new_kernel()
client.execute("import subprocess; subprocess.Popen(['sleep', '300'])\\nwhile True: pass")
time.sleep(1)
kernel = manager.provisioner.process
child = os.fork()  # inherits every open file of its parent
if not child:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    time.sleep(300)
print(kernel.parent.process.pid, kernel.pid, child, flush=True)
{end}
"""


ENDS = ["os.kill(os.getpid(), 9)", "os._exit(0)", "manager.shutdown_kernel(now=True)"]


@pytest.mark.parametrize("end", first_of(ENDS))
def test_nothing_is_left_of_a_session_however_it_ends(end):
    done = subprocess.run(
        [sys.executable, "-c", CLIENT.format(end=end)], stdout=subprocess.PIPE, text=True
    )
    warm, forked, child = map(int, done.stdout.split())
    try:
        assert gone(forked)
        assert gone(warm)
    finally:
        os.kill(child, signal.SIGKILL)


# --- with every client, by one variable ---


@pytest.fixture
def notebook(tmp_path):
    made = new_notebook(cells=[new_code_cell(IS_FORKED, execution_count=1)])
    made.cells[0].outputs = [nbformat.v4.new_output("stream", name="stdout", text="True\n")]
    made.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = tmp_path / "forked.ipynb"
    nbformat.write(made, path)
    return path


@pytest.mark.parametrize(
    "command",
    [
        ["-m", "papermill", "forked.ipynb", "forked.ipynb"],
        ["-m", "jupyter", "execute", "--inplace", "forked.ipynb"],
        ["-m", "pytest", "--nbval", "-q", "-p", "no:cacheprovider", "forked.ipynb"],
    ],
    ids=["papermill", "jupyter execute", "nbval"],
)
@pytest.mark.thorough
def test_the_variable_is_all_that_a_client_needs(command, notebook):
    done = subprocess.run(
        [sys.executable, *command], cwd=notebook.parent, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    outputs = nbformat.read(notebook, as_version=4).cells[0].outputs
    assert [output["text"] for output in outputs] == ["True\n"]


def test_a_report_is_made_by_forked_kernels(tmp_path):
    study = write_bare_notebook(tmp_path, "01_forked", f"assert {FORKED}")
    command = ["-m", "rareearth_research.cli", "report", str(study), "--out", "out"]
    done = subprocess.run([sys.executable, *command], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


# --- where it cannot be ---


@pytest.mark.parametrize("platform", first_of(["win32", "darwin"]))
def test_elsewhere_than_on_linux_kernels_start_as_always(platform, monkeypatch, said):
    monkeypatch.setattr(provisioner, "_PLATFORM", platform)
    assert [told(IS_FORKED) for _ in range(2)] == ["False", "False"]
    assert [r.message for r in said.records].count(
        "A kernel is started anew and not forked: only Linux forks a process safely, and this is "
        f"{platform}"
    ) == 1


@pytest.mark.parametrize("name", first_of(["matplotlibrc", "seaborn.py", "numpy/__init__.py"]))
def test_what_lies_in_the_folder_goes_before_what_is_warm(name, tmp_path, said):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("")
    assert told(IS_FORKED, tmp_path) == "False"
    assert f"{name.partition('/')[0]} in its folder stands before what is warm" in said.text


@pytest.mark.thorough
def test_a_relative_search_path_is_refused_and_a_full_one_taken(tmp_path, said):
    (tmp_path / "beside").mkdir()
    (tmp_path / "beside/found.py").write_text("")
    code = "import found\n" + IS_FORKED
    before = os.environ.get("PYTHONPATH", "")
    for given, forked in (("beside", "False"), (f"{tmp_path}/beside", "True")):
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [given, before]))}
        assert told(code, tmp_path, env=env) == forked
    assert "give its full path" in said.text


def test_output_through_a_pipe_is_not_forked(said):
    manager = KernelManager()
    manager.start_kernel(stdout=subprocess.PIPE)
    assert isinstance(manager.provisioner.process, subprocess.Popen)
    manager.shutdown_kernel(now=True)
    assert "through a pipe" in said.text


@pytest.mark.thorough
def test_a_python_that_warms_nothing_says_what_is_missing(tmp_path):
    with pytest.raises(parent.CannotFork, match="No module named 'ipykernel'"):
        parent.Parent([sys.executable, "-S"], {})
    with pytest.raises(parent.CannotFork, match="MPLCONFIGDIR is set by an import"):
        parent.Parent([sys.executable], {**os.environ, "MPLCONFIGDIR": "/proc/none"})


@pytest.mark.thorough
def test_a_parent_is_warmed_where_fonts_were_never_looked_for(tmp_path):
    made = parent.Parent([sys.executable], {**os.environ, "MPLCONFIGDIR": str(tmp_path)})
    made.close()
    assert [*tmp_path.glob("fontlist*")]
    assert "PATH" in made.read


@pytest.mark.thorough
def test_only_so_many_environments_are_kept_warm(monkeypatch, said):
    parent._end()
    monkeypatch.setattr(parent, "PARENTS", 1)
    assert told(IS_FORKED) == "True"
    assert told(IS_FORKED, env={**os.environ, "LC_ALL": "C.UTF-8"}) == "False"
    assert "1 other environments are kept warm already" in said.text


def test_children_of_a_client_warm_parents_of_their_own():
    assert told(IS_FORKED) == "True"
    with warnings.catch_warnings(action="ignore"):  # from Python 3.12 on threads are warned of
        pid = os.fork()
    if not pid:
        os._exit(len(parent._parents))
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert told(IS_FORKED) == "True"
