"""What a run was made on and with, for its record: no names of people, hosts or folders."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PACKAGES = ("torch", "sentence-transformers", "faiss-cpu", "tiktoken", "sentencex", "numpy")
_HERE = Path(__file__).resolve().parents[2]


def machine() -> tuple[tuple[str, str], ...]:
    """Processor, cores, memory, system, Python: sorted pairs."""
    found = {
        "processor": _processor(),
        "cores": str(os.cpu_count() or "unknown"),
        "memory": _memory(),
        "system": platform.system(),
        "python": platform.python_version(),
    }
    return tuple(sorted(found.items()))


def versions() -> tuple[tuple[str, str], ...]:
    """Versions of what the figures depend on: sorted pairs, absent packages left out."""
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return tuple(sorted(found.items()))


def commit() -> str:
    """The short commit of the checkout, with ``+`` when ``rag`` was changed since; "" elsewhere."""
    if not (_HERE / ".git").exists():
        return ""
    head = _git("rev-parse", "--short=7", "HEAD")
    return head + "+" if head and _git("status", "--porcelain", "--", "rag") else head


def _git(*words: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(_HERE), *words],
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _memory() -> str:
    try:
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return "unknown"
    return f"{size / 2**30:.0f} GiB"


def peak_memory_mb() -> float | None:
    """Most memory this process held at once, in MB; None where the system does not tell."""
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    scale = 1 if platform.system() == "Darwin" else 1024
    return round(peak * scale / 1e6, 1)


def disk_mb(folder: Path) -> float:
    """Size of the files under a folder, in MB."""
    return round(sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) / 1e6, 2)
