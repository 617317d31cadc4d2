# Written by scripts/public_names.py.

from ..eventstudy.sizes.designs import load_ported_table as load_ported_table
from ..eventstudy.sizes.designs import load_power_table as load_power_table
from ..eventstudy.sizes.designs import load_size_table as load_size_table
from .checking import RunCheck as RunCheck
from .checking import check_run as check_run
from .page.notebook import footer as footer
from .page.notebook import header as header
from .page.notebook import report_result as report_result
from .page.notebook import save_table as save_table
from .parameters import Parameter as Parameter
from .parameters import check_parameters as check_parameters
from .parameters import read_parameters as read_parameters
from .runner import StudyRun as StudyRun
from .runner import run_study as run_study
from .runs.comparing import RunComparison as RunComparison
from .runs.comparing import compare_runs as compare_runs
from .runs.comparing import write_comparison as write_comparison
from .runs.records import find_run as find_run
from .runs.site import write_site as write_site
from .studies import Study as Study
from .studies import find_study as find_study
from .studies import list_studies as list_studies
from .sweeps.results import Sweep as Sweep
from .sweeps.running import sweep as sweep
