"""Generates `sched_sdk.proto.v1` from `protos/sched/v1/*.proto`; with `--check` compares instead of writing.

Runs in an environment of its own (`protos/requirements.txt`; `make protos` makes it). protoc names the modules after
the proto package, `sched.v1`; a top-level `sched` would shadow the standard library's, so imports are rewritten.
"""

from __future__ import annotations

import argparse
import filecmp
import re
import shutil
import sys
import tempfile
from importlib import resources
from pathlib import Path

from grpc_tools import protoc

PROTOS = Path(__file__).resolve().parent
TARGET = PROTOS.parent / "sdk" / "src" / "sched_sdk" / "proto"
PACKAGE = "sched_sdk.proto.v1"
SUFFIXES = {".py", ".pyi"}

# Imports and qualified names of modules; never the proto names in quotes ("/sched.v1.WorkerService/…").
FROM_IMPORT = re.compile(r"^from sched\.v1 import", re.MULTILINE)
IMPORT = re.compile(r"^import sched\.v1\.(\w+)", re.MULTILINE)
QUALIFIED = re.compile(r"(?<![\w./\"'])sched\.v1\.(\w+_pb2(?:_grpc)?)\b")


def generate(target: Path) -> None:
    """Writes the package `proto` with its sub-package `v1` to `target`."""
    with tempfile.TemporaryDirectory() as scratch:
        compile_protos(Path(scratch))
        version = target / "v1"
        version.mkdir(parents=True, exist_ok=True)
        for source in sorted((Path(scratch) / "sched" / "v1").iterdir()):
            (version / source.name).write_text(rewrite(source.read_text()))
    (target / "__init__.py").write_text(
        '"""Generated messages and stubs of the gRPC contract, by version."""\n'
    )
    (target / "v1" / "__init__.py").write_text(
        '"""Generated from protos/sched/v1 by `make protos`; do not edit."""\n'
    )


def compile_protos(out: Path) -> None:
    """Runs protoc over every file of the contract; exits with its status when it refuses one."""
    files = sorted(str(path.relative_to(PROTOS)) for path in PROTOS.glob("sched/v1/*.proto"))
    bundled = resources.files("grpc_tools") / "_proto"
    options = [f"--{kind}_out={out}" for kind in ("python", "grpc_python", "pyi", "mypy_grpc")]
    plugin = Path(sys.executable).with_name("protoc-gen-mypy_grpc")
    options += ["--mypy_grpc_opt=quiet", f"--plugin={plugin}"]
    status = protoc.main(["protoc", f"-I{PROTOS}", f"-I{bundled}", *options, *files])
    if status:
        sys.exit(int(status))


def rewrite(text: str) -> str:
    """Moves the imports of one generated file under `sched_sdk.proto.v1`."""
    text = FROM_IMPORT.sub(f"from {PACKAGE} import", text)
    text = IMPORT.sub(rf"import {PACKAGE}.\1", text)
    return QUALIFIED.sub(rf"{PACKAGE}.\1", text)


def stale_files(fresh: Path, kept: Path) -> list[str]:
    """Names of generated files that differ, are missing, or should not be there."""
    names = {
        path.relative_to(root)
        for root in (fresh, kept)
        for path in root.rglob("*")
        if path.suffix in SUFFIXES
    }
    return sorted(str(name) for name in names if not same(fresh / name, kept / name))


def same(left: Path, right: Path) -> bool:
    return left.is_file() and right.is_file() and filecmp.cmp(left, right, shallow=False)


def check() -> int:
    with tempfile.TemporaryDirectory() as scratch:
        generate(Path(scratch))
        stale = stale_files(Path(scratch), TARGET)
    if stale:
        print(
            f"The generated code is not that of protos/: {', '.join(stale)}. Run `make protos` and commit the result."
        )
    return 1 if stale else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="compare with the committed files; exit 1 on a difference"
    )
    if parser.parse_args().check:
        return check()
    with tempfile.TemporaryDirectory() as scratch:
        generate(Path(scratch))  # all of it, before anything that works is removed
        shutil.rmtree(TARGET, ignore_errors=True)
        shutil.copytree(scratch, TARGET)
    return 0


if __name__ == "__main__":
    sys.exit(main())
