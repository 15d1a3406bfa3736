"""PostgreSQL for the time of one recording, on a port of the loopback interface."""

import contextlib
import glob
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

# It refuses to run as root, so it runs as the user that its package makes.
AS_POSTGRES = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []


@contextlib.contextmanager
def postgres():
    """Yields the port; the database is `shop`, the user `desk`."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="pg-"))
    if AS_POSTGRES:
        shutil.chown(folder, "postgres")
    tools = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
    data = str(folder / "data")
    quiet = {"check": True, "stdout": subprocess.DEVNULL}
    subprocess.run([*AS_POSTGRES, f"{tools}/initdb", "-D", data, "-U", "desk", "-A", "trust", "--no-sync"], **quiet)
    port = free_port()
    server = subprocess.Popen(
        [*AS_POSTGRES, f"{tools}/postgres", "-D", data, "-p", str(port), "-k", str(folder), "-h", "127.0.0.1"],
        stderr=subprocess.DEVNULL,
    )
    try:
        psql = [f"{tools}/psql", "-h", "127.0.0.1", "-p", str(port), "-U", "desk", "-q", "-d"]
        while subprocess.run([*psql, "postgres", "-c", "select 1"], capture_output=True, check=False).returncode != 0:
            time.sleep(0.2)
        subprocess.run([*psql, "postgres", "-c", "create database shop"], **quiet)
        yield port
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(folder)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]
