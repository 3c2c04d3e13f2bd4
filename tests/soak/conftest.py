"""The soak uses the same desktop, host and client as the whole-process tests."""
import importlib.util
import pathlib
import sys

_path = pathlib.Path(__file__).resolve().parents[1] / "integration/conftest.py"
_spec = importlib.util.spec_from_file_location("integration", _path)
integration = importlib.util.module_from_spec(_spec)
sys.modules["integration"] = integration
_spec.loader.exec_module(integration)

from integration import bare_env, desktop, programs, scratch, start_host  # noqa: E402, F401 (fixtures)
